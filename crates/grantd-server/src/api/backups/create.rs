//! `POST /v1/backups`

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use grantd_engine::Backup;

use crate::app::App;
use crate::authenticate::Caller;
use crate::no_body::NoBody;
use crate::pieces::Pieces;
use crate::problem::{Problem, ProblemDocument};
use crate::query::NoQuery;

/// The media type of a backup.
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/vnd.grantd.backup");

/// Copy everything that is kept, as it is now, into one file. It holds no key of the keyring and names those
/// that it needs: a line of JSON, and behind it the database.
#[utoipa::path(
    post, path = "/v1/backups", tag = "installation", operation_id = "create_backup",
    responses(
        (status = 200, description = "The file", body = Vec<u8>, content_type = "application/vnd.grantd.backup"),
        (status = 400, description = "There is a body", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "A grant is missing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Another one is being made", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    Caller(actor): Caller,
    _: NoQuery,
    _: NoBody,
) -> Result<Response, Problem> {
    let version = &app.settings.installation.version;
    let backup = app.engine.create_backup(&actor, version).await?;
    Ok(answer(backup))
}

/// The file, as it is downloaded.
pub(crate) fn answer(backup: Backup) -> Response {
    let at = backup.manifest.created_at.to_string();
    let name: String = at.chars().filter(char::is_ascii_digit).take(14).collect();
    let disposition = format!("attachment; filename=\"grantd-{name}.backup\"");
    let length = HeaderValue::from(backup.bytes);
    let mut response = (StatusCode::OK, Pieces::body(backup)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, MEDIA_TYPE);
    headers.insert(CONTENT_LENGTH, length);
    if let Ok(disposition) = HeaderValue::try_from(disposition) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    response
}
