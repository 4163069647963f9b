//! Routes that take no body.

use axum::extract::{FromRequest, Request};
use http_body_util::{BodyExt, Limited};

use crate::app::App;
use crate::problem::{Problem, ProblemCode};

/// The longest body that is read to see that it says nothing.
const MOST_BYTES: usize = 64;

/// Demands that there is no body, or an empty object: what is not read must not look as if it
/// counted.
pub(crate) struct NoBody;

impl FromRequest<App> for NoBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        let body = Limited::new(request.into_body(), MOST_BYTES)
            .collect()
            .await;
        let empty = body.is_ok_and(|body| {
            let bytes = body.to_bytes();
            matches!(bytes.trim_ascii(), b"" | b"{}")
        });
        if empty {
            return Ok(Self);
        }
        Err(Problem::of(ProblemCode::UnreadableRequest).detail("no body is expected"))
    }
}
