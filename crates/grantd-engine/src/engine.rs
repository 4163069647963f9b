//! The engine and what it is made of.

use std::sync::Arc;

use std::time::Duration;

use grantd_model::{Clock, Moment, Randomness, Timestamp, base32};
use grantd_net::Outbound;
use grantd_secrets::Sources;
use grantd_store::backup::Snapshots;
use grantd_store::{AuditChain, Sealer, Store};
use tokio::sync::{Mutex, Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use crate::background::Background;
use crate::directory::Directory;
use crate::history::ledger::Ledger;
use crate::history::usage::Usage;
use crate::keyring::damaged::Damaged;
use crate::people::password;
use crate::people::tries::Tries;
use crate::plan::digest::Digests;
use crate::token::queue::DueQueue;
use crate::token::servers::Servers;
use crate::validation::limit::Validations;
use crate::{
    AlertSettings, ConsumerWorks, EngineError, KeyringPlace, MailWorks, Metrics, SessionLimits,
};

/// What an engine is made of.
pub struct EngineParts {
    /// Where things are kept.
    pub store: Arc<dyn Store>,
    /// Seals and opens secrets of this installation.
    pub sealer: Arc<Sealer>,
    /// Makes copies of what is kept.
    pub snapshots: Arc<dyn Snapshots>,
    /// Where the keyring is kept.
    pub keyring: Arc<dyn KeyringPlace>,
    /// Chains the audit log.
    pub audit: Arc<AuditChain>,
    /// Where external secrets are read.
    pub sources: Arc<Sources>,
    /// The way out.
    pub outbound: Arc<dyn Outbound>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids and keys.
    pub random: Arc<dyn Randomness>,
    /// What is counted for operators.
    pub metrics: Arc<Metrics>,
    /// How long events and counts of use are kept.
    pub keep_history: Duration,
    /// How long the audit log is kept.
    pub keep_audit: Duration,
    /// How long sessions of the console last.
    pub sessions: SessionLimits,
    /// Those who run listeners.
    pub mail: Arc<dyn MailWorks>,
    /// Those who run consumers.
    pub consumers: Arc<dyn ConsumerWorks>,
    /// How long listeners remember what they delivered.
    pub keep_mail: Duration,
    /// What the operator sets of alerts.
    pub alerts: AlertSettings,
}

/// The use cases. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    parts: EngineParts,
    tasks: TaskTracker,
    stop: CancellationToken,
    directory: Directory,
    servers: Servers,
    queue: DueQueue,
    ledger: Ledger,
    usage: Usage,
    validations: Validations,
    tries: Tries,
    digests: Digests,
    hashing: Arc<Semaphore>,
    /// Whoever changes the keyring has it.
    keyring_turn: Mutex<()>,
    keys_changed: Notify,
    damaged: Damaged,
    /// Whoever makes a backup has it.
    backup_turn: Arc<Mutex<()>>,
    /// Whoever checks the audit log has it.
    check_turn: Mutex<()>,
    alerts_due: Notify,
    background: Background,
}

impl Engine {
    /// Puts an engine together.
    #[must_use]
    pub fn new(parts: EngineParts) -> Self {
        Self(Arc::new(Inner {
            digests: Digests::new(parts.random.as_ref()),
            parts,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            directory: Directory::default(),
            servers: Servers::default(),
            queue: DueQueue::default(),
            ledger: Ledger::default(),
            usage: Usage::default(),
            validations: Validations::default(),
            tries: Tries::default(),
            hashing: Arc::new(Semaphore::new(password::AT_ONCE)),
            keyring_turn: Mutex::default(),
            keys_changed: Notify::new(),
            damaged: Damaged::default(),
            backup_turn: Arc::default(),
            check_turn: Mutex::default(),
            alerts_due: Notify::new(),
            background: Background::default(),
        }))
    }

