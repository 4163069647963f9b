//! From the first socket to the last: listening, serving, and an end that lets requests end.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use grantd_server::{Ended, InstallationLines, ServerSettings};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::config::{Config, Keyring};
use crate::failure::{Exit, Failure};
use crate::wiring::Installation;

/// How long the end may take after the first signal; the server's own limit is shorter.
const GRACE: Duration = Duration::from_secs(15);

/// How long what is under way may go on by itself when all requests have ended.
const UNDER_WAY: Duration = Duration::from_secs(5);

/// How long it may go on where nobody waited any more for open requests: it had its time.
const CUT_OFF: Duration = Duration::from_secs(1);

/// How long the connections and the database may take to close beyond that.
const CLOSING: Duration = Duration::from_secs(5);

/// How long reading of a file that hangs may hold up the end of the process.
const BLOCKED: Duration = Duration::from_secs(1);

/// The sum of these: how long all of the end may take after the delay that the configuration sets.
pub(crate) const END: Duration = Duration::from_secs(30);

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

/// Does this, unless a signal comes first: what is on its way is then removed like after a failure.
///
/// # Errors
/// Those of the work, and when a signal comes.
pub(crate) async fn unless_ended<T>(
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let mut signals = Signals::new()?;
    tokio::select! {
        done = work => done,
        () = signals.next() => Err(Failure::refused("ended by a signal before it was done")),
    }
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
        let mut failure = Failure::refused(format!("can not listen on {address}: {reason}"))
            .with_remedy(format!(
                "Stop what listens there, or choose another address with {setting}."
            ));
        if error.kind() == ErrorKind::PermissionDenied {
            failure.exit = Exit::Usage;
        }
        failure
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
        consumers_url: None,
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
pub(crate) async fn close(installation: Installation, ended: Ended) {
    let limit = match ended {
        Ended::Whole => UNDER_WAY,
        Ended::CutOff => CUT_OFF,
    };
    if tokio::time::timeout(limit + CLOSING, installation.close(limit))
        .await
        .is_err()
    {
        tracing::warn!("ended before the database was closed");
    }
}

/// What a signal asks of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    End,
    Reload,
}

/// How a server is told of what comes from outside.
pub(crate) struct Orders<R, B> {
    /// Loads the settings again.
    pub(crate) reload: R,
    /// Begins to end: requests should go elsewhere.
    pub(crate) begin_to_end: B,
    /// How long it serves on after that.
    pub(crate) delay: Duration,
}

/// The signals that end the process, or have it load its settings again.
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

    /// Waits for one that ends a server, to which the terminal is nothing.
    pub(crate) async fn end(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    async fn asked(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::End,
            _ = self.interrupt.recv() => Asked::End,
            _ = self.hangup.recv() => Asked::Reload,
        }
    }

    /// Serves until a signal comes, then cancels the token and lets the serving end: within the
    /// limit, and at once on a second signal.
    #[cfg(feature = "demo")]
    pub(crate) async fn serve(
        &mut self,
        serving: impl Future<Output = Ended>,
        shutdown: &CancellationToken,
    ) -> Ended {
        let mut serving = std::pin::pin!(serving);
        tokio::select! {
            ended = serving.as_mut() => return ended,
            () = self.next() => tracing::info!("ending: open requests may go on for a while"),
        }
        shutdown.cancel();
        tokio::select! {
            ended = serving => told(ended),
            () = self.next() => at_once(),
            () = tokio::time::sleep(GRACE) => told(Ended::CutOff),
        }
    }

    /// Serves as a service does: SIGHUP has it load its settings again meanwhile, and before it ends it may serve on for a
    /// while after it has said so.
    pub(crate) async fn serve_on(
        &mut self,
        serving: impl Future<Output = Ended>,
        shutdown: &CancellationToken,
        mut orders: Orders<impl AsyncFnMut(), impl FnOnce()>,
    ) -> Ended {
        let mut serving = std::pin::pin!(serving);
        loop {
            tokio::select! {
                ended = serving.as_mut() => return ended,
                asked = self.asked() => match asked {
                    Asked::Reload => {}
                    Asked::End => break,
                }
            }
            // a further signal to load waits until this is done
            tokio::select! {
                ended = serving.as_mut() => return ended,
                () = self.end() => break,
                () = (orders.reload)() => {}
            }
        }
        (orders.begin_to_end)();
        tracing::info!("ending: open requests may go on for a while");
        if !orders.delay.is_zero() {
            tokio::select! {
                ended = serving.as_mut() => return ended,
                () = self.end() => return at_once(),
                () = tokio::time::sleep(orders.delay) => {}
            }
        }
        shutdown.cancel();
        tokio::select! {
            ended = serving => told(ended),
            () = self.end() => at_once(),
            () = tokio::time::sleep(GRACE) => told(Ended::CutOff),
        }
    }
}

fn told(ended: Ended) -> Ended {
    match ended {
        Ended::Whole => tracing::info!("ended"),
        Ended::CutOff => tracing::warn!("ended with requests still open"),
    }
    ended
}

fn at_once() -> Ended {
    tracing::warn!("ended at once by a second signal");
    Ended::CutOff
}
