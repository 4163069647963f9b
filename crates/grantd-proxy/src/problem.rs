//! Why a request did not go through, as a problem document (RFC 9457) that names the class of the failure.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use grantd_engine::EngineError;
use grantd_model::ErrorKind;
use grantd_net::NetError;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use serde_json::{Map, Value};

use crate::caller::NotLocal;
use crate::limit::Full;
use crate::path::PathFault;
use crate::sanitise::HeadFault;

/// The longest wait that is told, in seconds.
const MOST_RETRY_AFTER_S: u64 = 3600;

/// Why a request did not go through.
#[derive(Debug)]
pub(crate) enum Problem {
    /// Its head can be understood in two ways.
    Head(HeadFault),
    /// Its target is none that can be passed on.
    Target(&'static str),
    /// Its path holds a trick.
    Path(PathFault),
    /// There is no such consumer.
    NoConsumer,
    /// It is switched off.
    Disabled,
    /// It can not be used as it is kept: a secret field does not open.
    Broken,
    /// Nobody that may use it.
    NoKey(Option<NotLocal>),
    /// A rule of the consumer forbids the method.
    Method,
    /// A rule of the consumer forbids the path.
    PathRule,
    /// Upgrades are not allowed.
    Upgrade,
    /// A limit is reached.
    Full(Full),
    /// The engine gave no token.
    Token(EngineError),
    /// The service can not be reached.
    Connect(NetError),
    /// The service did not answer in time.
    AnswerTimeout(Duration),
    /// The service closed the connection before its answer.
    ClosedEarly,
    /// What the service answered is no answer.
    BadAnswer(&'static str),
    /// The request broke off, or its body came too slowly.
    BodyBroken,
    /// A fault of grantd's own.
    Internal,
}

impl Problem {
    /// The status and the last part of the type.
    pub(crate) const fn code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Head(_) | Self::Target(_) => (StatusCode::BAD_REQUEST, "malformed_request"),
            Self::Path(_) => (StatusCode::BAD_REQUEST, "path_refused"),
            Self::NoConsumer => (StatusCode::NOT_FOUND, "unknown_consumer"),
            Self::Disabled => (StatusCode::SERVICE_UNAVAILABLE, "consumer_disabled"),
            Self::Broken => (StatusCode::SERVICE_UNAVAILABLE, "consumer_broken"),
            Self::NoKey(_) => (StatusCode::UNAUTHORIZED, "unauthenticated"),
            Self::Method => (StatusCode::FORBIDDEN, "method_not_allowed_here"),
            Self::PathRule => (StatusCode::FORBIDDEN, "path_not_allowed"),
            Self::Upgrade => (StatusCode::FORBIDDEN, "upgrade_not_allowed"),
            Self::Full(_) => (StatusCode::TOO_MANY_REQUESTS, "consumer_limit"),
            Self::Token(error) => of_kind(error),
            Self::Connect(error) => match error {
                NetError::Refused(_) => (StatusCode::BAD_GATEWAY, "egress_refused"),
                _ => (StatusCode::BAD_GATEWAY, "service_unreachable"),
            },
            Self::AnswerTimeout(_) => (StatusCode::GATEWAY_TIMEOUT, "service_timeout"),
            Self::ClosedEarly => (StatusCode::BAD_GATEWAY, "service_closed_early"),
            Self::BadAnswer(_) => (StatusCode::BAD_GATEWAY, "service_misbehaved"),
            Self::BodyBroken => (StatusCode::REQUEST_TIMEOUT, "request_incomplete"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    const fn title(&self) -> &'static str {
        match self {
            Self::Head(_) | Self::Target(_) => "The request can not be passed on",
            Self::Path(_) => "The path is not passed on",
            Self::NoConsumer => "There is no such HTTP consumer",
            Self::Disabled => "The HTTP consumer is disabled",
            Self::Broken => "The HTTP consumer can not be used",
            Self::NoKey(_) => "No valid API key was shown",
            Self::Method => "The method is not allowed through this consumer",
            Self::PathRule => "The path is not allowed through this consumer",
            Self::Upgrade => "Upgrades are not allowed through this consumer",
            Self::Full(_) => "A limit of the consumer is reached",
            Self::Token(_) => "There is no token for the request",
            Self::Connect(_) => "The service can not be reached",
            Self::AnswerTimeout(_) => "The service did not answer in time",
            Self::ClosedEarly => "The service closed the connection before it answered",
            Self::BadAnswer(_) => "The service's answer can not be passed on",
            Self::BodyBroken => "The request was not sent to its end",
            Self::Internal => "A fault of grantd",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Full(Full::Rate(wait)) => Some(*wait),
            Self::Full(Full::Concurrent) => Some(Duration::from_secs(1)),
            Self::Token(EngineError::NoToken { retry_in, .. }) if !retry_in.is_zero() => {
                Some(*retry_in)
            }
            _ => None,
        }
    }

    /// The class of the failure of a token request, as events and metrics name it.
    fn class(&self) -> Option<&'static str> {
        let Self::Token(error) = self else {
            return None;
        };
        let cause = match error {
            EngineError::NoToken { failure, .. } => &failure.cause,
            other => other,
        };
        match cause {
            EngineError::Token(error) => Some(error.class.code()),
            _ => None,
        }
    }

    /// The document as an answer.
    pub(crate) fn response(&self) -> Response<Bytes> {
        let (status, code) = self.code();
        let mut document = Map::new();
        let mut put = |name: &str, value: Value| drop(document.insert(name.to_owned(), value));
        put("type", format!("urn:grantd:problem:{code}").into());
        put("title", self.title().into());
        put("status", status.as_u16().into());
        put("detail", self.to_string().into());
        if let Some(class) = self.class() {
            put("class", class.into());
        }
        let wait = self.retry_after().map(|wait| {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            seconds.clamp(1, MOST_RETRY_AFTER_S)
        });
        if let Some(wait) = wait {
            put("retry_after_s", wait.into());
        }
        let body = Bytes::from(Value::Object(document).to_string());
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = wait {
            headers.insert(RETRY_AFTER, wait.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"grantd\"");
            headers.insert(WWW_AUTHENTICATE, challenge);
            // git and docker ask for a password only where this is on offer
            headers.append(
                WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"grantd\", charset=\"UTF-8\""),
            );
        }
        response
    }
}

