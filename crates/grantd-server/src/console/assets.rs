//! Stylesheet, script and pictures: parts of the program, sent with a digest so that a browser keeps
//! them as long as they stay the same.

use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use data_encoding::BASE64URL_NOPAD;

use super::protect;
use crate::app::App;

struct Asset {
    path: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

const ASSETS: [Asset; 4] = [
    Asset {
        path: "/console/assets/console.css",
        media_type: "text/css; charset=utf-8",
        bytes: include_bytes!("assets/console.css"),
    },
    Asset {
        path: "/console/assets/console.js",
        media_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("assets/console.js"),
    },
    Asset {
        path: "/console/assets/icons.svg",
        media_type: "image/svg+xml",
        bytes: include_bytes!("assets/icons.svg"),
    },
    Asset {
        path: "/console/assets/grantd.svg",
        media_type: "image/svg+xml",
        bytes: include_bytes!("assets/grantd.svg"),
    },
];

/// The files.
pub(super) fn routes() -> Router<App> {
    let mut routes = Router::new();
    for asset in &ASSETS {
        let etag = digest(&SHA256, asset.bytes);
        let etag = format!("\"{}\"", BASE64URL_NOPAD.encode(etag.as_ref()));
        routes = routes.route(
            asset.path,
            get(async move |headers: HeaderMap| answer(asset, &etag, &headers)),
        );
    }
    routes.layer(protect::compressed()).layer(protect::policy())
}

fn answer(asset: &Asset, etag: &str, headers: &HeaderMap) -> Response {
    let known = headers.get(IF_NONE_MATCH);
    let known = known.and_then(|value| value.to_str().ok());
    // one that was compressed on the way has the same digest, marked as weak
    let is_known = known.is_some_and(|known| known.contains(etag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        asset.bytes.into_response()
    };
    let out = response.headers_mut();
    out.insert(CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    out.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(etag) = HeaderValue::from_str(etag) {
        out.insert(ETAG, etag);
    }
    response
}
