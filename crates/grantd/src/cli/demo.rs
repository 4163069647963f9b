//! `grantd demo`: a server with examples, and a sandbox to try them on, in a folder of its own.

mod consumer;
mod guide;
mod life;
mod mail;
mod past;
mod seed;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use grantd_engine::{AlertSettings, Engine, LinkUse, SessionLimits, Visitor};
use grantd_model::{Actor, Role, Secret, UserName};
use grantd_net::{AllowRule, EgressPolicy, NetConfig};
use grantd_proxy::AccessLog;
use grantd_sandbox::{Sandbox, SandboxConfig};
use grantd_secrets::Sources;
use grantd_server::{InstallationLines, ServerSettings};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Context;
use crate::announcement::{Address, Announcement};
use crate::config::{Keyring, Log, check_names};
use crate::failure::Failure;
use crate::files::{self, TemporaryFolder};
use crate::lifecycle::{self, Signals};
use crate::state_folder::{StateFolder, StatePaths};
use crate::system::{SystemClock, SystemRandomness};
use crate::temporary::temporary_folder;
use crate::wiring::{Installation, Opening, ProxySettings};
use crate::{admin_key, hardening, logging, output};

/// How long tokens of the sandbox live: short enough to see them end.
const TOKEN_LIFETIME: Duration = Duration::from_mins(1);

/// How long history is kept where the state stays.
const KEEP: Duration = Duration::from_hours(90 * 24);

/// The user of the link to the console.
const USER: &str = "demo";

/// How long the link to the console is good for.
const LINK: Duration = Duration::from_hours(24);

/// How long the sandbox may take to end.
const SANDBOX_END: Duration = Duration::from_secs(1);

/// A free port of this machine.
const FREE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Run a server with examples, and a sandbox authorization server to try them on
///
/// Everything is in a new temporary folder that is removed at the end; nothing else on this machine
/// is touched or called.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// New folder for the state, which stays
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Loopback address and port to listen on [default: a free port]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Let no programs use the examples by themselves
    #[arg(long)]
    no_traffic: bool,
}

impl Demo {
    /// Runs until a signal comes.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        context.connection.refuse("demo", false)?;
        check_names(&context.environment)?;
        let address = self.listen.unwrap_or(FREE);
        if !address.ip().is_loopback() {
            return Err(Failure::usage(format!(
                "--listen: {address} is no loopback address; the demo is for this machine alone"
            )));
        }
        logging::begin(&Log {
            level: "warn".to_owned(),
            format: None,
        });
        let temporary = match &self.keep {
            Some(_) => None,
            None => Some(temporary_folder("grantd-demo")?),
        };
        let folder = match (&self.keep, &temporary) {
            (Some(folder), _) => Some(folder.as_path()),
            (None, temporary) => temporary.as_ref().map(TemporaryFolder::path),
        };
        let paths = StatePaths::find(folder, &context.environment)?;
        if matches!(files::standing(&paths.database()), Ok(Some(_))) {
            let shown = paths.folder().display();
            return Err(
                Failure::usage(format!("--keep: {shown} is in use already")).with_remedy(format!(
                    "Name a new folder, or serve that one: grantd serve --state-dir {shown}"
                )),
            );
        }
        let folder = paths.folder();
        if self.keep.is_some() && files::holds_anything(folder).unwrap_or_default() {
            return Err(Failure::usage(format!(
                "--keep: {} holds files already, a new or an empty folder is expected",
                folder.display()
            )));
        }
        let kept = self.keep.is_some();
        hardening::take_small_pages();
        lifecycle::run(async {
            let state = StateFolder::hold(paths)?;
            serve(address, &state, kept, !self.no_traffic).await
        })
    }
}

