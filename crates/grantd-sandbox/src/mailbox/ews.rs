//! `POST /EWS/Exchange.asmx`: who asks, for whose mailbox, and what.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use std::task::Poll;

use super::answer::{Answer, Extra, fault};
use super::faults::{MailFaultKind, Strike};
use super::operation;
use super::store::{Inner, Mailbox};
use super::xml::{Node, parse};
use crate::state::Shared;

/// The messages that each request for several things gets.
const OPERATIONS: [&str; 10] = [
    "GetFolder",
    "FindFolder",
    "FindItem",
    "SyncFolderItems",
    "GetItem",
    "GetAttachment",
    "UpdateItem",
    "MoveItem",
    "DeleteItem",
    "ConvertId",
];

/// Answers a request.
pub(crate) async fn post(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut response = answer(&shared, &headers, &body).await;
    if let Some(id) = headers.get("client-request-id") {
        response.headers_mut().insert("request-id", id.clone());
    }
    let cookie = "X-BackEndOverrideCookie=sandbox~1; path=/; HttpOnly";
    if !headers.contains_key(header::COOKIE) {
        let value = HeaderValue::from_static(cookie);
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

async fn answer(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Response {
    if let Err(diagnostics) = check_token(shared, headers) {
        return unauthorized(diagnostics);
    }
    let Some(envelope) = parse(body).filter(|it| it.name == "Envelope") else {
        return (StatusCode::BAD_REQUEST, "a SOAP envelope is expected\n").into_response();
    };
    let operation = envelope
        .child("Body")
        .and_then(|it| it.children.first())
        .map(|it| it.name.clone())
        .unwrap_or_default();
    let mailbox = impersonated(&envelope);
    let strike = {
        let mut inner = shared.mail.lock();
        *inner.counts.entry(operation.clone()).or_default() += 1;
        for name in ["X-AnchorMailbox", "Cookie", "client-request-id"] {
            if !headers.contains_key(name) {
                let without = format!("without {name}");
                *inner.counts.entry(without).or_default() += 1;
            }
        }
        let mailbox = mailbox.as_deref().unwrap_or_default();
        let subjects = subjects(&inner, mailbox, &envelope, &operation);
        let subjects: Vec<String> = subjects.into_iter().map(|(_, subject)| subject).collect();
        inner.script.strike(&operation, mailbox, &subjects)
    };
    if let Some(Strike {
        kind: kind @ MailFaultKind::Code { .. },
        subject: Some(subject),
    }) = &strike
    {
        let only = Some((kind, subject.as_str()));
        return carry_out(
            shared,
            headers,
            &envelope,
            &operation,
            mailbox.as_deref(),
            only,
        );
    }
    match strike.map(|strike| strike.kind) {
        None => {}
        Some(MailFaultKind::Truncated) => {
            let mailbox = mailbox.as_deref();
            let whole = carry_out(shared, headers, &envelope, &operation, mailbox, None);
            return truncated(whole).await;
        }
        Some(MailFaultKind::EchoToken) => {
            let token = headers.get(header::AUTHORIZATION);
            let token = token.and_then(|it| it.to_str().ok()).unwrap_or_default();
            return (
                StatusCode::BAD_GATEWAY,
                [("x-ms-diagnostics", token.to_owned())],
            )
                .into_response();
        }
        Some(MailFaultKind::Slow { ms }) => {
            tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
        }
        Some(MailFaultKind::ForgetSyncStates) => {
            for mailbox in shared.mail.lock().boxes.values_mut() {
                mailbox.epoch += 1;
            }
        }
        Some(MailFaultKind::RevokeTokens) => {
            shared.changing().tokens.clear();
            return unauthorized("2000003;reason=\"The token has been revoked.\"");
        }
        Some(kind) => return struck(&kind, &envelope, &operation),
    }
    carry_out(
        shared,
        headers,
        &envelope,
        &operation,
        mailbox.as_deref(),
        None,
    )
}

/// The mails that are asked for: id and subject.
fn subjects(
    inner: &Inner,
    mailbox: &str,
    envelope: &Node,
    operation: &str,
) -> Vec<(String, String)> {
    let list = operation::list_name(operation).and_then(|name| envelope.find(name));
    let ids: Vec<&str> = list
        .map(|it| it.children.iter().filter_map(operation::id_of).collect())
        .unwrap_or_default();
    let Some(mailbox) = inner.boxes.get(mailbox) else {
        return Vec::new();
    };
    let items = mailbox.folders.iter().flat_map(|folder| &folder.items);
    items
        .filter(|item| ids.contains(&item.id.as_str()))
        .map(|item| (item.id.clone(), item.mail.subject.clone()))
        .collect()
}

/// The bearer token has to be one of this issuer, for this resource, of a client with the role.
fn check_token(shared: &Shared, headers: &HeaderMap) -> Result<(), &'static str> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or("2000001;reason=\"A token is expected.\"")?;
    let now = shared.clock.now();
    let changing = shared.changing();
    let issued = changing
        .tokens
        .find(token.trim(), now)
        .ok_or("2000002;reason=\"The issuer of the token is unknown, or it has ended.\"")?;
    let wanted = shared.mail_config.scope.as_ref();
    let is_audience = wanted.is_some_and(|wanted| {
        let scopes = issued.scope.as_ref();
        scopes.is_some_and(|scopes| scopes.iter().any(|scope| scope == wanted))
    });
    if !is_audience {
        return Err("2000005;reason=\"The audience of the token is not this server.\"");
    }
    if !shared.mail_config.full_access.contains(&issued.client_id) {
        return Err(
            "2000008;reason=\"The token contains no permissions, or permissions can not be understood.\"",
        );
    }
    Ok(())
}

fn unauthorized(diagnostics: &'static str) -> Response {
    let headers = [
        ("x-ms-diagnostics", diagnostics),
        (
            "www-authenticate",
            "Bearer client_id=\"sandbox\", error=\"invalid_token\"",
        ),
    ];
    (StatusCode::UNAUTHORIZED, headers).into_response()
}

fn impersonated(envelope: &Node) -> Option<String> {
    let sid = envelope.child("Header")?.find("ConnectingSID")?;
    let name = sid.children.first()?;
    matches!(
        name.name.as_str(),
        "SmtpAddress" | "PrimarySmtpAddress" | "PrincipalName"
    )
    .then(|| name.text.trim().to_lowercase())
}

fn carry_out(
    shared: &Shared,
    headers: &HeaderMap,
    envelope: &Node,
    operation: &str,
    mailbox: Option<&str>,
    only: Option<(&MailFaultKind, &str)>,
) -> Response {
    let Some(request) = envelope.child("Body").and_then(|it| it.children.first()) else {
        return fault("ErrorSchemaValidation", &Extra::default());
    };
    let Some(mailbox) = mailbox else {
        // what Exchange says to an application that impersonates nobody
        return fault(
            "ErrorInvalidExchangeImpersonationHeaderData",
            &Extra::default(),
        );
    };
    let anchor = headers
        .get("x-anchormailbox")
        .and_then(|it| it.to_str().ok());
    if anchor.is_some_and(|anchor| !anchor.eq_ignore_ascii_case(mailbox)) {
        return fault("ErrorIncorrectAccountIdentity", &Extra::default());
    }
    let mut inner = shared.mail.lock();
    if !inner.boxes.contains_key(mailbox) {
        return fault("ErrorNonExistentMailbox", &Extra::default());
    }
    let inner: &mut Inner = &mut inner;
    let struck: Option<(&MailFaultKind, Vec<String>)> = only.map(|(kind, subject)| {
        let all = subjects(inner, mailbox, envelope, operation).into_iter();
        let ids = all.filter_map(|(id, it)| (it == subject).then_some(id));
        (kind, ids.collect())
    });
    let Some(mailbox) = inner.boxes.get_mut(mailbox) else {
        return fault("ErrorNonExistentMailbox", &Extra::default());
    };
    let mut answer = Answer::default();
    let done = match struck {
        Some((
            MailFaultKind::Code {
                code,
                inner,
                back_off_ms,
            },
            ids,
        )) => {
            let extra = Extra {
                inner: inner.clone(),
                back_off_ms: *back_off_ms,
            };
            one_by_one(request, operation, |part, id| {
                if ids.iter().any(|it| it == id) {
                    answer.error(operation, code, &extra);
                    true
                } else {
                    operate(shared, operation, mailbox, part, &mut answer)
                }
            })
        }
        _ => operate(shared, operation, mailbox, request, &mut answer),
    };
    if done {
        answer.finish(operation)
    } else {
        fault("ErrorInvalidOperation", &Extra::default())
    }
}

/// Answers one operation; tells whether there is such a one.
fn operate(
    shared: &Shared,
    operation: &str,
    mailbox: &mut Mailbox,
    request: &Node,
    answer: &mut Answer,
) -> bool {
    let new_id = || shared.mail.new_id();
    match operation {
        "GetFolder" => operation::folders::get(mailbox, request, answer),
        "FindFolder" => operation::folders::find(mailbox, request, answer),
        "FindItem" => operation::items::find(mailbox, request, answer),
        "GetItem" => operation::items::get(mailbox, request, answer),
        "GetAttachment" => operation::attachments::get(mailbox, request, answer),
        "SyncFolderItems" => operation::sync::items(mailbox, request, answer),
        "UpdateItem" => operation::change::update(mailbox, request, answer),
        "MoveItem" => operation::change::move_items(mailbox, request, answer, &new_id),
        "DeleteItem" => operation::change::delete(mailbox, request, answer, &new_id),
        "ConvertId" => operation::convert(request, answer),
        _ => return false,
    }
    true
}

/// The request once for each thing that it asks for, with the id of that.
fn one_by_one(request: &Node, operation: &str, mut each: impl FnMut(&Node, &str) -> bool) -> bool {
    let name = operation::list_name(operation).unwrap_or_default();
    let things = operation::list(request, name).to_vec();
    things.into_iter().all(|thing| {
        let id = operation::id_of(&thing).unwrap_or_default().to_owned();
        let mut part = request.clone();
        for list in &mut part.children {
            if list.name == name {
                list.children = vec![thing.clone()];
            }
        }
        each(&part, &id)
    })
}

/// A fault of the script.
fn struck(kind: &MailFaultKind, envelope: &Node, operation: &str) -> Response {
    match kind {
        MailFaultKind::Fault { code, back_off_ms } => fault(
            code,
            &Extra {
                inner: None,
                back_off_ms: *back_off_ms,
            },
        ),
        MailFaultKind::Code {
            code,
            inner,
            back_off_ms,
        } => {
            let extra = Extra {
                inner: inner.clone(),
                back_off_ms: *back_off_ms,
            };
            if !OPERATIONS.contains(&operation) {
                return fault(code, &extra);
            }
            let mut answer = Answer::default();
            for _ in 0..operation::asked_for(envelope, operation) {
                answer.error(operation, code, &extra);
            }
            answer.finish(operation)
        }
        MailFaultKind::Status {
            status,
            retry_after_s,
            body,
        } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_GATEWAY);
            let mut response = (status, body.clone()).into_response();
            let kind = HeaderValue::from_static("text/html");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            if let Some(after) = retry_after_s {
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from(*after));
            }
            if status.is_redirection() {
                let place = HeaderValue::from_static(
                    "/ews/genericerrorpage.htm?aspxerrorpath=/ews/exchange.asmx",
                );
                response.headers_mut().insert(header::LOCATION, place);
            }
            response
        }
        MailFaultKind::Truncated
        | MailFaultKind::EchoToken
        | MailFaultKind::Slow { .. }
        | MailFaultKind::ForgetSyncStates
        | MailFaultKind::RevokeTokens => StatusCode::BAD_GATEWAY.into_response(),
    }
}

/// The first half of an answer, whose length says that there is more.
async fn truncated(whole: Response) -> Response {
    let (mut parts, body) = whole.into_parts();
    let bytes = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let half = bytes.slice(..bytes.len() / 2);
    parts.headers.remove(header::CONTENT_LENGTH);
    // a body that fails behind its first half makes the server close the connection
    Response::from_parts(parts, Body::new(Cut::Data(half)))
}

/// Ends with an error behind its data.
enum Cut {
    Data(Bytes),
    /// The data is on its way: an error at once would take it back.
    Sent,
    Ends,
}

impl http_body::Body for Cut {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, std::io::Error>>> {
        match std::mem::replace(&mut *self, Self::Ends) {
            Self::Data(data) => {
                *self = Self::Sent;
                Poll::Ready(Some(Ok(http_body::Frame::data(data))))
            }
            Self::Sent => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Ends => Poll::Ready(Some(Err(std::io::Error::other("cut off")))),
        }
    }
}
