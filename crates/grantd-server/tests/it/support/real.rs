//! An API whose way out leads to sockets of this machine, and a sandbox behind one of them.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use grantd_engine::{Engine, EngineParts};
use grantd_model::{BasicEncoding, ClientId, Role, ScopeSet, Secret};
use grantd_net::{EgressPolicy, Net, NetConfig, ResolveError, Resolver};
use grantd_sandbox::{AllowedMethods, Effect, Fault, Sandbox, SandboxClient, SandboxConfig};
use grantd_secrets::Sources;
use grantd_server::{Server, ServerSettings};
use grantd_testkit::fixtures::audit_chain;
use grantd_testkit::{SmallCopies, TestEngine, TestRandom};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::sync::DropGuard;
use tower::ServiceExt;

use super::app::key;

/// The secret of the sandbox's client.
pub(crate) const CLIENT_SECRET: &str = "jhyun/ku[ojubbj]/jhgfdrg^7*dfg&jkiu#bjshdm,ktttdg";

/// What every token of the sandbox begins with.
const TOKEN_PREFIX: &str = "sbx_";

/// The one name there is, beside addresses.
pub(crate) const NAME: &str = "auth.internal";

/// An API and a sandbox.
pub(crate) struct Real {
    pub(crate) sandbox: Sandbox,
    /// Where the sandbox is.
    pub(crate) address: SocketAddr,
    key: String,
    engine: TestEngine,
    random: Arc<TestRandom>,
    _stop: DropGuard,
}

struct OneName;

#[async_trait]
impl Resolver for OneName {
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, ResolveError> {
        match host {
            NAME => Ok(vec![Ipv4Addr::LOCALHOST.into()]),
            "broken.internal" => Err(ResolveError::Failed("no server could be asked".to_owned())),
            _ => Err(ResolveError::NotFound),
        }
    }
}

impl Real {
    pub(crate) async fn start() -> Self {
        let engine = TestEngine::start();
        let key = key(&engine, "editor", Role::Editor.grants()).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let sandbox = sandbox(&engine);
        let stop = CancellationToken::new();
        let (serving, stopped) = (sandbox.clone(), stop.clone().cancelled_owned());
        tokio::spawn(async move { serving.serve(listener, stopped).await });
        Self {
            sandbox,
            address,
            key,
            engine,
            random: Arc::new(TestRandom::seeded(3)),
            _stop: stop.drop_guard(),
        }
    }

    /// The API, with a way out that has no connection yet.
    fn router(&self) -> Router {
        let engine = &self.engine;
        let parts = EngineParts {
            store: engine.store.clone(),
            sealer: engine.sealer.clone(),
            snapshots: Arc::new(SmallCopies),
            keyring: engine.keyring.clone(),
            audit: Arc::new(audit_chain(1)),
            sources: Arc::new(Sources::default()),
            outbound: Arc::new(way_out()),
            clock: engine.clock.clone(),
            random: self.random.clone(),
            metrics: engine.metrics.clone(),
            keep_history: Duration::from_hours(24),
            keep_audit: Duration::from_hours(24),
            sessions: grantd_engine::SessionLimits::default(),
            mail: Arc::new(grantd_engine::NoMail),
            consumers: Arc::new(grantd_engine::NoConsumers),
            keep_mail: Duration::from_hours(24),
            alerts: grantd_engine::AlertSettings::default(),
        };
        let settings = ServerSettings {
            allowed_hosts: vec!["localhost".to_owned()],
            ..ServerSettings::default()
        };
        Server::new(Engine::new(parts), settings).into_router()
    }

    /// Where tokens of the sandbox are requested.
    pub(crate) fn token_endpoint(&self) -> String {
        format!("http://{}/token", self.address)
    }

