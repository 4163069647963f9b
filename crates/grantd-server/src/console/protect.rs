//! What stands before every page: other sites change nothing here, nothing but our own files is
//! loaded, pages are compressed.

use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, Predicate, SizeAbove};
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::set_header::SetResponseHeaderLayer;

use super::failed::Failed;
use crate::app::App;

/// What a page may load: files of its own, and nothing that is written in it.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'";

/// Pages smaller than this, in bytes, are sent as they are.
const SMALL: u64 = 1024;

/// Sets the policy.
pub(super) fn policy() -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY))
}

/// Refuses changes that another site's page asks for, by `Sec-Fetch-Site`, else by `Origin`.
pub(super) fn same_origin(app: &App) -> CsrfLayer<fn(ProtectionError) -> Response> {
    let layer = CsrfLayer::new();
    let public = app.settings.public_url.as_ref();
    let origin = public.map(|url| url.origin().ascii_serialization());
    let layer = match origin {
        // behind a proxy that passes another Host on, the browser's Origin is the public one
        Some(origin) => CsrfLayer::new()
            .add_trusted_origin(&origin)
            .unwrap_or(layer),
        None => layer,
    };
    layer.with_rejection_response(refused as fn(ProtectionError) -> Response)
}

fn refused(_: ProtectionError) -> Response {
    Failed::OtherSite.into_response()
}

/// Compresses pages; what comes by and by is passed on as it comes.
pub(super) fn compressed() -> CompressionLayer<And<SizeAbove, IsText>> {
    let predicate = SizeAbove::new(SMALL).and(IsText);
    CompressionLayer::new().gzip(true).compress_when(predicate)
}

/// Whether it is text that is there as a whole.
#[derive(Clone, Copy)]
pub(super) struct IsText;

impl Predicate for IsText {
    fn should_compress<B>(&self, response: &axum::http::Response<B>) -> bool
    where
        B: axum::body::HttpBody,
    {
        is_text(response.headers())
    }
}

fn is_text(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE);
    let media_type = media_type
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next());
    matches!(
        media_type,
        Some("text/html" | "text/css" | "text/javascript" | "image/svg+xml")
    )
}
