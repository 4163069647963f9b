//! The head of a request as it goes to the service, made of the caller's: what travels on, then what the consumer
//! sets, then the token.
//!
//! Pure. Invariant: what the caller says of itself, and of the fields that the consumer sets, never gets through.

use http::header::{
    AUTHORIZATION, CONNECTION, COOKIE, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, TE,
    TRANSFER_ENCODING, UPGRADE,
};
use http::request::Parts;
use http::uri::{Authority, PathAndQuery, Uri};
use http::{Request, Version};
use http_body::Body;

use crate::problem::Problem;
use crate::route::Route;
use crate::sanitise::{self, HeadFacts};

/// Fields that have some servers see another method or path than the one that was checked.
const OVERRIDES: [&str; 5] = [
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
];

/// What is to be sent, besides its body.
pub(crate) struct Head {
    pub(crate) headers: HeaderMap,
    pub(crate) facts: HeadFacts,
}

/// The fields of a request to the service.
///
/// # Errors
/// When the caller's can be understood in two ways.
pub(crate) fn head(route: &Route, caller: &HeaderMap, token: HeaderValue) -> Result<Head, Problem> {
    let set = route.fields.as_deref().unwrap_or_default();
    let leave = |name: &HeaderName| stays(route, name);
    let (mut headers, facts) =
        sanitise::copy(caller, set.len() + 4, leave).map_err(Problem::Head)?;
    for (name, value) in set {
        headers.insert(name, value.clone());
    }
    headers.insert(&route.token_field, token);
    Ok(Head { headers, facts })
}

/// Whether a field of the caller's does not travel on: because of what it is, or because the consumer sets or removes
/// it.
pub(crate) fn stays(route: &Route, name: &HeaderName) -> bool {
    *name == HOST
        || *name == AUTHORIZATION
        || *name == EXPECT
        || (*name == COOKIE && !route.settings().cookies)
        || route.owns(name)
        || (route.has_rules() && OVERRIDES.contains(&name.as_str()))
}

/// The request for a connection of HTTP/1.1, or of HTTP/2.
pub(crate) fn request<B: Body>(
    route: &Route,
    caller: &Parts,
    (mut head, target): (Head, PathAndQuery),
    is_http2: bool,
    body: B,
) -> Option<Request<B>> {
    let mut request = Request::new(body);
    let headers = &mut head.headers;
    if is_http2 {
        let authority = Authority::from_maybe_shared(route.origin.authority.clone()).ok()?;
        let uri = Uri::builder().scheme(route.scheme()).authority(authority);
        *request.uri_mut() = uri.path_and_query(target).build().ok()?;
        *request.version_mut() = Version::HTTP_2;
    } else {
        *request.uri_mut() = Uri::from(target);
        headers.insert(HOST, route.host.clone());
        if !request.body().is_end_stream() && request.body().size_hint().exact().is_none() {
            // said here, because hyper takes it for granted that some methods have no body
            headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        if head.facts.upgrade && route.settings().upgrades {
            let wanted = caller.headers.get(UPGRADE)?;
            headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
            headers.insert(UPGRADE, wanted.clone());
        } else if head.facts.trailers {
            headers.insert(CONNECTION, HeaderValue::from_static("te"));
        }
    }
    if head.facts.trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
    *request.method_mut() = caller.method.clone();
    *request.headers_mut() = head.headers;
    Some(request)
}