const fn of_kind(error: &EngineError) -> (StatusCode, &'static str) {
    match error {
        EngineError::Unauthenticated(_) => (StatusCode::UNAUTHORIZED, "unauthenticated"),
        EngineError::Forbidden { .. } => (StatusCode::FORBIDDEN, "forbidden"),
        EngineError::HostNotBound { .. } => (StatusCode::BAD_GATEWAY, "host_not_bound"),
        EngineError::NoToken { .. } => (StatusCode::BAD_GATEWAY, "no_token"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "no_token"),
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head(fault) => fault.fmt(f),
            Self::Target(detail) | Self::BadAnswer(detail) => f.write_str(detail),
            Self::Path(fault) => fault.fmt(f),
            Self::NoConsumer => f.write_str(
                "`/consumers/{slug}/…` with the slug of an HTTP consumer is expected, or a host that one has",
            ),
            Self::Disabled => f.write_str("an editor can enable it again"),
            Self::Broken => f.write_str("a secret header field of it can not be opened; an editor sets it anew"),
            Self::NoKey(Some(fault)) => fault.fmt(f),
            Self::NoKey(None) => f.write_str(
                "an API key with a grant to use this consumer is expected, as `Authorization: Bearer gk_…`, as the \
                 password of Basic, or in `Grantd-Api-Key`",
            ),
            Self::Method => f.write_str("one of the methods that the consumer allows is expected"),
            Self::PathRule => f.write_str("a path that the consumer allows is expected"),
            Self::Upgrade => f.write_str("the consumer does not allow upgrades such as `websocket`"),
            Self::Full(Full::Rate(_)) => f.write_str("too many requests in a short time"),
            Self::Full(Full::Concurrent) => f.write_str("too many requests are under way"),
            Self::Token(error) => error.fmt(f),
            Self::Connect(error) => error.fmt(f),
            Self::AnswerTimeout(after) => {
                write!(f, "no answer came within {} s", after.as_secs())
            }
            Self::ClosedEarly => f.write_str("the connection ended before an answer came"),
            Self::BodyBroken => f.write_str("the body of the request ended early or came too slowly"),
            Self::Internal => f.write_str("the request was not passed on"),
        }
    }
}

impl Problem {
    /// Whether it is a matter of the operator or of grantd, not of the caller.
    pub(crate) fn is_ours(&self) -> bool {
        match self {
            Self::Token(error) => matches!(
                error.kind(),
                ErrorKind::StoreFailed | ErrorKind::Internal | ErrorKind::SealBroken
            ),
            Self::Internal | Self::Broken => true,
            _ => false,
        }
    }
}
