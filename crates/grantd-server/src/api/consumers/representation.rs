//! A consumer as the API shows one: never the value of a secret header.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use grantd_engine::{ConsumerRef, ConsumerStanding, ListedConsumer};
use grantd_model::{Actor, Consumer, ConsumerDraft};
use serde::Serialize;
use utoipa::ToSchema;

use super::form::ConsumerForm;
use crate::api::ActorOut;
use crate::app::App;
use crate::precondition::etag;
use crate::problem::Problem;

/// An HTTP consumer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsumerOut {
    /// Names it for ever.
    id: String,
    /// Names it in addresses, for ever: it is reached as `/consumers/{slug}/…`.
    slug: String,
    /// Counts updates; the `ETag` is `"r<revision>"`.
    revision: u64,
    /// Whether requests are let through.
    enabled: bool,
    /// `serving`, `disabled`, or `credential_disabled`.
    standing: &'static str,
    /// What people set.
    #[serde(flatten)]
    #[schema(value_type = ConsumerForm)]
    settings: ConsumerDraft,
    /// When it was added.
    created_at: String,
    /// Who added it.
    created_by: ActorOut,
    /// When it was last changed.
    updated_at: String,
    /// Who changed it last.
    updated_by: ActorOut,
}

const fn standing_name(standing: ConsumerStanding) -> &'static str {
    match standing {
        ConsumerStanding::Disabled => "disabled",
        ConsumerStanding::CredentialDisabled => "credential_disabled",
        ConsumerStanding::Serving => "serving",
    }
}

impl From<&ListedConsumer> for ConsumerOut {
    fn from(listed: &ListedConsumer) -> Self {
        let consumer = &listed.consumer;
        Self {
            id: consumer.id.to_string(),
            slug: consumer.slug.to_string(),
            revision: consumer.revision.0,
            enabled: consumer.enabled,
            standing: standing_name(listed.standing()),
            settings: ConsumerDraft::of(consumer),
            created_at: consumer.created.at.to_string(),
            created_by: (&consumer.created.by).into(),
            updated_at: consumer.updated.at.to_string(),
            updated_by: (&consumer.updated.by).into(),
        }
    }
}

/// The answer that shows a consumer, with its `ETag`.
pub(super) async fn respond(
    (app, actor): (&App, &Actor),
    status: StatusCode,
    consumer: &Consumer,
) -> Result<Response, Problem> {
    let wanted = ConsumerRef::Id(consumer.id);
    let listed = app.engine.consumer_standing(actor, &wanted).await?;
    let mut response = (status, Json(ConsumerOut::from(&listed))).into_response();
    let headers = response.headers_mut();
    headers.insert(header::ETAG, etag(listed.consumer.revision));
    if status == StatusCode::CREATED
        && let Ok(place) = HeaderValue::try_from(format!("/v1/consumers/{}", consumer.slug))
    {
        headers.insert(header::LOCATION, place);
    }
    Ok(response)
}
