//! A sandbox, an engine, and listeners that deliver into a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use grantd_engine::{
    CredentialRef, Engine, EngineParts, ListedListener, ListenerRef, SessionLimits,
};
use grantd_mail::delivery::turns::DiskTurns;
use grantd_mail::envelope::{self, Envelope, Origin};
use grantd_mail::mailbox::{Fetched, FetchedContent, Summary};
use grantd_mail::protocol::ews::{EngineTokens, EwsMailbox, EwsSession, Gates, SessionParts};
use grantd_mail::{Listeners, MailParts, SharedWorks, SpoolConfig, Works};
use grantd_model::listener::{
    Content, DeliveryDraft, ExchangeVersion, ImpersonateBy, MailAddress, MailEndpoint, SpoolName,
};
use grantd_model::{
    Actor, AuthenticationMethod, BasicEncoding, ClientId, Clock, Credential, Listener,
    ListenerDraft, Randomness, Scope, ScopeSet, ScopeSetting, Secret, SecretInput, Timestamp,
    TokenEndpoint,
};
use grantd_net::{AllowRule, EgressPolicy, Net, NetConfig};
use grantd_sandbox::{
    AllowedMethods, MailConfig, MailFault, MailFaultKind, Sandbox, SandboxClient, SandboxConfig,
};
use grantd_secrets::Sources;
use grantd_store::{Keyring, Sealer, Store};
use grantd_testkit::fixtures::{audit_chain, minimal};
use grantd_testkit::{MemoryPlace, MemoryStore, SmallCopies, TestRandom};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

pub(crate) const MAILBOX: &str = "sales@example.com";
const SCOPE: &str = "https://outlook.office365.com/.default";
const CLIENT: &str = "mail-client";

/// A client that may open no mailbox.
pub(crate) const NO_ROLE: &str = "no-role";

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
        since_epoch()
    }
}

