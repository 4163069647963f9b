//! Sends requests for one mailbox: token, impersonation, affinity, version.
//!
//! Invariant: the token is asked for at each request and kept nowhere else, so that a busy server
//! makes no token requests; a refused one is dropped once. Nothing is sent before the gate lets it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use grantd_model::listener::{ExchangeVersion, ImpersonateBy, MailAddress, MailEndpoint};
use grantd_model::{Clock, ErrorKind, Randomness, Timestamp, base32};
use grantd_net::{Body, Limits, NetError, OpenAnswer, Outbound, Request};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use super::divert::{Divert, DivertFault, Sink};
use super::gate::Gate;
use super::soap::{self, Header, Reply, ResponseMessage};
use super::status;
use super::tokens::{MailToken, TokenSource};
use super::told::{clean, told};
use crate::delivery::turns::DiskTurns;
use crate::fault::MailFault;

/// The most of an answer beside contents, in bytes.
const MOST_ANSWER_BYTES: usize = 24 * 1024 * 1024;

/// The most of an answer with its contents, in bytes: a gibibyte in base64, and something around it.
const MOST_BYTES: usize = 1_500_000_000;

/// The most of an answer that is no SOAP, in bytes.
const MOST_PAGE_BYTES: usize = 256 * 1024;

/// How long a request may take as a whole: a large mail over a slow line.
const TOTAL: Duration = Duration::from_mins(30);

/// How long it may take until an answer begins: the server puts a large mail together first.
const FIRST_BYTE: Duration = Duration::from_mins(2);

/// The most cookies that are kept.
const MOST_COOKIES: usize = 20;

/// The versions, the newest first.
const VERSIONS: [ExchangeVersion; 4] = [
    ExchangeVersion::Exchange2016,
    ExchangeVersion::Exchange2013Sp1,
    ExchangeVersion::Exchange2013,
    ExchangeVersion::Exchange2010Sp2,
];

/// What a session is made of.
pub struct SessionParts {
    /// The way out.
    pub outbound: Arc<dyn Outbound>,
    /// Where tokens come from.
    pub tokens: Arc<dyn TokenSource>,
    /// Where requests go.
    pub endpoint: MailEndpoint,
    /// Whose mailbox it is.
    pub mailbox: MailAddress,
    /// By what it is named.
    pub impersonate_by: ImpersonateBy,
    /// The version that is asked for first.
    pub version: ExchangeVersion,
    /// The gate before the mailbox.
    pub gate: Arc<Gate>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// For request ids and jitter.
    pub random: Arc<dyn Randomness>,
    /// Turns at the disk that contents are written to.
    pub turns: DiskTurns,
}

/// Sends requests for one mailbox.
pub struct EwsSession {
    parts: SessionParts,
    /// Place in the list of versions.
    version: AtomicU8,
    cookies: Mutex<BTreeMap<String, String>>,
    server_now: Mutex<Option<Timestamp>>,
    server: Mutex<Option<(u32, u32, u32)>>,
}

/// What was answered: messages, in the order of what was asked for.
pub(crate) type Messages = Vec<ResponseMessage>;

impl EwsSession {
    /// One without affinity so far.
    #[must_use]
    pub fn new(parts: SessionParts) -> Self {
        let version = VERSIONS.iter().position(|it| *it == parts.version);
        Self {
            version: AtomicU8::new(version.and_then(|it| u8::try_from(it).ok()).unwrap_or(0)),
            parts,
            cookies: Mutex::default(),
            server_now: Mutex::default(),
            server: Mutex::default(),
        }
    }

    /// The mailbox.
    pub(crate) const fn mailbox(&self) -> &MailAddress {
        &self.parts.mailbox
    }

    /// The version that the server is asked in.
    pub(crate) fn version(&self) -> ExchangeVersion {
        let place = usize::from(self.version.load(Ordering::Relaxed));
        VERSIONS.get(place).copied().unwrap_or_default()
    }

