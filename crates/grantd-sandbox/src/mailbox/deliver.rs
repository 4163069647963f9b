//! Mail as a file, and the faults of the script: for people with `curl`, and for tests.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::Counts;
use super::faults::MailFault;
use crate::state::Shared;

/// `PUT /mailboxes/{address}/{folder}`: a mail comes in.
pub(crate) async fn put(
    State(shared): State<Arc<Shared>>,
    Path((address, folder)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let now = shared.clock.now();
    match shared.mail.deliver(&address, &folder, body.to_vec(), now) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(why) => (StatusCode::NOT_FOUND, format!("{why}\n")).into_response(),
    }
}

/// `GET /mailboxes/{address}/{folder}`: what is there.
pub(crate) async fn list(
    State(shared): State<Arc<Shared>>,
    Path((address, folder)): Path<(String, String)>,
) -> Response {
    Json(super::there(&shared, &address, &folder)).into_response()
}

/// `GET /mail-faults`: what is still to strike, and how often each operation was asked for.
pub(crate) async fn faults(State(shared): State<Arc<Shared>>) -> Response {
    let inner = shared.mail.lock();
    let left: Vec<&MailFault> = inner.script.0.iter().collect();
    let counts: &Counts = &inner.counts;
    Json(serde_json::json!({"faults": left, "counts": counts})).into_response()
}

/// `PUT /mail-faults`: another script.
pub(crate) async fn set_faults(
    State(shared): State<Arc<Shared>>,
    Json(faults): Json<Vec<MailFault>>,
) -> StatusCode {
    shared.mail.lock().script.0 = faults.into();
    StatusCode::NO_CONTENT
}