/// Everything; ended when it is dropped.
pub(crate) struct Rig {
    pub(crate) sandbox: Sandbox,
    pub(crate) engine: Engine,
    /// The clock of grantd; the sandbox has its own.
    pub(crate) clock: Arc<ShiftedClock>,
    pub(crate) credential: Credential,
    address: std::net::SocketAddr,
    works: Arc<Works>,
    net: Arc<Net>,
    listeners: Option<Listeners>,
    folder: TempDir,
    spool: PathBuf,
    _stop: DropGuard,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let spool = folder.path().join("spool");
        std::fs::create_dir(&spool).unwrap();
        let random: Arc<dyn Randomness> = Arc::new(TestRandom::seeded(7));
        let sandbox = sandbox();
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let stop = CancellationToken::new();
        let (serving, ending) = (sandbox.clone(), stop.clone());
        tokio::spawn(async move { serving.serve(socket, ending.cancelled_owned()).await });
        let rule: AllowRule = address.to_string().parse().unwrap();
        let net = Net::new(NetConfig::new(EgressPolicy::new(vec![rule]))).unwrap();
        let (net, clock) = (Arc::new(net), Arc::new(ShiftedClock::default()));
        let works = Arc::new(Works::new(MailParts {
            outbound: net.clone(),
            clock: clock.clone(),
            random: Arc::clone(&random),
            spools: spools(&spool),
        }));
        let mail_net = Arc::clone(&net);
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
            outbound: net,
            clock: clock.clone(),
            random,
            metrics: Arc::default(),
            keep_history: Duration::from_hours(24),
            keep_audit: Duration::from_hours(24),
            sessions: SessionLimits::default(),
            mail: Arc::new(SharedWorks(Arc::clone(&works))),
            consumers: Arc::new(grantd_engine::NoConsumers),
            keep_mail: Duration::from_hours(24 * 90),
            alerts: grantd_engine::AlertSettings::default(),
        });
        let credential = credential(&engine, address).await;
        let mut rig = Self {
            sandbox,
            engine,
            clock,
            credential,
            address,
            works,
            net: mail_net,
            listeners: None,
            folder,
            spool,
            _stop: stop.drop_guard(),
        };
        rig.run();
        rig
    }

    /// The inbox, as a listener would open it.
    pub(crate) fn mailbox(&self) -> EwsMailbox {
        let mailbox: MailAddress = MAILBOX.try_into().unwrap();
        let endpoint = format!("http://{}/EWS/Exchange.asmx", self.address);
        let endpoint = MailEndpoint::try_from(endpoint).unwrap();
        let gates = Gates::default();
        let session = EwsSession::new(SessionParts {
            outbound: self.net.clone(),
            tokens: Arc::new(EngineTokens::new(
                self.engine.clone(),
                self.credential.id,
                mailbox.clone(),
                None,
            )),
            gate: gates.of(endpoint.host(), &mailbox),
            endpoint,
            mailbox,
            impersonate_by: ImpersonateBy::SmtpAddress,
            version: ExchangeVersion::Exchange2016,
            clock: self.clock.clone(),
            random: Arc::new(TestRandom::seeded(11)),
            turns: DiskTurns::default(),
        });
        EwsMailbox::new(session, "inbox".try_into().unwrap())
    }

    /// Lets listeners run.
    pub(crate) fn run(&mut self) {
        let memory = self.engine.listener_memory(&Actor::System).unwrap();
        self.listeners = Some(Listeners::start(Arc::clone(&self.works), memory));
    }

    /// Ends what runs, as a shutdown does.
    pub(crate) async fn halt(&mut self) {
        if let Some(listeners) = self.listeners.take() {
            listeners.close().await;
        }
    }

    /// A listener on the mailbox, changed so.
    pub(crate) fn draft(&self, change: impl FnOnce(&mut ListenerDraft)) -> ListenerDraft {
        let mut draft = ListenerDraft {
            name: "Sales".to_owned(),
            credential: self.credential.id.to_string(),
            endpoint: format!("http://{}/EWS/Exchange.asmx", self.address),
            mailbox: MAILBOX.to_owned(),
            start: "unread".to_owned(),
            interval_s: 1,
            delivery: DeliveryDraft {
                spool: "orders".to_owned(),
                ..DeliveryDraft::default()
            },
            ..ListenerDraft::default()
        };
        change(&mut draft);
        draft
    }

    pub(crate) async fn listen(&self, change: impl FnOnce(&mut ListenerDraft)) -> Listener {
        let draft = self.draft(change);
        let made = self.engine.create_listener(&Actor::System, None, &draft);
        made.await.unwrap()
    }

    /// Puts a mail into the inbox.
    pub(crate) fn mail(&self, mime: impl AsRef<[u8]>) {
        let mime = mime.as_ref().to_vec();
        self.sandbox.put_mail(MAILBOX, "inbox", mime).unwrap();
    }

    /// A fault of the mailbox server.
    pub(crate) fn fault(&self, operation: Option<&str>, times: Option<u64>, kind: MailFaultKind) {
        self.sandbox.add_mail_fault(MailFault {
            fault: kind,
            operation: operation.map(str::to_owned),
            mailbox: None,
            subject: None,
            after: 0,
            times,
        });
    }

    /// A fault of the mailbox server at mails of this subject alone.
    pub(crate) fn fault_at(
        &self,
        subject: &str,
        operation: &str,
        times: Option<u64>,
        kind: MailFaultKind,
    ) {
        self.sandbox.add_mail_fault(MailFault {
            fault: kind,
            operation: Some(operation.to_owned()),
            mailbox: None,
            subject: Some(subject.to_owned()),
            after: 0,
            times,
        });
    }

    /// The same, once so many such requests have gone well.
    pub(crate) fn fault_later(
        &self,
        (subject, operation): (&str, &str),
        (after, times): (u64, u64),
        kind: MailFaultKind,
    ) {
        self.sandbox.add_mail_fault(MailFault {
            fault: kind,
            operation: Some(operation.to_owned()),
            mailbox: None,
            subject: Some(subject.to_owned()),
            after,
            times: Some(times),
        });
    }

    /// How often the mailbox server was asked for something.
    pub(crate) fn asked(&self, operation: &str) -> u64 {
        let counts = self.sandbox.mail_counts();
        counts.get(operation).copied().unwrap_or_default()
    }

    pub(crate) fn spool(&self) -> &Path {
        &self.spool
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The envelopes in the spool.
    pub(crate) fn envelopes(&self) -> Vec<Value> {
        let entries = std::fs::read_dir(&self.spool).unwrap();
        let names: BTreeSet<PathBuf> = entries.map(|it| it.unwrap().path()).collect();
        let json = names
            .iter()
            .filter(|it| it.extension().is_some_and(|it| it == "json"));
        json.map(|it| serde_json::from_slice(&std::fs::read(it).unwrap()).unwrap())
            .collect()
    }

    pub(crate) fn subjects(&self) -> Vec<String> {
        let mut subjects: Vec<String> = self
            .envelopes()
            .iter()
            .map(|it| it["subject"].as_str().unwrap().to_owned())
            .collect();
        subjects.sort();
        subjects
    }

    /// The subjects of the spool, once there are so many.
    pub(crate) async fn delivered(&self, count: usize) -> Vec<String> {
        let there = async || self.subjects().len() >= count;
        self.until(&format!("{count} deliveries"), there).await;
        self.subjects()
    }

    pub(crate) async fn standing(&self, listener: &Listener) -> ListedListener {
        let wanted = ListenerRef::Id(listener.id);
        let standing = self.engine.listener_standing(&Actor::System, &wanted);
        standing.await.unwrap()
    }

    /// Class, detail and remedy of the listener's fault, once it fails.
    pub(crate) async fn failing(&self, listener: &Listener) -> (String, String, Option<String>) {
        let fails = async || self.standing(listener).await.state.failing.is_some();
        self.until("a fault", fails).await;
        let failing = self.standing(listener).await.state.failing.unwrap();
        (failing.class, failing.detail, failing.remedy)
    }

    /// Waits until it works.
    pub(crate) async fn works_again(&self, listener: &Listener) {
        let works = async || {
            let state = self.standing(listener).await.state;
            state.failing.is_none() && state.looked_at.is_some()
        };
        self.until("that it works", works).await;
    }

    /// Waits until something holds.
    pub(crate) async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        for _ in 0..600 {
            if holds().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!(
            "waited in vain for {what}; in the spool: {:?}",
            self.subjects()
        );
    }

    /// Waits until what is in the spool is remembered, and what is to be done afterwards is done.
    pub(crate) async fn settled(&self, listener: &Listener) {
        let wanted = ListenerRef::Id(listener.id);
        let done = async || {
            let listed = self
                .engine
                .list_deliveries(&Actor::System, &wanted, 200, None)
                .await;
            listed.unwrap().items.len() >= self.subjects().len()
                && self.standing(listener).await.waiting.actions == 0
        };
        self.until("that everything is done afterwards", done).await;
    }

    /// So long that what comes then is later than what came before: servers tell when a mail was received in
    /// whole seconds, and say what time it is in whole seconds as well.
    pub(crate) async fn seconds_pass(&self) {
        tokio::time::sleep(Duration::from_millis(2100)).await;
    }

    /// So long that a listener has looked at least twice.
    pub(crate) async fn a_while(&self) {
        tokio::time::sleep(Duration::from_millis(2500)).await;
    }
}