    /// The time that the server told last.
    pub(crate) fn server_now(&self) -> Option<Timestamp> {
        *self
            .server_now
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Which version of Exchange answers: major, minor and build, where it says so.
    pub(crate) fn server(&self) -> Option<(u32, u32, u32)> {
        *self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks, without contents in the answer.
    pub(crate) async fn call(
        &self,
        body: impl Fn(ExchangeVersion) -> String + Sync,
    ) -> Result<Messages, MailFault> {
        self.call_into(body, &[], &mut Nowhere).await
    }

    /// Turns at the disk that contents are written to.
    pub(super) const fn turns(&self) -> &DiskTurns {
        &self.parts.turns
    }

    /// Asks; the contents of elements of these names go into the sink. Where the server does not know
    /// the version, it is asked in an older one.
    pub(crate) async fn call_into<S: Sink + Send>(
        &self,
        body: impl Fn(ExchangeVersion) -> String + Sync,
        contents: &'static [&'static str],
        sink: &mut S,
    ) -> Result<Messages, MailFault> {
        loop {
            let version = self.version();
            let text = self.envelope(version, &body(version));
            let fault = match self.exchange(&text, contents, sink).await?.result {
                Ok(messages) => {
                    let of_version = messages.iter().find_map(|it| match &it.result {
                        Err(fault) if fault.is_of_the_version() => Some(fault.clone()),
                        _ => None,
                    });
                    match of_version {
                        None => return self.heed(messages),
                        Some(fault) => fault,
                    }
                }
                Err(fault) => fault,
            };
            let older = usize::from(self.version.load(Ordering::Relaxed)) + 1;
            if !fault.is_of_the_version() || older >= VERSIONS.len() {
                return Err(self.closed(fault.into_fault()));
            }
            // another request may have found out meanwhile
            let place = u8::try_from(older).unwrap_or(0);
            self.version.fetch_max(place, Ordering::Relaxed);
        }
    }

    fn envelope(&self, version: ExchangeVersion, body: &str) -> String {
        let header = Header {
            version,
            impersonate: Some((self.parts.impersonate_by, &self.parts.mailbox)),
        };
        soap::envelope(&header, body)
    }

    /// Closes the gate where one of the messages asks for it.
    fn heed(&self, messages: Messages) -> Result<Messages, MailFault> {
        let busy = messages.iter().find_map(|it| match &it.result {
            Err(fault) => match fault.clone().into_fault() {
                busy @ MailFault::Busy { .. } => Some(busy),
                _ => None,
            },
            Ok(_) => None,
        });
        if let Some(busy) = busy {
            return Err(self.closed(busy));
        }
        self.parts.gate.answered();
        Ok(messages)
    }

    fn closed(&self, fault: MailFault) -> MailFault {
        let MailFault::Busy { after, detail } = fault else {
            return fault;
        };
        let wait = self.parts.gate.close(after, &detail, self.jitter());
        MailFault::Busy {
            after: Some(wait),
            detail,
        }
    }

    fn jitter(&self) -> f64 {
        let mut byte = [0; 1];
        self.parts.random.fill(&mut byte);
        f64::from(byte[0]) / 255.0
    }

    async fn exchange<S: Sink + Send>(
        &self,
        text: &str,
        contents: &'static [&'static str],
        sink: &mut S,
    ) -> Result<Reply, MailFault> {
        let mut again = true;
        loop {
            let turn = self.parts.gate.turn().await?;
            let host = self.parts.endpoint.host();
            let token = self.parts.tokens.token(host).await?;
            let request = self.request(text, &token)?;
            let opened = tokio::time::timeout(FIRST_BYTE, self.parts.outbound.open(request));
            let Ok(answer) = opened.await else {
                return Err(MailFault::Unreachable {
                    class: "request_timeout",
                    detail: format!(
                        "{} did not begin to answer within {} s",
                        self.parts.endpoint.host(),
                        FIRST_BYTE.as_secs()
                    ),
                    remedy: "The server is reached but slow; it is tried again.".to_owned(),
                });
            };
            let mut answer = answer.map_err(|failure| net_fault(&failure.error))?;
            self.note(&answer.headers);
            if answer.status == StatusCode::UNAUTHORIZED && again {
                // once: the token may have been revoked since
                drop(answer.body);
                drop(turn);
                again = false;
                if self.parts.tokens.refused(&token).await {
                    continue;
                }
                let (status, headers) = (answer.status, &answer.headers);
                let fault =
                    status::fault(status, headers, "", (host, &token.client_id), self.now());
                return Err(fault.map_detail(|detail| clean(detail, &token)));
            }
            let read = self.read(&mut answer, contents, sink, &token).await;
            drop(turn);
            return read.map_err(|fault| self.closed(fault));
        }
    }

    fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    async fn read<S: Sink + Send>(
        &self,
        answer: &mut OpenAnswer,
        contents: &'static [&'static str],
        sink: &mut S,
        token: &MailToken,
    ) -> Result<Reply, MailFault> {
        let status = answer.status;
        let of_status = |body: &str, answer: &OpenAnswer| {
            let asked = (self.parts.endpoint.host(), token.client_id.as_str());
            let fault = status::fault(status, &answer.headers, body, asked, self.now());
            fault.map_detail(|detail| clean(detail, token))
        };
        if status != StatusCode::OK && status != StatusCode::INTERNAL_SERVER_ERROR {
            let page = answer
                .body
                .collect(MOST_PAGE_BYTES)
                .await
                .unwrap_or_default();
            return Err(of_status(&String::from_utf8_lossy(&page), answer));
        }
        let mut divert = Divert::new(contents, MOST_ANSWER_BYTES, sink);
        while let Some(piece) = answer.body.piece().await.map_err(|it| net_fault(&it))? {
            divert.push(&piece).map_err(divert_fault)?;
            divert.flush().await?;
        }
        let kept = divert.finish();
        if let Ok(reply) = soap::read(&kept) {
            if reply.server.is_some() {
                let mut server = self.server.lock().unwrap_or_else(PoisonError::into_inner);
                *server = reply.server;
            }
            Ok(told(reply, token))
        } else {
            let page = String::from_utf8_lossy(kept.get(..MOST_PAGE_BYTES).unwrap_or(&kept));
            Err(of_status(&page, answer))
        }
    }

    fn request(&self, text: &str, token: &MailToken) -> Result<Request, MailFault> {
        let url = self.parts.endpoint.url().clone();
        let mut request = Request::new(Method::POST, url);
        request.body = Body::Plain(Bytes::copy_from_slice(text.as_bytes()));
        request.ca_bundle.clone_from(&token.ca_bundle);
        request.limits = Limits {
            total: TOTAL,
            response_bytes: MOST_BYTES,
            stalled: Duration::from_mins(2),
            ..Limits::default()
        };
        let bearer = format!("Bearer {}", token.held.access_token.value.expose());
        let mut bearer = HeaderValue::try_from(bearer).map_err(|_| MailFault::Configuration {
            class: "no_token",
            detail: "the access token holds characters that HTTP can not carry".to_owned(),
            remedy: "Check the authorization server.".to_owned(),
        })?;
        bearer.set_sensitive(true);
        request.headers.push((AUTHORIZATION, bearer));
        let fixed = [
            (CONTENT_TYPE, "text/xml; charset=utf-8"),
            (ACCEPT, "text/xml"),
            (HeaderName::from_static("return-client-request-id"), "true"),
        ];
        for (name, value) in fixed {
            request
                .headers
                .push((name, HeaderValue::from_static(value)));
        }
        let made = [
            ("x-anchormailbox", self.parts.mailbox.to_string()),
            ("client-request-id", self.request_id()),
        ];
        for (name, value) in made {
            let value = HeaderValue::from_bytes(value.as_bytes());
            let value = value.map_err(|_| MailFault::Configuration {
                class: "no_such_mailbox",
                detail: "the address of the mailbox can not stand in a header".to_owned(),
                remedy: "Use an address in ASCII.".to_owned(),
            })?;
            request.headers.push((HeaderName::from_static(name), value));
        }
        if let Some(cookies) = self.cookies() {
            request.headers.push((COOKIE, cookies));
        }
        Ok(request)
    }

    /// A UUID in its usual form, at random (RFC 9562 section 5.4).
    fn request_id(&self) -> String {
        let mut bytes = [0; 16];
        self.parts.random.fill(&mut bytes);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex = data_encoding::HEXLOWER.encode(&bytes);
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!(
            "{}-{}-{}-{}-{}",
            part(0, 8),
            part(8, 12),
            part(12, 16),
            part(16, 20),
            part(20, 32)
        )
    }

    fn cookies(&self) -> Option<HeaderValue> {
        let cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        if cookies.is_empty() {
            return None;
        }
        let pairs: Vec<String> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut value = HeaderValue::try_from(pairs.join("; ")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Keeps cookies, by which the server finds the machine again that holds the mailbox, and its
    /// time.
    fn note(&self, headers: &HeaderMap) {
        let date = headers.get(http::header::DATE);
        let date = date.and_then(|it| it.to_str().ok());
        // an HTTP date, read as a wait from the beginning of time
        let epoch = Timestamp::from_micros(0);
        if let Some(since) = date.and_then(|it| parse_date(it, epoch)) {
            let mut now = self
                .server_now
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *now = Some(since);
        }
        let mut cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        for cookie in headers.get_all(SET_COOKIE) {
            let Some(pair) = cookie.to_str().ok().and_then(|it| it.split(';').next()) else {
                continue;
            };
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
            if value.is_empty() {
                cookies.remove(&name);
            } else if cookies.len() < MOST_COOKIES || cookies.contains_key(&name) {
                cookies.insert(name, value);
            }
        }
    }
}

fn parse_date(text: &str, epoch: Timestamp) -> Option<Timestamp> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    grantd_oauth::parse_retry_after(text, epoch).map(|since| epoch.plus(since))
}

struct Nowhere;

impl Sink for Nowhere {
    fn begin(&mut self, _: usize) -> std::io::Result<()> {
        Ok(())
    }

    fn write(&mut self, _: &[u8]) -> std::io::Result<()> {
        Ok(())
    }

    fn end(&mut self) -> std::io::Result<()> {
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), MailFault> {
        Ok(())
    }
}

fn divert_fault(fault: DivertFault) -> MailFault {
    match fault {
        DivertFault::Sink(error) => MailFault::of_disk(&error),
        DivertFault::NotBase64 => MailFault::Poison {
            class: "content_damaged",
            detail: fault.to_string(),
        },
        DivertFault::TooLarge(_) => MailFault::Poison {
            class: "answer_too_large",
            detail: fault.to_string(),
        },
    }
}

pub(crate) fn net_fault(error: &NetError) -> MailFault {
    match error.kind() {
        ErrorKind::Policy | ErrorKind::Invalid => MailFault::Configuration {
            class: error.code(),
            detail: error.to_string(),
            remedy: error.remedy(),
        },
        _ => MailFault::Unreachable {
            class: error.code(),
            detail: error.to_string(),
            remedy: error.remedy(),
        },
    }
}

/// Text of random bytes, for names of files.
pub(crate) fn random_text(random: &dyn Randomness) -> String {
    let mut bytes = [0; 10];
    random.fill(&mut bytes);
    base32::encode(&bytes)
}
