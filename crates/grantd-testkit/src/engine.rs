//! An engine over a store in memory, a way out that leads nowhere, and a clock that stands still.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use grantd_engine::{
    AlertSettings, AuditFilter, CredentialRef, Engine, EngineError, EngineParts, HandedOut,
    KeyringPlace, MailWorks, Metrics, SessionLimits, TokenWish,
};
use grantd_model::{Actor, AuditEntry, Clock, Randomness, Role};
use grantd_net::Outbound;
use grantd_secrets::Sources;
use grantd_store::{Keyring, Sealer, Store};

use crate::{
    FakeOutbound, MemoryPlace, MemoryStore, OneAnswer, OneSpool, SmallCopies, TestClock,
    TestRandom, fixtures,
};

/// An engine with everything it is made of; its methods are the engine's.
pub struct TestEngine {
    /// Where it keeps things.
    pub store: Arc<dyn Store>,
    /// What it seals with.
    pub sealer: Arc<Sealer>,
    /// Where its keyring is kept when it was changed.
    pub keyring: Arc<MemoryPlace>,
    /// What it sends with.
    pub outbound: Arc<FakeOutbound>,
    /// What it reads the time from.
    pub clock: Arc<TestClock>,
    /// What it counts with.
    pub metrics: Arc<Metrics>,
    sources: Arc<Sources>,
    random: Arc<TestRandom>,
    alerts: AlertSettings,
    engine: Engine,
}

impl TestEngine {
    /// An engine over an empty store.
    #[must_use]
    pub fn start() -> Self {
        Self::with(Arc::new(MemoryStore::default()), Sources::default())
    }

    /// An engine over this store, with these secret sources.
    #[must_use]
    pub fn with(store: Arc<dyn Store>, sources: Sources) -> Self {
        Self::at(store, sources, TestClock::default())
    }

    /// An engine that goes with the time of tokio, and renews by itself.
    #[must_use]
    pub fn flowing() -> Self {
        Self::flowing_with(Arc::new(MemoryStore::default()), Sources::default())
    }

    /// The same over this store, with these secret sources.
    #[must_use]
    pub fn flowing_with(store: Arc<dyn Store>, sources: Sources) -> Self {
        let engine = Self::at(store, sources, TestClock::flowing());
        engine.start();
        engine
    }

    /// The same, that tries credentials which nobody used for so long.
    #[must_use]
    pub fn flowing_with_idle(idle: Duration) -> Self {
        let (store, sources) = (Arc::new(MemoryStore::default()), Sources::default());
        let alerts = AlertSettings {
            validate_idle: Some(idle),
            ..alert_settings()
        };
        let engine = Self::set_up(store, sources, TestClock::flowing(), alerts);
        engine.start();
        engine
    }

    fn at(store: Arc<dyn Store>, sources: Sources, clock: TestClock) -> Self {
        Self::set_up(store, sources, clock, alert_settings())
    }

    fn set_up(
        store: Arc<dyn Store>,
        sources: Sources,
        clock: TestClock,
        alerts: AlertSettings,
    ) -> Self {
        let clock = Arc::new(clock);
        let random = Arc::new(TestRandom::default());
        let keyring = Keyring::generate(clock.now(), random.as_ref());
        let sealer = Arc::new(Sealer::new(
            keyring,
            "installation-1".to_owned(),
            Arc::clone(&random) as Arc<dyn Randomness>,
        ));
        let outbound = Arc::new(FakeOutbound::default());
        let mail = Arc::new(OneSpool);
        Self::of(
            store,
            sealer,
            Arc::new(sources),
            outbound,
            clock,
            random,
            (mail, alerts),
        )
    }

    /// Another engine over the same store, which holds nothing in memory yet.
    #[must_use]
    pub fn restarted(&self) -> Self {
        Self::of(
            Arc::clone(&self.store),
            Arc::clone(&self.sealer),
            Arc::clone(&self.sources),
            Arc::clone(&self.outbound),
            Arc::clone(&self.clock),
            Arc::clone(&self.random),
            (Arc::new(OneSpool), self.alerts.clone()),
        )
    }

