//! `POST /v1/setup_link`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::representation::LinkOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::no_body::NoBody;
use crate::problem::{Problem, ProblemCode, ProblemDocument};
use crate::query::NoQuery;

/// Make a link by which the first admin chooses name and password, for 15 minutes; earlier links end.
#[utoipa::path(
    post, path = "/v1/setup_link", tag = "users", operation_id = "create_setup_link",
    responses(
        (status = 201, description = "Made", body = LinkOut),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Somebody can administer already", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    _: NoBody,
) -> Result<(StatusCode, Json<LinkOut>), Problem> {
    match app.engine.create_setup_link(&actor).await? {
        Some(link) => Ok((
            StatusCode::CREATED,
            Json(LinkOut::new(&app.settings, &link)),
        )),
        None => Err(Problem::of(ProblemCode::AlreadySetUp)
            .detail("there is an admin who can sign in, and who can make users")),
    }
}
