//! Puts the crates together: store, keyring, secret sources, the way out, engine and server.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use grantd_engine::{
    AlertSettings, Engine, EngineParts, InstallationError, KeyringPlaces, Metrics, SessionLimits,
    open_installation,
};
use grantd_mail::{Listeners, MailParts, SharedWorks, SpoolConfig, Works};
use grantd_model::listener::SpoolName;
use grantd_model::{Actor, Clock};
use grantd_net::{EgressPolicy, Net, NetConfig};
use grantd_proxy::{AccessLog, Consumers, Proxy, ProxyParts};
use grantd_secrets::{SourceConfig, Sources};
use grantd_server::{LiveSettings, Readiness, Server, ServerSettings};
use grantd_store::seal::KeyringFileError;
use grantd_store::{SqliteStore, Store, StoreError};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::admin_key;
use crate::config::{Config, Keyring};
use crate::failure::Failure;
use crate::files;
use crate::hardening;
use crate::keyring::{self, Means, Patience};
use crate::lifecycle;
use crate::state_folder::StatePaths;
use crate::system::{SystemClock, SystemRandomness};

/// Everything that a running grantd is made of, apart from its sockets.
pub(crate) struct Installation {
    /// The use cases.
    pub(crate) engine: Engine,
    metrics: Arc<Metrics>,
    store: SqliteStore,
    net: Arc<Net>,
    listeners: Listeners,
    consumers: Consumers,
}

/// How requests through HTTP consumers are served.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProxySettings {
    /// Which of them have a line in the log.
    pub(crate) access_log: AccessLog,
    /// How many threads serve them.
    pub(crate) threads: usize,
    /// Whether callers on this machine may do without a key where a consumer says so.
    pub(crate) keyless: bool,
}

/// What an installation is opened with, beside its state folder.
pub(crate) struct Opening {
    /// The way out.
    pub(crate) outgoing: NetConfig,
    /// The secret sources that are declared.
    pub(crate) sources: Sources,
    /// Where the keyring is.
    pub(crate) keyring: Keyring,
    /// The spool folders that are declared.
    pub(crate) spools: BTreeMap<SpoolName, SpoolConfig>,
    /// How long events and counts of use are kept.
    pub(crate) keep_history: Duration,
    /// How long the audit log is kept.
    pub(crate) keep_audit: Duration,
    /// How long listeners remember.
    pub(crate) keep_mail: Duration,
    /// How long sessions last.
    pub(crate) sessions: SessionLimits,
    /// What the operator sets of alerts.
    pub(crate) alerts: AlertSettings,
}

impl Installation {
    /// Opens database and keyring of a state folder that is held, and puts the engine together.
    ///
    /// # Errors
    /// When either is of no use, or belongs to another installation.
    pub(crate) async fn open(paths: &StatePaths, opening: Opening) -> Result<Self, Failure> {
        let sources = Arc::new(opening.sources);
        let (consumers, metrics) = counted(&sources);
        let net = Net::new(opening.outgoing)
            .map_err(|fault| Failure::usage(format!("egress.ca_bundle: {fault}")))?;
        let net = Arc::new(net);
        let database = paths.database();
        let had_one = admin_key::stands(paths)?;
        let standing = files::standing(&database).map_err(|error| {
            Failure::refused(format!("the database {}: {error}", database.display()))
        })?;
        if had_one && standing.is_none_or(|standing| standing.is_empty) {
            return Err(lost(paths));
        }
        // made for its owner alone before SQLite would make it for everybody; its side files get
        // the same mode
        files::touch_private(&database).map_err(|error| {
            Failure::refused(format!("the database {}: {error}", database.display()))
        })?;
        let clock = Arc::new(SystemClock);
        let random = Arc::new(SystemRandomness);
        let store = SqliteStore::open(&database, clock.as_ref())
            .await
            .map_err(|error| store_failure(&database, &error))?;
        if had_one && !holds_installation(&store).await {
            store.close().await;
            return Err(lost(paths));
        }
        let means = Means {
            paths,
            outbound: net.clone(),
            clock: clock.clone(),
            patience: Patience::Endless,
        };
        let places = match keyring::places(&opening.keyring, &means) {
            Ok(places) => places,
            Err(failure) => {
                store.close().await;
                return Err(failure);
            }
        };
        let opened = open_installation(
            &store,
            KeyringPlaces {
                current: places.current.as_ref(),
                earlier: places.earlier.as_deref(),
            },
            clock.as_ref(),
            random.clone(),
        )
        .await;
        let opened = match opened {
            Ok(opened) => opened,
            Err(error) => {
                store.close().await;
                return Err(installation_failure(&database, &error));
            }
        };
        let works = Arc::new(Works::new(MailParts {
            outbound: net.clone(),
            clock: clock.clone(),
            random: random.clone(),
            spools: opening.spools,
        }));
        let engine = Engine::new(EngineParts {
            store: Arc::new(store.clone()),
            sealer: Arc::new(opened.sealer),
            snapshots: Arc::new(store.clone()),
            keyring: places.current,
            audit: Arc::new(opened.audit),
            sources,
            outbound: net.clone(),
            clock,
            random,
            metrics: Arc::clone(&metrics),
            keep_history: opening.keep_history,
            keep_audit: opening.keep_audit,
            sessions: opening.sessions,
            mail: Arc::new(SharedWorks(Arc::clone(&works))),
            // nobody runs them yet
            consumers: Arc::new(grantd_proxy::Works::new(Arc::clone(&net))),
            keep_mail: opening.keep_mail,
            alerts: opening.alerts,
        });
        engine
            .open_sources()
            .await
            .map_err(|error| Failure::refused(error.to_string()))?;
        engine.start();
        let memory = engine
            .listener_memory(&Actor::System)
            .map_err(|error| Failure::refused(error.to_string()))?;
        let listeners = Listeners::start(works, memory);
        Ok(Self {
            engine,
            metrics,
            store,
            net,
            listeners,
            consumers,
        })
    }

