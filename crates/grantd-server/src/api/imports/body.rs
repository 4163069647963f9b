//! A body that is CSV.

use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use zeroize::Zeroize;

use crate::app::App;
use crate::json_body::read_whole;
use crate::problem::{Problem, ProblemCode};

/// The largest body, in bytes.
pub(crate) const MOST_BYTES: usize = 16 * 1024 * 1024;

/// CSV as it was sent; wiped, for secrets are in it.
pub(crate) struct CsvBody(Vec<u8>);

impl CsvBody {
    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for CsvBody {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl FromRequest<App> for CsvBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        if !is_csv(request.headers()) {
            let detail =
                "a body with `Content-Type: text/csv` is expected, without `Content-Encoding`";
            return Err(Problem::of(ProblemCode::UnsupportedMediaType).detail(detail));
        }
        read_whole(request, MOST_BYTES).await.map(Self)
    }
}

fn is_csv(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("text/csv") && !headers.contains_key(CONTENT_ENCODING)
}
