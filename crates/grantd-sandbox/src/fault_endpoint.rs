//! `GET` and `PUT /faults`: the switch of the faults.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::fault_document::read;
use crate::faults::{Effect, Fault};
use crate::oauth_error::NO_STORE;
use crate::state::Shared;

/// `GET /faults`.
pub(crate) async fn show(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(write(&shared.changing().fault))
}

/// `PUT /faults`. A rotated secret is shown in this answer and never again.
pub(crate) async fn switch(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    match read(&shared, &body) {
        Ok(fault) => {
            let mut document = write(&fault);
            if let Effect::RotatedSecret { new_secret } = &fault.effect {
                document["new_secret"] = json!(new_secret.expose());
            }
            shared.changing().fault = fault;
            (NO_STORE, Json(document)).into_response()
        }
        Err(error) => {
            let body = Json(json!({"errors": [error]}));
            (StatusCode::UNPROCESSABLE_ENTITY, body).into_response()
        }
    }
}

fn write(fault: &Fault) -> Value {
    let mut document = json!({"kind": fault.effect.kind()});
    match &fault.effect {
        Effect::Slow { delay } => {
            document["delay_ms"] = json!(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
        }
        Effect::RateLimited { retry_after }
        | Effect::ServerError {
            retry_after: Some(retry_after),
        } => document["retry_after_s"] = json!(retry_after.as_secs()),
        _ => {}
    }
    if let Some(client_id) = &fault.client_id {
        document["client_id"] = json!(client_id);
    }
    if let Some(remaining) = fault.remaining {
        document["remaining"] = json!(remaining);
    }
    document
}