    /// Begins what goes on by itself: renewing tokens ahead of their end, writing counts of use,
    /// forgetting old history. Without it tokens are requested when they are asked for.
    pub fn start(&self) {
        self.goes_on("renewal", |it, stop| async move {
            it.renew_what_is_due(stop).await;
        });
        self.goes_on(
            "history",
            |it, stop| async move { it.keep_history(stop).await },
        );
        self.goes_on("secret sources", |it, stop| async move {
            it.refresh_sources(stop).await;
        });
        self.goes_on(
            "rewrapping",
            |it, stop| async move { it.rewrap(stop).await },
        );
        self.goes_on("changes of sources", |it, stop| async move {
            it.follow_sources(stop).await;
        });
        self.goes_on("alerts", |it, stop| async move {
            it.watch_for_alerts(stop).await;
        });
        self.goes_on("alert delivery", |it, stop| async move {
            it.dispatch_alerts(stop).await;
        });
        if self.0.parts.alerts.validate_idle.is_some() {
            self.goes_on("idle credentials", |it, stop| async move {
                it.validate_idle(stop).await;
            });
        }
    }

    /// Begins what is to go on until the engine is closed.
    fn goes_on<F>(&self, name: &'static str, work: impl FnOnce(Self, CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let work = work(self.clone(), self.0.stop.clone());
        self.0.background.begin(name, &self.0.tasks, work);
    }

    /// What should go on by itself and has ended by a fault of grantd's own.
    pub(crate) fn ended(&self) -> Vec<&'static str> {
        self.0.background.failed()
    }

    /// Ends what goes on by itself, and waits until what callers have left behind is done: token
    /// requests that are under way.
    pub async fn close(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    pub(crate) fn parts(&self) -> &EngineParts {
        &self.0.parts
    }

    /// Runs work to its end even if the caller does not wait for it.
    ///
    /// # Errors
    /// Those of the work; when it is cut off.
    pub async fn to_the_end<T, E>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<EngineError> + Send + 'static,
    {
        match self.0.tasks.spawn(work).await {
            Ok(result) => result,
            Err(_) => Err(EngineError::CutOff.into()),
        }
    }

    /// Runs work in a task of its own, so that it goes on however slowly the caller looks for its result. It is
    /// cut off where the handle is dropped.
    pub fn aside<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> AbortOnDropHandle<T> {
        AbortOnDropHandle::new(self.0.tasks.spawn(work))
    }

    pub(crate) fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.0.directory
    }

    pub(crate) fn servers(&self) -> &Servers {
        &self.0.servers
    }

    pub(crate) fn queue(&self) -> &DueQueue {
        &self.0.queue
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.0.ledger
    }

    pub(crate) fn validations(&self) -> &Validations {
        &self.0.validations
    }

    pub(crate) fn tries(&self) -> &Tries {
        &self.0.tries
    }

    /// Makes the digests of plans.
    pub(crate) fn digests(&self) -> &Digests {
        &self.0.digests
    }

    /// Lets not too many passwords be hashed at once.
    pub(crate) fn hashing(&self) -> Arc<Semaphore> {
        Arc::clone(&self.0.hashing)
    }

    pub(crate) fn keyring_turn(&self) -> &Mutex<()> {
        &self.0.keyring_turn
    }

    pub(crate) fn check_turn(&self) -> &Mutex<()> {
        &self.0.check_turn
    }

    pub(crate) fn backup_turn(&self) -> Arc<Mutex<()>> {
        Arc::clone(&self.0.backup_turn)
    }

    /// Wakes whoever brings values under the key that seals.
    pub(crate) fn keys_changed(&self) -> &Notify {
        &self.0.keys_changed
    }

    /// The sealed values that do not open.
    pub(crate) fn damaged(&self) -> &Damaged {
        &self.0.damaged
    }

    /// Wakes who brings alerts to their channels.
    pub(crate) fn alerts_due(&self) -> &Notify {
        &self.0.alerts_due
    }

    pub(crate) fn usage(&self) -> &Usage {
        &self.0.usage
    }

    /// The time by all of the engine's clocks.
    #[must_use]
    pub fn moment(&self) -> Moment {
        self.0.parts.clock.moment()
    }

    /// The time by the engine's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.parts.clock.now()
    }

    /// How long the machine has been up, by the engine's clock; to tell how long something took.
    #[must_use]
    pub fn since_boot(&self) -> Duration {
        self.0.parts.clock.since_boot()
    }

    /// A text that nobody can guess, to tell one form from another.
    #[must_use]
    pub fn unguessable(&self) -> String {
        let mut bytes = [0; 15];
        self.random().fill(&mut bytes);
        base32::encode(&bytes)
    }

    pub(crate) fn random(&self) -> &dyn Randomness {
        self.0.parts.random.as_ref()
    }
}
