//! A sandbox, an engine with a credential and a consumer, and the data path.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use grantd_engine::{Engine, EngineParts, KeyDraft, NoConsumers, NoMail, SessionLimits};
use grantd_model::{
    Action, Actor, AuthenticationMethod, BasicEncoding, ClientId, Clock, Consumer, ConsumerDraft,
    Credential, Grant, Randomness, ScopeSet, ScopeSetting, Secret, SecretInput, Timestamp,
    TokenEndpoint,
};
use grantd_net::{AllowRule, EgressPolicy, Net, NetConfig};
use grantd_proxy::{Proxy, ProxyParts};
use grantd_sandbox::{AllowedMethods, Sandbox, SandboxClient, SandboxConfig};
use grantd_secrets::Sources;
use grantd_store::{Keyring, Sealer, Store};
use grantd_testkit::fixtures::{audit_chain, minimal};
use grantd_testkit::{MemoryPlace, MemoryStore, SmallCopies, TestRandom};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

const CLIENT: &str = "consumer-client";

/// The system's clock, a shift away.
#[derive(Debug, Default)]
pub(crate) struct ShiftedClock(AtomicI64);

impl ShiftedClock {
    pub(crate) fn shift(&self, seconds: i64) {
        self.0.store(seconds, Ordering::SeqCst);
    }
}