    fn of(
        store: Arc<dyn Store>,
        sealer: Arc<Sealer>,
        sources: Arc<Sources>,
        outbound: Arc<FakeOutbound>,
        clock: Arc<TestClock>,
        random: Arc<TestRandom>,
        (mail, alerts): (Arc<dyn MailWorks>, AlertSettings),
    ) -> Self {
        let metrics = Arc::default();
        let keyring = Arc::new(MemoryPlace::holding(&sealer.keyring()));
        let engine = Engine::new(EngineParts {
            store: Arc::clone(&store),
            sealer: Arc::clone(&sealer),
            snapshots: Arc::new(SmallCopies),
            keyring: Arc::clone(&keyring) as Arc<dyn KeyringPlace>,
            audit: Arc::new(fixtures::audit_chain(1)),
            sources: Arc::clone(&sources),
            outbound: Arc::clone(&outbound) as Arc<dyn Outbound>,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            random: Arc::clone(&random) as Arc<dyn Randomness>,
            metrics: Arc::clone(&metrics),
            keep_history: Duration::from_hours(90 * 24),
            keep_audit: Duration::from_hours(365 * 24),
            sessions: SessionLimits::default(),
            mail,
            consumers: Arc::new(OneAnswer),
            keep_mail: Duration::from_hours(90 * 24),
            alerts: alerts.clone(),
        });
        Self {
            store,
            sealer,
            keyring,
            outbound,
            clock,
            metrics,
            sources,
            random,
            alerts,
            engine,
        }
    }

    /// Puts a key into the keyring that nothing is under; tells its id.
    #[must_use]
    pub fn with_spare_key(&self) -> String {
        let spare = Keyring::generate(self.now(), &TestRandom::seeded(9));
        let id = spare.ids().concat();
        let ring = Keyring::clone(&self.sealer.keyring()).with_earlier(spare);
        self.keyring.put(&ring);
        self.sealer.replace_keyring(ring);
        id
    }

    /// A user who may do everything.
    #[must_use]
    pub fn as_admin(&self) -> Actor {
        fixtures::role(Some(Role::Admin))
    }

    /// A user who makes and changes credentials.
    #[must_use]
    pub fn as_editor(&self) -> Actor {
        fixtures::role(Some(Role::Editor))
    }

    /// A user who sees.
    #[must_use]
    pub fn as_viewer(&self) -> Actor {
        fixtures::role(Some(Role::Viewer))
    }

    /// A user without any grant.
    #[must_use]
    pub fn as_nobody(&self) -> Actor {
        fixtures::role(None)
    }

    /// A token, without a particular wish.
    ///
    /// # Errors
    /// As [`Engine::token`].
    pub async fn fetch_token(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
    ) -> Result<HandedOut, EngineError> {
        self.token(actor, wanted, &TokenWish::default()).await
    }

    /// Closes it, so that the script of its way out is checked here and not where a task of it ends.
    pub async fn end(self) {
        self.close().await;
    }

    /// The whole audit log, newest first.
    pub async fn audit_log(&self) -> Vec<AuditEntry> {
        let mut entries = Vec::new();
        let mut filter = AuditFilter {
            limit: 200,
            ..AuditFilter::default()
        };
        loop {
            let page = self.list_audit(&Actor::System, &filter).await.unwrap();
            entries.extend(page.items);
            match page.next_cursor {
                Some(cursor) => filter.cursor = Some(cursor),
                None => return entries,
            }
        }
    }
}

fn alert_settings() -> AlertSettings {
    AlertSettings {
        badge: Some("test".to_owned()),
        console: Some("https://grantd.example.com".to_owned()),
        ..AlertSettings::default()
    }
}

impl Deref for TestEngine {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

/// No secret sources.
#[must_use]
pub fn no_sources() -> Sources {
    Sources::default()
}
