//! `POST /v1/users/{user}/link`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::representation::LinkOut;
use crate::app::App;
use crate::authenticate::Caller;
use crate::no_body::NoBody;
use crate::path::Named;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// Make a link by which a user chooses a password, for a day; earlier links end.
#[utoipa::path(
    post, path = "/v1/users/{user}/link", tag = "users", operation_id = "create_user_link",
    params(("user" = String, Path, description = "Id or user name")),
    responses(
        (status = 201, description = "Made", body = LinkOut),
        (status = 400, description = "The body can not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such user", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    Named(user): Named<String>,
    _: NoBody,
) -> Result<(StatusCode, Json<LinkOut>), Problem> {
    let id = app.engine.get_user(&actor, &user).await?.id;
    let link = app.engine.create_password_link(&actor, id).await?;
    Ok((
        StatusCode::CREATED,
        Json(LinkOut::new(&app.settings, &link)),
    ))
}