    /// How the validation of a draft with these changes goes, as people would read it; ports are
    /// those of the moment.
    pub(crate) async fn told(&self, what: &str, changes: Value) -> String {
        let mut draft = json!({
            "name": "Sales", "client_id": "sales", "client_secret": CLIENT_SECRET,
            "token_endpoint": self.token_endpoint(), "scope": "mail.read",
            "connect_timeout_s": 1, "request_timeout_s": 1,
        });
        let members = draft.as_object_mut().unwrap();
        members.extend(changes.as_object().unwrap().clone());
        let body = json!({"draft": draft}).to_string();
        let request = Request::post("/v1/validations")
            .header("host", "localhost")
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", "application/json");
        let request = request.body(Body::from(body)).unwrap();
        let answer = self.router().oneshot(request).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let shown: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(status, 200, "{what}: {shown}");
        let text = shown.to_string();
        for secret in [CLIENT_SECRET, TOKEN_PREFIX, &self.key] {
            assert!(!text.contains(secret), "{what}: {text}");
        }
        without_ports(&format!("{what}\n{}\n", written(&shown)))
    }

    /// The same with a fault of the sandbox, which one request meets.
    pub(crate) async fn with_fault(&self, effect: Effect) -> String {
        let what = effect.kind();
        let before = self.sandbox.stats().token_requests;
        self.sandbox.set_fault(Fault::new(effect));
        let told = self.told(what, json!({})).await;
        self.sandbox.set_fault(Fault::none());
        let stats = self.sandbox.stats();
        let requests = stats.token_requests - before;
        assert_eq!(requests, 1, "{what} is not tried again");
        assert_eq!(stats.redirects_followed, 0);
        told
    }
}

fn sandbox(engine: &TestEngine) -> Sandbox {
    let client = SandboxClient {
        client_id: ClientId::try_from("sales").unwrap(),
        client_secret: Secret::from(CLIENT_SECRET),
        methods: AllowedMethods::Both,
        basic_decoding: BasicEncoding::Percent,
        scopes: ScopeSet::parse("mail.read mail.send").ok(),
    };
    let config = SandboxConfig::new(vec![client]);
    Sandbox::new(
        config,
        engine.clock.clone(),
        Arc::new(TestRandom::seeded(5)),
    )
}

/// Loopback but for 127.0.0.9, and the one name.
fn way_out() -> Net {
    let policy = EgressPolicy::parse(["127.0.0.1", NAME, "broken.internal", "none.internal"]);
    let mut config = NetConfig::new(policy.unwrap());
    config.resolver = Arc::new(OneName);
    Net::new(config).unwrap()
}

/// A validation as lines.
fn written(shown: &Value) -> String {
    let mut out = String::new();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for step in shown["steps"].as_array().unwrap() {
        let line = format!(
            "  {:<15}{:<8}{}",
            text(&step["step"]),
            text(&step["outcome"]),
            text(&step["detail"])
        );
        writeln!(out, "{}", line.trim_end()).unwrap();
        for member in ["class", "meaning", "remedy"] {
            if let Some(said) = step[member].as_str() {
                writeln!(out, "    {member}: {said}").unwrap();
            }
        }
        if let Some(said) = step.get("authorization_server") {
            writeln!(out, "    authorization server: {said}").unwrap();
        }
    }
    writeln!(out, "  => {}", text(&shown["result"])).unwrap();
    if let Some(token) = shown.get("token") {
        writeln!(out, "    token: {token}").unwrap();
    }
    for warning in shown["warnings"].as_array().into_iter().flatten() {
        writeln!(out, "    warning: {}", text(warning)).unwrap();
    }
    out
}

/// The port of an address is another one each time.
fn without_ports(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(':') {
        let (head, tail) = rest.split_at(at + 1);
        out.push_str(head);
        let digits = tail.len() - tail.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let before = head.trim_end_matches(':');
        let is_host = before.ends_with(|c: char| c.is_ascii_alphanumeric());
        if digits >= 4 && is_host {
            out.push_str("PORT");
            rest = &tail[digits..];
        } else {
            rest = tail;
        }
    }
    out.push_str(rest);
    out
}