fn spools(folder: &Path) -> BTreeMap<SpoolName, SpoolConfig> {
    let config = SpoolConfig {
        folder: folder.to_owned(),
    };
    [(SpoolName::try_from("orders").unwrap(), config)].into()
}

fn sandbox() -> Sandbox {
    let client = |name: &str| SandboxClient {
        client_id: ClientId::try_from(name).unwrap(),
        client_secret: Secret::from("secret"),
        methods: AllowedMethods::Both,
        basic_decoding: BasicEncoding::Percent,
        scopes: Some(ScopeSet::parse(&format!("{SCOPE} other")).unwrap()),
    };
    let config = SandboxConfig {
        mail: MailConfig {
            mailboxes: vec![MAILBOX.to_owned(), "other@example.com".to_owned()],
            scope: Some(Scope::try_from(SCOPE).unwrap()),
            full_access: vec![ClientId::try_from(CLIENT).unwrap()],
        },
        ..SandboxConfig::new(vec![client(CLIENT), client(NO_ROLE)])
    };
    let clock = Arc::new(ShiftedClock::default());
    Sandbox::new(config, clock, Arc::new(TestRandom::seeded(11)))
}

async fn credential(engine: &Engine, sandbox: std::net::SocketAddr) -> Credential {
    let mut draft = minimal("mailer");
    let settings = &mut draft.settings;
    settings.client_id = ClientId::try_from(CLIENT).unwrap();
    let endpoint = format!("http://{sandbox}/token");
    settings.token_endpoint = TokenEndpoint::try_from(endpoint.as_str()).unwrap();
    settings.scope = ScopeSetting::Set(ScopeSet::parse(SCOPE).unwrap());
    settings.allowed_mailboxes = vec!["*@example.com".to_owned()];
    settings.bound_hosts = vec!["127.0.0.1".to_owned()];
    let secret = SecretInput::Internal(Secret::from("secret"));
    draft.authentication = AuthenticationMethod::ClientSecretPost.with_secret(secret);
    let made = engine.create_credential(&Actor::System, draft).await;
    made.unwrap()
}

