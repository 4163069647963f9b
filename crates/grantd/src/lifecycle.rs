//! From the first socket to the last: listening, serving, and an end that lets requests end.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use grantd_server::{InstallationLines, ServerSettings};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::config::{Config, Keyring};
use crate::failure::Failure;
use crate::wiring::Installation;

/// How long the end may take after the first signal; the server's own limit is shorter.
const GRACE: Duration = Duration::from_secs(15);

/// How long the connections and the database may take to close.
const CLOSING: Duration = Duration::from_secs(5);

/// How long reading of a file that hangs may hold up the end of the process.
const BLOCKED: Duration = Duration::from_secs(1);

/// Names by which programs on this machine call it.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Runs on all processors until it is done.
///
/// # Errors
/// Those of the work, and when the system gives no threads.
pub(crate) fn run<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    on(Builder::new_multi_thread().enable_all().build(), work)
}

/// Runs on this thread until it is done, for a single request.
///
/// # Errors
/// Those of the work, and when the system refuses.
pub(crate) fn run_briefly<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    on(Builder::new_current_thread().enable_all().build(), work)
}

fn on<T>(
    runtime: std::io::Result<Runtime>,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let runtime =
        runtime.map_err(|error| Failure::refused(format!("no runtime could be made: {error}")))?;
    let result = runtime.block_on(work);
    runtime.shutdown_timeout(BLOCKED);
    result
}

/// Binds a listening socket.
///
/// # Errors
/// When the port is taken, or the system refuses.
pub(crate) async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    listen_at(address, "--listen").await
}

/// Binds a listening socket whose address this setting names.
///
/// # Errors
/// When the port is taken, or the system refuses.
pub(crate) async fn listen_at(
    address: SocketAddr,
    setting: &str,
) -> Result<(TcpListener, SocketAddr), Failure> {
    let bound = match TcpListener::bind(address).await {
        Ok(listener) => listener.local_addr().map(|local| (listener, local)),
        Err(error) => Err(error),
    };
    bound.map_err(|error| {
        let reason = match error.kind() {
            ErrorKind::AddrInUse => "the port is in use".to_owned(),
            ErrorKind::PermissionDenied => "the system does not allow this port".to_owned(),
            ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
            _ => error.to_string(),
        };
        Failure::refused(format!("can not listen on {address}: {reason}")).with_remedy(format!(
            "Stop what listens there, or choose another address with {setting}."
        ))
    })
}

/// The names under which the server may be called, the URL that people use, and what the console
/// tells of the configuration.
pub(crate) fn server_settings(config: &Config, local: SocketAddr) -> ServerSettings {
    let server = &config.server;
    let mut allowed_hosts = loopback_names(local.ip());
    let public = server.public_url.as_ref().and_then(Url::host_str);
    allowed_hosts.extend(public.map(str::to_owned));
    allowed_hosts.extend(server.allowed_hosts.iter().cloned());
    allowed_hosts.sort();
    allowed_hosts.dedup();
    let scheme = if server.tls_files().is_some() {
        "https"
    } else {
        "http"
    };
    let egress = &config.egress;
    ServerSettings {
        allowed_hosts,
        public_url: server.public_url.clone(),
        clients_use_tls: server.tls_terminated_by_proxy || server.tls_files().is_some(),
        trusted_proxies: server.trusted_proxies.clone(),
        badge: config.console.badge.clone(),
        installation: InstallationLines {
            listens_on: format!("{scheme}://{local}"),
            keyring: config.keyring.told(),
            egress_allowed: egress.allow.iter().map(ToString::to_string).collect(),
            egress_listed_only: false,
            egress_proxy: egress.proxy.as_ref().map(ToString::to_string),
            history_days: config.history.keep_days.as_secs() / (24 * 3600),
            metrics_at: config
                .metrics
                .listen
                .map(|at| format!("http://{at}/metrics")),
            ..about_the_program()
        },
    }
}

/// What the console tells of the program itself.
pub(crate) fn about_the_program() -> InstallationLines {
    InstallationLines {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        database: "SQLite".to_owned(),
        keyring: Keyring::default().told(),
        ..InstallationLines::default()
    }
}

/// The names by which programs on this machine call a server on this address.
pub(crate) fn loopback_names(address: IpAddr) -> Vec<String> {
    let own = match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    };
    let mut names: Vec<String> = LOOPBACK.map(str::to_owned).into();
    if !names.contains(&own) {
        names.push(own);
    }
    names
}

/// Closes connections and database; what is committed is safe even where that takes too long.
pub(crate) async fn close(installation: Installation) {
    if tokio::time::timeout(CLOSING, installation.close())
        .await
        .is_err()
    {
        tracing::warn!("ended before the database was closed");
    }
}

/// The signals that end the process.
#[derive(Debug)]
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// Takes them over from here on.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn new() -> Result<Self, Failure> {
        let take = |kind| {
            signal(kind)
                .map_err(|error| Failure::refused(format!("no signals can be had: {error}")))
        };
        Ok(Self {
            terminate: take(SignalKind::terminate())?,
            interrupt: take(SignalKind::interrupt())?,
            hangup: take(SignalKind::hangup())?,
        })
    }

    /// Waits for one.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            // the terminal was closed: what is temporary is to be removed all the same
            _ = self.hangup.recv() => {}
        }
    }

    /// Serves until a signal comes, then cancels the token and lets the serving end: within the
    /// limit, and at once on a second signal.
    pub(crate) async fn serve(
        &mut self,
        serving: impl Future<Output = ()>,
        shutdown: &CancellationToken,
    ) {
        let mut serving = std::pin::pin!(serving);
        tokio::select! {
            () = serving.as_mut() => return,
            () = self.next() => tracing::info!("ending: open requests may go on for a while"),
        }
        shutdown.cancel();
        tokio::select! {
            () = serving => tracing::info!("ended"),
            () = self.next() => tracing::warn!("ended at once by a second signal"),
            () = tokio::time::sleep(GRACE) => tracing::warn!("ended with requests still open"),
        }
    }
}
