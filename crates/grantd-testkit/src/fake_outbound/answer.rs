//! What a server answers.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use grantd_net::{NetError, Response, SendFailure};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::sync::Semaphore;

/// An answer, or the reason why there is none.
#[derive(Clone)]
pub struct Answer {
    result: Result<Response, NetError>,
    gate: Option<Gate>,
    takes: Duration,
}

impl Answer {
    /// A JSON document with this status.
    #[must_use]
    pub fn json(status: u16, body: &str) -> Self {
        Self::bytes(status, body.as_bytes())
    }

    /// Whatever bytes, said to be JSON.
    #[must_use]
    pub fn bytes(status: u16, body: &[u8]) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        Self {
            result: Ok(Response {
                quotable: true,
                status: StatusCode::from_u16(status).unwrap(),
                headers,
                body: Bytes::copy_from_slice(body),
                peer: SocketAddr::from((Ipv4Addr::LOCALHOST, 443)),
                phases: Vec::new(),
            }),
            gate: None,
            takes: Duration::ZERO,
        }
    }

    /// A bearer token that lasts an hour.
    #[must_use]
    pub fn token(value: &str) -> Self {
        Self::token_for(value, Duration::from_hours(1))
    }

    /// A bearer token that lasts so long.
    #[must_use]
    pub fn token_for(value: &str, lifetime: Duration) -> Self {
        let seconds = lifetime.as_secs();
        Self::json(
            200,
            &format!(
                r#"{{"access_token": "{value}", "token_type": "Bearer", "expires_in": {seconds}}}"#
            ),
        )
    }

    /// A refusal with this error code (RFC 6749 section 5.2).
    #[must_use]
    pub fn refusal(status: u16, code: &str) -> Self {
        Self::json(status, &format!(r#"{{"error": "{code}"}}"#))
    }

    /// No answer, for this reason.
    #[must_use]
    pub const fn failure(error: NetError) -> Self {
        Self {
            result: Err(error),
            gate: None,
            takes: Duration::ZERO,
        }
    }

    /// The same with a header field more.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(response) = &mut self.result {
            response.headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        self
    }

    /// The same from a place that nobody knows, beyond a proxy.
    #[must_use]
    pub fn from_beyond(mut self) -> Self {
        if let Ok(response) = &mut self.result {
            response.quotable = false;
        }
        self
    }

    /// The same, given only when the gate is opened.
    #[must_use]
    pub fn behind(mut self, gate: &Gate) -> Self {
        self.gate = Some(gate.clone());
        self
    }

    /// The same, given after so long, by the time of tokio.
    #[must_use]
    pub const fn taking(mut self, takes: Duration) -> Self {
        self.takes = takes;
        self
    }

    pub(super) async fn give(self) -> Result<Response, SendFailure> {
        if !self.takes.is_zero() {
            tokio::time::sleep(self.takes).await;
        }
        if let Some(gate) = &self.gate {
            gate.pass().await;
        }
        self.result.map_err(|error| SendFailure {
            error,
            phases: Vec::new(),
        })
    }
}

/// Holds answers back, so that a test can do something between request and answer.
#[derive(Clone)]
pub struct Gate {
    arrived: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Gate {
    /// A gate that is shut.
    #[must_use]
    pub fn shut() -> Self {
        Self {
            arrived: Arc::new(Semaphore::new(0)),
            open: Arc::new(Semaphore::new(0)),
        }
    }

    /// Waits for one more request to arrive at the gate.
    pub async fn arrived(&self) {
        self.arrived.acquire().await.unwrap().forget();
    }

    /// Lets one request through, now or when it arrives.
    pub fn open(&self) {
        self.open.add_permits(1);
    }

    async fn pass(&self) {
        self.arrived.add_permits(1);
        self.open.acquire().await.unwrap().forget();
    }
}
