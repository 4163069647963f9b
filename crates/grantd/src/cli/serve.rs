//! `grantd serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use grantd_engine::SessionLimits;
use grantd_proxy::Proxy;
use grantd_secrets::Sources;
use grantd_server::{Ended, Readiness};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Context;
use crate::admin_key;
use crate::announcement::{Address, Announcement};
use crate::config::{Config, Flags};
use crate::environment::Environment;
use crate::failure::Failure;
use crate::hardening;
use crate::lifecycle::{self, Orders, Signals};
use crate::logging::{self, LogFilter};
use crate::own_places;
use crate::reload::Reload;
use crate::setup_link;
use crate::sockets::Sockets;
use crate::state_folder::{StateFolder, StatePaths};
use crate::systemd::Notifier;
use crate::tls_files::{TlsFiles, TlsRead};
use crate::tls_watch::{self, TlsWatch};
use crate::wiring::{self, Installation, Opening, ProxySettings};

/// Run the server, until SIGTERM or SIGINT
///
/// Keeps everything in the state folder. The first start makes database, keyring and an API key
/// with all rights, whose path is logged. Settings come from flags, then variables
/// GRANTD_<SECTION>_<KEY>, then the configuration file, then defaults.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Configuration file [default: `grantd/grantd.toml` in `$XDG_CONFIG_HOME` or `~/.config`,
    /// else `/etc/grantd/grantd.toml`]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8710]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
}

impl Serve {
    /// Serves until a signal comes.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        context.connection.refuse("serve", true)?;
        let flags = Flags {
            config: self.config,
            listen: self.listen,
        };
        hardening::allow_open_files();
        hardening::take_small_pages();
        lifecycle::run(async {
            // before anything else: a SIGHUP would end the process
            let signals = Signals::new()?;
            let config = Config::load(&flags, &context.environment)?;
            let paths = StatePaths::find(
                context.connection.state_dir.as_deref(),
                &context.environment,
            )?;
            let from = From {
                flags,
                environment: context.environment.clone(),
                log: logging::begin(&config.log),
            };
            let state = StateFolder::hold(paths)?;
            state.refuse_half_restored()?;
            Box::pin(serve(config, from, state, signals)).await
        })
    }
}

/// Where the settings come from, to be loaded again.
struct From {
    flags: Flags,
    environment: Environment,
    log: LogFilter,
}

async fn serve(
    config: Config,
    from: From,
    state: StateFolder,
    mut signals: Signals,
) -> Result<(), Failure> {
    let paths = state.paths();
    let notifier = Notifier::of(&from.environment);
    let sockets = Sockets::bind(&config).await?;
    let (local, own) = (sockets.local, sockets.own());
    own_places::check(&config, paths.folder())?;
    let sources = wiring::sources(&config)?;
    let opening = opening(&config, sources, &own, local);
    // a vault may be waited for
    let opened = tokio::select! {
        opened = notifier.more_time(Installation::open(paths, opening)) => opened,
        () = signals.end() => {
            tracing::info!("ending before the start was done");
            return Ok(());
        }
    };
    let installation = opened?;
    admin_key::ensure(&installation.engine, paths).await?;
    let identity = identity(&config)?;
    let address = Address {
        local,
        public_url: config.server.public_url.as_ref(),
        tls: identity.as_ref().map(|(read, _)| &read.identity),
    };
    let announcement = Announcement::write(paths, &address)?;
    let listening = format!("listening on {}://{local}", address.scheme());
    tell(&config, paths, &listening);
    let mut settings = lifecycle::server_settings(&config, local);
    let consumers = sockets.consumers.as_ref().map(|(_, local)| *local);
    settings.consumers_url = config.consumers.url(consumers);
    let base = settings.public_url.as_ref().map(ToString::to_string);
    let base = base.unwrap_or_else(|| settings.installation.listens_on.clone());
    let code = setup_link::ensure(&installation.engine, paths, &base).await?;
    let shutdown = CancellationToken::new();
    let readiness = installation.readiness();
    let (server, live) = installation.watched_server(settings, &readiness);
    let tls = identity.map(|(read, files)| TlsWatch::new(read, files));
    let server = match &tls {
        Some(watch) => server.with_tls(watch.tls()),
        None => server,
    };
    let counted = installation.metrics_server(&readiness);
    let parts = (&installation, &readiness, &config);
    let proxy = begin_proxy(parts, sockets.consumers, &shutdown).await?;
    let serving = async {
        let metrics = async {
            if let Some((listener, _)) = sockets.metrics {
                counted.serve(listener, shutdown.clone()).await;
            }
        };
        let (ended, through, (), ()) = tokio::join!(
            server.serve(sockets.listener, shutdown.clone()),
            serve_proxy(proxy, &installation, &shutdown),
            metrics,
            setup_link::remove_when_over(&installation.engine, code.as_ref(), paths, &shutdown)
        );
        if through == Ended::Whole {
            ended
        } else {
            through
        }
    };
    let serving = Box::pin(async {
        tokio::select! {
            ended = serving => ended,
            () = tls_watch::run(tls.as_ref()) => Ended::Whole,
            () = notifier.watch(&readiness, &listening) => Ended::Whole,
        }
    });
    let mut reload = Reload {
        flags: from.flags,
        environment: from.environment,
        state: paths.folder().to_owned(),
        started: config.settings.clone(),
        holds: config.settings,
        local,
        own,
        log: from.log,
        net: Arc::clone(installation.net()),
        live,
        tls: tls.clone(),
    };
    notifier.ready(&listening);
    let orders = Orders {
        reload: async || {
            notifier.reloading();
            reload.run().await;
            notifier.ready(&listening);
        },
        begin_to_end: || {
            readiness.drain();
            notifier.stopping(config.server.drain_delay_s + lifecycle::END);
        },
        delay: config.server.drain_delay_s,
    };
    let ended = signals.serve_on(serving, &shutdown, orders).await;
    drop(announcement);
    lifecycle::close(installation, ended).await;
    Ok(())
}

