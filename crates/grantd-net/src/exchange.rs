//! One request and its answer on an open connection.

use std::error::Error;
use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use grantd_model::Invalid;
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body as _, Incoming};
use url::Url;

use crate::body_observer::BodyObserver;
use crate::connect::Connection;
use crate::error::NetError;
use crate::request::Request;
use crate::route::Route;
use crate::target::host_name;
use crate::tls_fault::TlsFault;

/// What grantd calls itself.
pub(crate) const USER_AGENT: &str = concat!("grantd/", env!("CARGO_PKG_VERSION"));

/// How long an idle connection may take to say that it is ready.
const READY: Duration = Duration::from_millis(100);

/// The message that goes onto the wire.
pub(crate) type Message = http::Request<Full<Bytes>>;

/// Header fields that frame the message or steer the connection: they are not the caller's.
const RESERVED: [HeaderName; 12] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::UPGRADE,
    header::TE,
    header::TRAILER,
    header::EXPECT,
    header::ACCEPT_ENCODING,
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("keep-alive"),
];

/// Puts the message together; takes the body out of the request.
pub(crate) fn message(request: Request, route: &Route) -> Result<Message, NetError> {
    let body = request.body.into_bytes();
    let mut headers = HeaderMap::with_capacity(request.headers.len() + 3);
    headers.insert(header::HOST, host(&request.url)?);
    headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    if !body.is_empty() || [Method::POST, Method::PUT, Method::PATCH].contains(&request.method) {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    for (name, value) in request.headers {
        if RESERVED.contains(&name) {
            return Err(invalid(
                "reserved_header",
                format!("the header {name} is set by grantd itself"),
            ));
        }
        if name == header::USER_AGENT {
            headers.insert(name, value);
        } else {
            headers.append(name, value);
        }
    }
    let mut message = Message::new(Full::new(body));
    *message.method_mut() = request.method;
    *message.uri_mut() = target(&request.url, route)?;
    *message.headers_mut() = headers;
    Ok(message)
}

/// What came of sending.
pub(crate) enum Sent {
    /// The header of the answer.
    Answer(http::Response<Incoming>),
    /// Nothing was sent, the connection is dead.
    NotSent(Message),
}

/// Whether an idle connection still lives.
pub(crate) async fn is_ready(connection: &mut Connection) -> bool {
    let ready = tokio::time::timeout(READY, connection.sender.ready()).await;
    matches!(ready, Ok(Ok(())))
}

/// Sends the message and waits for the header of the answer.
pub(crate) async fn send(
    connection: &mut Connection,
    message: Message,
    host: &str,
) -> Result<Sent, NetError> {
    match connection.sender.try_send_request(message).await {
        Ok(response) => Ok(Sent::Answer(response)),
        Err(mut fault) => match fault.take_message() {
            Some(message) => Ok(Sent::NotSent(message)),
            None => Err(classify(fault.error(), host)),
        },
    }
}

/// Reads the body of an answer with this status to its end, as far as the limit allows.
pub(crate) async fn read_body(
    mut body: Incoming,
    status: StatusCode,
    (limit, host): (usize, &str),
    observer: Option<&dyn BodyObserver>,
) -> Result<Bytes, NetError> {
    let too_large = || NetError::TooLarge {
        host: host.to_owned(),
        status,
        limit,
    };
    if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(too_large());
    }
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|fault| classify(&fault, host))?;
        // Trailers are read over.
        let Ok(piece) = frame.into_data() else {
            continue;
        };
        if whole.len() + piece.len() > limit {
            return Err(too_large());
        }
        if let Some(observer) = observer {
            observer.piece(&piece);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}

/// The request target: a path with its query, or the whole URL for a proxy (RFC 9112 section 3.2).
fn target(url: &Url, route: &Route) -> Result<Uri, NetError> {
    let mut text = String::new();
    if url.scheme() == "http" && route.proxy().is_some() {
        text.push_str(&url.origin().ascii_serialization());
    }
    text.push_str(url.path());
    if let Some(query) = url.query() {
        text.push('?');
        text.push_str(query);
    }
    text.parse().map_err(|_| {
        invalid(
            "invalid_url",
            "a path and query that HTTP can carry are expected",
        )
    })
}

fn host(url: &Url) -> Result<HeaderValue, NetError> {
    let name = host_name(url);
    let text = match url.port() {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    };
    HeaderValue::try_from(text)
        .map_err(|_| invalid("invalid_host", "a host that HTTP can carry is expected"))
}

fn invalid(code: &'static str, detail: impl Into<String>) -> NetError {
    NetError::InvalidRequest(Invalid::new(code, detail))
}

pub(crate) fn classify(fault: &hyper::Error, host: &str) -> NetError {
    let host = host.to_owned();
    if fault.is_parse_too_large() {
        return NetError::HeaderTooLarge { host };
    }
    if fault.is_parse() {
        let fault = fault.to_string();
        return NetError::Malformed { host, fault };
    }
    let Some(io) = fault.source().and_then(|it| it.downcast_ref::<io::Error>()) else {
        return NetError::ClosedEarly { host };
    };
    if let Some(fault) = TlsFault::of_io(io) {
        return NetError::Tls(fault);
    }
    match io.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => NetError::Malformed {
            host,
            fault: "its body is damaged".to_owned(),
        },
        _ => NetError::ClosedEarly { host },
    }
}