/// The credential by its id.
pub(crate) fn by_id(credential: &Credential) -> CredentialRef {
    CredentialRef::Id(credential.id)
}

/// The envelope of a mail that lies in a work folder.
pub(crate) fn envelope_in(work: &Path, key: &str, mime: &[u8]) -> Envelope {
    std::fs::write(work.join("mail.eml"), mime).unwrap();
    let origin = Origin {
        key: key.to_owned(),
        listener_id: "lsn".to_owned(),
        listener_slug: "orders".to_owned(),
        protocol: "ews",
        mailbox: "orders@example.com".to_owned(),
        folder: "inbox".to_owned(),
        nonce: "0123456789abcdefghijklmnop".to_owned(),
    };
    let fetched = Fetched {
        content: FetchedContent::Mime {
            file: "mail.eml".to_owned(),
            size: mime.len() as u64,
        },
        entry_id: None,
    };
    let content = Content::default();
    envelope::build(work, &origin, &Summary::default(), &fetched, &content).unwrap()
}

/// A mail with this subject.
pub(crate) fn plain(subject: &str) -> String {
    format!(
        "From: Ann Example <ann@example.org>\r\nTo: {MAILBOX}\r\nSubject: {subject}\r\n\
         Message-ID: <{}@example.org>\r\nDate: Thu, 26 Nov 2026 08:00:00 +0000\r\n\r\nHello.\r\n",
        subject.replace(' ', "-")
    )
}

/// A mail with an attachment of this name and content.
pub(crate) fn with_attachment(subject: &str, name: &str, content: &[u8]) -> String {
    let mut lines = String::new();
    for line in data_encoding::BASE64.encode(content).as_bytes().chunks(76) {
        lines.push_str(std::str::from_utf8(line).unwrap());
        lines.push_str("\r\n");
    }
    format!(
        "From: ann@example.org\r\nTo: {MAILBOX}\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=bound\r\n\r\n--bound\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\nSee there.\r\n--bound\r\n\
         Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n{lines}--bound--\r\n"
    )
}
