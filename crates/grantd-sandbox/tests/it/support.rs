//! A sandbox with a clock to turn, and requests to its routes.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request, StatusCode};
use grantd_model::{BasicEncoding, ClientId, Clock, Randomness, ScopeSet, Secret, Timestamp};
use grantd_sandbox::{AllowedMethods, Sandbox, SandboxClient, SandboxConfig, Stats};
use serde_json::Value;
use tower::ServiceExt;

/// The client of the documented example.
pub(crate) const SALES: &str = "Sales Email";
pub(crate) const SALES_SECRET: &str = "jhyun/ku[ojubbj]/jhgfdrg^7*dfg&jkiu#bjshdm,ktttdg";
/// A client whose server side never decodes Basic, with a secret that looks encoded.
pub(crate) const RAW: &str = "raw%20client";
pub(crate) const RAW_SECRET: &str = "50% + more:%";
/// A client without scopes that may only use the body.
pub(crate) const POST_ONLY: &str = "post-only";
pub(crate) const POST_ONLY_SECRET: &str = "p";

#[derive(Clone, Default)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000 + self.0.load(Ordering::Relaxed))
    }

    fn since_boot(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::Relaxed).unsigned_abs())
    }
}

#[derive(Default)]
struct Counting(AtomicU8);

impl Randomness for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            *byte = self.0.fetch_add(7, Ordering::Relaxed);
        }
    }
}

pub(crate) fn config() -> SandboxConfig {
    let client = |id: &str, secret: &str| SandboxClient {
        client_id: ClientId::try_from(id).unwrap(),
        client_secret: Secret::from(secret),
        methods: AllowedMethods::Both,
        basic_decoding: BasicEncoding::Percent,
        scopes: ScopeSet::parse("mail.read mail.send").ok(),
    };
    SandboxConfig {
        token_lifetime: Duration::from_mins(10),
        ..SandboxConfig::new(vec![
            client(SALES, SALES_SECRET),
            SandboxClient {
                methods: AllowedMethods::Basic,
                basic_decoding: BasicEncoding::Raw,
                ..client(RAW, RAW_SECRET)
            },
            SandboxClient {
                methods: AllowedMethods::Post,
                scopes: None,
                ..client(POST_ONLY, POST_ONLY_SECRET)
            },
        ])
    }
}

pub(crate) struct Fixture {
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: TestClock,
}

pub(crate) fn fixture() -> Fixture {
    with(config())
}

pub(crate) fn with(config: SandboxConfig) -> Fixture {
    let clock = TestClock::default();
    let randomness = Arc::new(Counting::default());
    Fixture {
        sandbox: Sandbox::new(config, Arc::new(clock.clone()), randomness),
        clock,
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Status and error code.
    pub(crate) fn error(&self) -> (u16, String) {
        let error = self.json()["error"].as_str().unwrap_or("").to_owned();
        (self.status.as_u16(), error)
    }

    pub(crate) fn token(&self) -> String {
        assert_eq!(self.status, StatusCode::OK, "{:?}", self.body);
        self.json()["access_token"].as_str().unwrap().to_owned()
    }
}

impl Fixture {
    pub(crate) async fn send(&self, request: Builder, body: impl Into<Body>) -> Answer {
        let request = request.body(body.into()).unwrap();
        let response = self.sandbox.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: to_bytes(body, usize::MAX).await.unwrap(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header("host", "127.0.0.1:9999");
        self.send(request, Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        self.send(form(path), encode(parameters)).await
    }

    /// A token request of the documented example's client.
    pub(crate) async fn sales(&self) -> Answer {
        self.post("/token", &sales_parameters()).await
    }

    /// Switches a fault on.
    pub(crate) async fn fault(&self, document: &str) -> Answer {
        self.send(Request::put("/faults"), document.to_owned())
            .await
    }

    pub(crate) fn stats(&self) -> Stats {
        self.sandbox.stats()
    }
}

pub(crate) fn form(path: &str) -> Builder {
    Request::post(path).header("content-type", "application/x-www-form-urlencoded")
}

pub(crate) fn encode(parameters: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

pub(crate) fn sales_parameters() -> [(&'static str, &'static str); 3] {
    [
        ("grant_type", "client_credentials"),
        ("client_id", SALES),
        ("client_secret", SALES_SECRET),
    ]
}

pub(crate) fn basic(text: &str) -> String {
    format!("Basic {}", data_encoding::BASE64.encode(text.as_bytes()))
}