/// Begins to serve HTTP consumers, where there is a socket for them.
async fn begin_proxy(
    (installation, readiness, config): (&Installation, &Readiness, &Config),
    socket: Option<(TcpListener, SocketAddr)>,
    shutdown: &CancellationToken,
) -> Result<Option<Proxy>, Failure> {
    let Some((listener, local)) = socket else {
        return Ok(None);
    };
    tracing::info!("HTTP consumers are reached at http://{local}/consumers/");
    let settings = ProxySettings {
        access_log: config.consumers.access_log(),
        threads: config.consumers.threads(),
        // a proxy on this machine makes everybody come from it
        keyless: !config.server.tls_terminated_by_proxy && config.consumers.public_url.is_none(),
    };
    let proxy = installation.proxy(listener, settings, shutdown).await?;
    readiness.watch("HTTP consumers", proxy.alive());
    Ok(Some(proxy))
}

/// Serves them until the shutdown.
async fn serve_proxy(
    proxy: Option<Proxy>,
    installation: &Installation,
    shutdown: &CancellationToken,
) -> Ended {
    let Some(proxy) = proxy else {
        return Ended::Whole;
    };
    match proxy.serve(&installation.engine, shutdown).await {
        grantd_proxy::Ended::Whole => Ended::Whole,
        grantd_proxy::Ended::CutOff => Ended::CutOff,
    }
}

/// What the installation is opened with.
fn opening(config: &Config, sources: Sources, own: &[SocketAddr], local: SocketAddr) -> Opening {
    Opening {
        outgoing: wiring::outgoing(config, own.iter().copied()),
        sources,
        keyring: config.keyring.clone(),
        spools: wiring::spools(config),
        keep_history: config.history.keep_days,
        keep_audit: config.history.audit_days,
        keep_mail: config.mail.keep_days,
        sessions: SessionLimits {
            idle: config.console.session_idle_minutes,
            absolute: config.console.session_hours,
        },
        alerts: wiring::alerts(config, local),
    }
}

/// What is spoken TLS with, and the files that it comes from.
fn identity(config: &Config) -> Result<Option<(TlsRead, TlsFiles)>, Failure> {
    let Some(files) = config.server.tls_files() else {
        return Ok(None);
    };
    let read = files.read();
    let read = read.map_err(|fault| Failure::usage(fault.to_string()))?;
    Ok(Some((read, files)))
}

fn tell(config: &Config, paths: &StatePaths, listening: &str) {
    if let Some(file) = &config.file {
        tracing::info!(file = %file.display(), "configuration read");
    }
    tracing::info!(
        state = %paths.folder().display(),
        admin_key = %paths.admin_key().display(),
        "{listening}"
    );
}
