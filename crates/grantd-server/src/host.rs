//! Demands a Host that the operator allows, so that no foreign name leads a browser here (DNS
//! rebinding).

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::console;
use crate::problem::{Problem, ProblemCode};

/// Lets a request on whose Host is on the list.
pub(crate) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    let authority = named(request.version(), request.headers(), request.uri());
    let http2 = request.version() == Version::HTTP_2;
    let allowed = authority.as_ref().is_some_and(|authority| {
        let host = authority.host().trim_end_matches('.');
        app.live.lists().allows_host(host)
    });
    if allowed {
        return next.run(request).await;
    }
    let detail = match &authority {
        Some(authority) => format!("`{}` is not among the allowed hosts", authority.host()),
        None if http2 => {
            "one host name is expected, in `:authority` or in a Host header that agrees with it"
                .to_owned()
        }
        None => "one Host header with a host name is expected".to_owned(),
    };
    if let Some(authority) = &authority
        && is_page(request.uri().path())
    {
        return console::wrong_host(&app, authority.host());
    }
    Problem::of(ProblemCode::HostNotAllowed)
        .detail(detail)
        .into_response()
}

/// Whether a person would look at the answer.
fn is_page(path: &str) -> bool {
    path == "/" || path == "/console" || path.starts_with("/console/")
}

/// The one host that the request names: by its header, and in the target no other one. HTTP/2 has
/// `:authority`, which comes as that of the target, and no need of the header (RFC 9113 section
/// 8.3.1).
pub(crate) fn named(version: Version, headers: &HeaderMap, uri: &Uri) -> Option<Authority> {
    let mut hosts = headers.get_all(HOST).iter();
    let target = uri.authority();
    let authority = match (hosts.next(), hosts.next(), target) {
        (Some(host), None, _) => host.to_str().ok()?.parse::<Authority>().ok()?,
        (None, None, Some(target)) if version == Version::HTTP_2 => target.clone(),
        _ => return None,
    };
    let agrees =
        target.is_none_or(|target| target.as_str().eq_ignore_ascii_case(authority.as_str()));
    let plain = !authority.as_str().contains('@');
    (agrees && plain).then_some(authority)
}