    /// Where things are kept.
    #[cfg(feature = "demo")]
    pub(crate) const fn store(&self) -> &SqliteStore {
        &self.store
    }

    /// The server over this installation.
    #[cfg(feature = "demo")]
    pub(crate) fn server(&self, settings: ServerSettings) -> Server {
        Server::new(self.engine.clone(), settings)
    }

    /// The server over this installation, with what may be changed while it runs.
    pub(crate) fn watched_server(
        &self,
        settings: ServerSettings,
        readiness: &Readiness,
    ) -> (Server, LiveSettings) {
        Server::watched(self.engine.clone(), settings, readiness.clone())
    }

    /// Begins to serve requests through HTTP consumers on a listener.
    ///
    /// # Errors
    /// When the system gives no threads, or the consumers can not be read.
    pub(crate) async fn proxy(
        &self,
        listener: TcpListener,
        settings: ProxySettings,
        shutdown: &CancellationToken,
    ) -> Result<Proxy, Failure> {
        let parts = ProxyParts {
            engine: self.engine.clone(),
            net: Arc::clone(&self.net),
            consumers: self.consumers.clone(),
            access_log: settings.access_log,
            threads: settings.threads,
            connections: hardening::connections_of_consumers(),
            keyless: settings.keyless,
        };
        let listener = listener.into_std();
        let started = match listener {
            Ok(listener) => Proxy::start(&parts, listener, shutdown).await,
            Err(error) => Err(error.into()),
        };
        started
            .map_err(|error| Failure::refused(format!("HTTP consumers can not be served: {error}")))
    }

    /// Whether it is ready.
    pub(crate) fn readiness(&self) -> Readiness {
        let readiness = Readiness::new(self.engine.clone());
        let overseer = self.listeners.overseer();
        readiness.watch("email listeners", move || !overseer.is_finished());
        readiness
    }

    /// The server of what is counted.
    pub(crate) fn metrics_server(&self, readiness: &Readiness) -> Server {
        Server::of_metrics(Arc::clone(&self.metrics), readiness.clone())
    }

    /// The way out.
    pub(crate) const fn net(&self) -> &Arc<Net> {
        &self.net
    }

    /// Waits within the limit for what is under way, then ends all connections and writes what is open to the
    /// database; what is cut off has no caller any more.
    pub(crate) async fn close(self, limit: Duration) {
        let work = async { tokio::join!(self.listeners.close(), self.engine.close()) };
        if tokio::time::timeout(limit, work).await.is_err() {
            tracing::info!("token requests that were under way are cut off");
        }
        self.net.close().await;
        self.store.close().await;
    }
}

/// What is counted, and the consumers of which some is.
fn counted(sources: &Arc<Sources>) -> (Consumers, Arc<Metrics>) {
    let consumers = Consumers::default();
    let metrics = Metrics::with_sources(Arc::clone(sources)).and(consumers.clone());
    (consumers, Arc::new(metrics))
}

/// What the configuration says of alerts. Links lead to where people reach grantd, which is this address if
/// nothing else is said.
pub(crate) fn alerts(config: &Config, local: SocketAddr) -> AlertSettings {
    let url = lifecycle::server_settings(config, local);
    let console = match &url.public_url {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => url.installation.listens_on.clone(),
    };
    AlertSettings {
        transient_after: config.alerts.transient_after_minutes,
        lag: config.alerts.listener_lag_minutes,
        validate_idle: config.validation.idle_hours,
        badge: config.console.badge.clone(),
        console: Some(console),
    }
}