async fn serve(
    address: SocketAddr,
    state: &StateFolder,
    kept: bool,
    has_traffic: bool,
) -> Result<(), Failure> {
    let paths = state.paths();
    let mut signals = Signals::new()?;
    let (listener, local) = lifecycle::listen(address).await?;
    let (sandbox_listener, sandbox_local) = lifecycle::listen(FREE).await?;
    let (smtp, smtp_local) = lifecycle::listen(FREE).await?;
    let (through, through_local) = lifecycle::listen(FREE).await?;
    let spool = mail::make_spool(paths.folder())?;
    let opening = Opening {
        outgoing: outgoing([local, through_local], sandbox_local)?,
        sources: Sources::default(),
        keyring: Keyring::default(),
        spools: mail::spools(&spool)?,
        keep_history: KEEP,
        keep_audit: KEEP,
        keep_mail: KEEP,
        sessions: SessionLimits::default(),
        alerts: AlertSettings {
            badge: Some("demo".to_owned()),
            console: Some(format!("http://{local}")),
            ..AlertSettings::default()
        },
    };
    let installation = Installation::open(paths, opening).await?;
    let engine = &installation.engine;
    admin_key::ensure(engine, paths).await?;
    let (clients, examples) = seed::add_examples(engine, sandbox_local).await?;
    let mut programs = past::add(engine, installation.store(), &examples).await?;
    if !has_traffic {
        programs.clear();
    }
    let console = console_link(engine, local).await?;
    let sandbox = Sandbox::new(
        SandboxConfig {
            token_lifetime: TOKEN_LIFETIME,
            mail: mail::server()?,
            ..SandboxConfig::new(clients)
        },
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
    );
    mail::put_examples(&sandbox);
    mail::add_listener(engine, sandbox_local, has_traffic).await?;
    consumer::add_consumer(engine, sandbox_local).await?;
    let announcement = Announcement::write(paths, &Address::plain(local))?;
    let places = guide::Places {
        server: local,
        sandbox: sandbox_local,
        smtp: smtp_local,
        consumers: through_local,
        spool,
        listens: has_traffic,
    };
    output::print(&guide::text(paths, places, kept, &console))?;
    let shutdown = CancellationToken::new();
    let settings = ServerSettings {
        allowed_hosts: lifecycle::loopback_names(local.ip()),
        public_url: None,
        consumers_url: Some(format!("http://{through_local}")),
        clients_use_tls: false,
        trusted_proxies: Vec::new(),
        badge: Some("demo".to_owned()),
        installation: InstallationLines {
            listens_on: format!("http://{local}"),
            egress_allowed: vec![sandbox_local.to_string()],
            egress_listed_only: true,
            history_days: KEEP.as_secs() / (24 * 3600),
            ..lifecycle::about_the_program()
        },
    };
    let server = installation.server(settings);
    let threads = ProxySettings {
        access_log: AccessLog::Off,
        threads: 1,
        keyless: true,
    };
    let proxy = installation.proxy(through, threads, &shutdown).await?;
    let behind = CancellationToken::new();
    let others = serve_sandbox(sandbox, (sandbox_listener, smtp), &behind);
    let serving = async {
        let (open_requests, _, ()) = tokio::join!(
            server.serve(listener, shutdown.clone()),
            proxy.serve(engine, &shutdown),
            life::live(engine, &programs, &examples, &shutdown)
        );
        open_requests
    };
    let ended = signals.serve(serving, &shutdown).await;
    drop(announcement);
    lifecycle::close(installation, ended).await;
    // it ends after those that call it
    behind.cancel();
    let _ = tokio::time::timeout(SANDBOX_END, others.wait()).await;
    Ok(())
}

/// Serves the sandbox until it is told to end.
fn serve_sandbox(
    sandbox: Sandbox,
    (web, mails): (TcpListener, TcpListener),
    end: &CancellationToken,
) -> TaskTracker {
    let tasks = TaskTracker::new();
    let (serving, ending) = (sandbox.clone(), end.clone());
    tasks.spawn(async move {
        if let Err(error) = serving.serve(web, ending.cancelled_owned()).await {
            tracing::error!(%error, "the sandbox ended");
        }
    });
    let ending = end.clone();
    tasks.spawn(async move { sandbox.serve_smtp(mails, ending.cancelled()).await });
    tasks.close();
    tasks
}

/// A link that signs in at once, as an admin called `demo`.
async fn console_link(engine: &Engine, local: SocketAddr) -> Result<Secret<String>, Failure> {
    let link = async {
        let name = UserName::try_from(USER).map_err(|fault| fault.detail)?;
        let made = engine.create_user(&Actor::System, name, Role::Admin).await;
        let (user, choose) = made.map_err(|error| error.to_string())?;
        // nobody knows this password, the link is the way in
        let password = LinkUse::Password(Secret::from(engine.unguessable().as_str()));
        let code = choose.code.expose();
        let chosen = engine.use_link(code, password, &Visitor::default()).await;
        let session = chosen.map_err(|error| error.to_string())?;
        let ended = engine.end_session(session.text.expose()).await;
        ended.map_err(|error| error.to_string())?;
        let link = engine
            .create_sign_in_link(&Actor::System, user.id, LINK)
            .await;
        link.map_err(|error| error.to_string())
    };
    let link = link
        .await
        .map_err(|error: String| Failure::refused(format!("the link to the console: {error}")))?;
    let code = link.code.expose();
    Ok(Secret::new(format!("http://{local}/console/link#{code}")))
}

/// Nothing but the sandbox may be called.
fn outgoing(own: [SocketAddr; 2], sandbox: SocketAddr) -> Result<NetConfig, Failure> {
    let rule: AllowRule = sandbox
        .to_string()
        .parse()
        .map_err(|fault| Failure::refused(format!("the address of the sandbox: {fault}")))?;
    let egress = EgressPolicy::new(vec![rule])
        .listed_only()
        .with_own_listeners(own);
    Ok(NetConfig::new(egress))
}