fn since_epoch() -> Duration {
    let now = SystemTime::now();
    now.duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

impl Clock for ShiftedClock {
    fn now(&self) -> Timestamp {
        let shift = self.0.load(Ordering::SeqCst) * 1_000_000;
        Timestamp::from_micros(i64::try_from(since_epoch().as_micros()).unwrap() + shift)
    }

    fn since_boot(&self) -> Duration {
        let shift = u64::try_from(self.0.load(Ordering::SeqCst)).unwrap();
        since_epoch() + Duration::from_secs(shift)
    }
}

/// Everything; ended when it is dropped.
pub(crate) struct Rig {
    pub(crate) sandbox: Sandbox,
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<ShiftedClock>,
    pub(crate) credential: Credential,
    /// Where consumers are reached.
    pub(crate) address: SocketAddr,
    /// An API key that may use consumers.
    pub(crate) key: String,
    service: SocketAddr,
    _stop: DropGuard,
}

impl Rig {
    /// A rig whose consumer `api` leads to this service.
    pub(crate) async fn start(service: SocketAddr) -> Self {
        Self::start_with(service, |_| {}).await
    }

    /// The same, the consumer changed so.
    pub(crate) async fn start_with(
        service: SocketAddr,
        change: impl FnOnce(&mut ConsumerDraft),
    ) -> Self {
        let random: Arc<dyn Randomness> = Arc::new(TestRandom::seeded(7));
        let sandbox = sandbox();
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = socket.local_addr().unwrap();
        let stop = CancellationToken::new();
        let (serving, ending) = (sandbox.clone(), stop.clone());
        tokio::spawn(async move { serving.serve(socket, ending.cancelled_owned()).await });
        let rule: AllowRule = "127.0.0.1/32".parse().unwrap();
        let net = Net::new(NetConfig::new(EgressPolicy::new(vec![rule]))).unwrap();
        let (net, clock) = (Arc::new(net), Arc::new(ShiftedClock::default()));
        let keyring = Keyring::generate(clock.now(), random.as_ref());
        let sealer = Sealer::new(keyring, "installation-1".to_owned(), Arc::clone(&random));
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let engine = Engine::new(EngineParts {
            store,
            sealer: Arc::new(sealer),
            snapshots: Arc::new(SmallCopies),
            keyring: Arc::new(MemoryPlace::default()),
            audit: Arc::new(audit_chain(1)),
            sources: Arc::new(Sources::default()),
            outbound: net.clone(),
            clock: clock.clone(),
            random,
            metrics: Arc::default(),
            keep_history: Duration::from_hours(24),
            keep_audit: Duration::from_hours(24),
            sessions: SessionLimits::default(),
            mail: Arc::new(NoMail),
            consumers: Arc::new(NoConsumers),
            keep_mail: Duration::from_hours(24),
            alerts: grantd_engine::AlertSettings::default(),
        });
        let credential = credential(&engine, server).await;
        let key = key(&engine, Grant::everywhere(Action::Use)).await;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let parts = ProxyParts {
            engine: engine.clone(),
            net,
            consumers: grantd_proxy::Consumers::default(),
            access_log: grantd_proxy::AccessLog::OneOf(1),
            threads: 2,
            connections: 1000,
            keyless: true,
        };
        let proxy = Proxy::start(&parts, listener, &stop).await.unwrap();
        let (serving, ending) = (engine.clone(), stop.clone());
        tokio::spawn(async move { proxy.serve(&serving, &ending).await });
        let rig = Self {
            sandbox,
            engine,
            clock,
            credential,
            address,
            key,
            service,
            _stop: stop.drop_guard(),
        };
        rig.add("Api", change).await;
        rig
    }

    /// Adds a consumer, and waits until it is served.
    pub(crate) async fn add(
        &self,
        name: &str,
        change: impl FnOnce(&mut ConsumerDraft),
    ) -> Consumer {
        let mut draft = ConsumerDraft {
            name: name.to_owned(),
            credential: self.credential.id.to_string(),
            base_url: format!("http://{}/base", self.service),
            ..ConsumerDraft::default()
        };
        change(&mut draft);
        let made = self.engine.create_consumer(&Actor::System, None, &draft);
        let consumer = made.await.unwrap();
        let probe = format!(
            "GET /consumers/{}/x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
            consumer.slug
        );
        self.until(async || {
            !self
                .raw(probe.as_bytes())
                .await
                .contains("unknown_consumer")
        })
        .await;
        consumer
    }

    /// Waits until something holds.
    pub(crate) async fn until(&self, holds: impl AsyncFn() -> bool) {
        for _ in 0..200 {
            if holds().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("waited in vain");
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes, and reads until the connection is closed.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        // what was sent and is not read makes the other side reset
        let _ = tokio::time::timeout(Duration::from_secs(20), read)
            .await
            .expect("it ends");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// A request with the key on a connection of its own: the line, more fields, the body.
    pub(crate) async fn ask(&self, line: &str, fields: &str, body: &str) -> String {
        let key = &self.key;
        let length = if body.is_empty() {
            String::new()
        } else {
            format!("content-length: {}\r\n", body.len())
        };
        let text = format!(
            "{line} HTTP/1.1\r\nhost: proxy.example\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\
             {length}{fields}\r\n{body}"
        );
        self.raw(text.as_bytes()).await
    }

    pub(crate) async fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path}"), "", "").await
    }

    /// A key with one grant.
    pub(crate) async fn key_with(&self, grant: Grant) -> String {
        key(&self.engine, grant).await
    }
}

/// The status of an answer.
pub(crate) fn status(answer: &str) -> u16 {
    let status = answer.split(' ').nth(1).unwrap_or_default();
    status
        .parse()
        .unwrap_or_else(|_| panic!("no answer: {answer:?}"))
}

/// The value of a field of a message.
pub(crate) fn field<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    let head = message.split("\r\n\r\n").next().unwrap_or_default();
    head.lines().skip(1).find_map(|line| {
        let (field, value) = line.split_once(':')?;
        field.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn sandbox() -> Sandbox {
    let client = SandboxClient {
        client_id: ClientId::try_from(CLIENT).unwrap(),
        client_secret: Secret::from("secret"),
        methods: AllowedMethods::Both,
        basic_decoding: BasicEncoding::Percent,
        scopes: Some(ScopeSet::parse("read write").unwrap()),
    };
    let clock = Arc::new(ShiftedClock::default());
    Sandbox::new(
        SandboxConfig::new(vec![client]),
        clock,
        Arc::new(TestRandom::seeded(11)),
    )
}

async fn credential(engine: &Engine, sandbox: SocketAddr) -> Credential {
    let mut draft = minimal("service");
    let settings = &mut draft.settings;
    settings.client_id = ClientId::try_from(CLIENT).unwrap();
    let endpoint = format!("http://{sandbox}/token");
    settings.token_endpoint = TokenEndpoint::try_from(endpoint.as_str()).unwrap();
    settings.scope = ScopeSetting::Set(ScopeSet::parse("read write").unwrap());
    settings.bound_hosts = vec!["127.0.0.1".to_owned()];
    let secret = SecretInput::Internal(Secret::from("secret"));
    draft.authentication = AuthenticationMethod::ClientSecretPost.with_secret(secret);
    engine
        .create_credential(&Actor::System, draft)
        .await
        .unwrap()
}

async fn key(engine: &Engine, grant: Grant) -> String {
    let draft = KeyDraft {
        name: "Workload".try_into().unwrap(),
        grants: vec![grant],
        expires_at: None,
    };
    let made = engine.create_key(&Actor::System, draft).await.unwrap();
    made.text.expose().clone()
}