/// Where requests may go as the configuration has it.
pub(crate) fn egress(config: &Config, own: impl IntoIterator<Item = SocketAddr>) -> EgressPolicy {
    EgressPolicy::new(config.egress.allow.clone()).with_own_listeners(own)
}

/// The way out as the configuration has it.
pub(crate) fn outgoing(config: &Config, own: impl IntoIterator<Item = SocketAddr>) -> NetConfig {
    let egress = egress(config, own);
    NetConfig {
        proxy: config.egress.proxy.clone(),
        extra_ca_bundle: config.egress.ca_bundle.clone(),
        ..NetConfig::new(egress)
    }
}

/// The secret sources as the configuration declares them. A folder that is not there yet is told in
/// the log: it may be mounted later, and it may be a slip.
///
/// # Errors
/// When one is wrong.
pub(crate) fn sources(config: &Config) -> Result<Sources, Failure> {
    for (name, source) in &config.sources {
        if let SourceConfig::File { folder, .. } = source
            && !matches!(files::standing(folder), Ok(Some(standing)) if standing.is_folder)
        {
            tracing::warn!(source = %name, folder = %folder.display(), "the folder of a secret source does not exist");
        }
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Sources::new(config.sources.clone(), &clock)
        .map_err(|(name, fault)| Failure::usage(format!("sources.{name}: {fault}")))
}

/// The spool folders as the configuration declares them. One that is of no use yet is told in the log.
pub(crate) fn spools(config: &Config) -> BTreeMap<SpoolName, SpoolConfig> {
    for (name, spool) in &config.spools {
        let folder = spool.folder.display();
        match files::standing(&spool.folder) {
            Ok(Some(standing)) if standing.is_folder => {}
            Ok(Some(_)) => {
                tracing::warn!(spool = %name, %folder, "the folder of a spool is no folder");
            }
            Ok(None) => {
                tracing::warn!(spool = %name, %folder, "the folder of a spool does not exist");
            }
            Err(error) => {
                tracing::warn!(spool = %name, %folder, %error, "the folder of a spool can not be read");
            }
        }
    }
    config.spools.clone()
}

/// Whether there is an installation; a store that fails says so when it is opened.
async fn holds_installation(store: &SqliteStore) -> bool {
    let Ok(mut unit) = store.read().await else {
        return true;
    };
    !matches!(unit.installation().get().await, Ok(None))
}

/// A new installation is not begun over one that was.
fn lost(paths: &StatePaths) -> Failure {
    Failure::usage(format!(
        "the state folder {} holds the admin.key of an installation, but its database grantd.db \
         is missing or holds none",
        paths.folder().display()
    ))
    .with_remedy(
        "Restore grantd.db from a backup, or move admin.key and keyring.json away to begin anew.",
    )
}

/// What is to be done where the keyring is not there, or another one.
const RESTORE_KEYRING: &str = "Restore the keyring from where it is kept apart from the backups of the database, or name \
     the one that it was moved from in [keyring.from].";

/// What no further start would mend is a failure of usage, which the unit does not try again.
fn installation_failure(database: &Path, error: &InstallationError) -> Failure {
    let remedy = match error {
        InstallationError::Store(error) => return store_failure(database, error),
        InstallationError::Keyring(KeyringFileError::Exposed { path, .. }) => format!(
            "Make it owner-only: chmod 600 {}; if others may have read it, change the secrets \
             that it seals.",
            path.display()
        ),
        InstallationError::Missing { .. } => {
            // its mount may come yet, so that another start may help
            return Failure::refused(error.to_string()).with_remedy(RESTORE_KEYRING);
        }
        InstallationError::WrongKeyring { .. } => RESTORE_KEYRING.to_owned(),
        InstallationError::KeyMissing { .. } => {
            "Name the keyring that was moved from in [keyring.from] until no value is left under it, or restore \
             the keyring that holds the key."
                .to_owned()
        }
        InstallationError::NotWhole => "Restore grantd.db from a backup.".to_owned(),
        InstallationError::Keyring(KeyringFileError::Malformed { .. }) => {
            return Failure::usage(error.to_string());
        }
        InstallationError::Keyring(_)
        | InstallationError::Fixed { .. }
        | InstallationError::Place { .. }
        | InstallationError::Seal(_) => {
            return Failure::refused(error.to_string());
        }
    };
    Failure::usage(error.to_string()).with_remedy(remedy)
}

fn store_failure(database: &Path, error: &StoreError) -> Failure {
    let detail = format!("{}: {error}", database.display());
    match error {
        StoreError::Newer { .. } | StoreError::ForeignMigration { .. } => Failure::usage(detail),
        _ => Failure::refused(detail),
    }
}
