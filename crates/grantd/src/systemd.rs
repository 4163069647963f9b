//! What systemd is told of the server (`sd_notify(3)`): that it listens, ends and loads its settings again, that a start
//! or an end takes longer, how it fares, and that it is alive.
//!
//! Invariant: that it is alive is told only while it does its work; without systemd nothing is sent.

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use grantd_server::Readiness;

use crate::environment::Environment;
use crate::system;

/// How many looks in a row have to fail until systemd is not told any more that it is alive.
const MOST_MISSES: u32 = 5;

/// How often it is looked how the server fares where no watchdog is set.
const LOOK: Duration = Duration::from_secs(30);

/// How often more time is asked for while the start goes on.
const EXTEND: Duration = Duration::from_secs(10);

/// Tells systemd, if it is there.
#[derive(Debug)]
pub(crate) struct Notifier {
    socket: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
}

impl Notifier {
    /// By the variables that systemd sets.
    pub(crate) fn of(environment: &Environment) -> Self {
        let socket = environment.get("NOTIFY_SOCKET").and_then(|name| {
            let address = address(name)?;
            match UnixDatagram::unbound() {
                Ok(socket) => Some((socket, address)),
                Err(error) => {
                    tracing::warn!(%error, "systemd can not be told");
                    None
                }
            }
        });
        let own = std::process::id().to_string();
        // the variables of a process above this one are not meant for it
        let is_meant = environment.get("WATCHDOG_PID").is_none_or(|id| id == own);
        let micros = environment.get("WATCHDOG_USEC");
        let watchdog = micros.and_then(|micros| micros.parse().ok());
        Self {
            socket,
            watchdog: watchdog
                .filter(|micros| is_meant && *micros > 0)
                .map(Duration::from_micros),
        }
    }

    /// It listens.
    pub(crate) fn ready(&self, status: &str) {
        self.send(&format!("READY=1\nSTATUS={status}\n"));
    }

    /// It loads its settings again; [`Self::ready`] tells that it has.
    pub(crate) fn reloading(&self) {
        let now = system::monotonic().as_micros();
        self.send(&format!("RELOADING=1\nMONOTONIC_USEC={now}\n"));
    }

    /// Asks for more time as long as the start goes on: it may wait for a vault, or copy a large database.
    pub(crate) async fn more_time<T>(&self, start: impl Future<Output = T>) -> T {
        let mut start = std::pin::pin!(start);
        loop {
            self.send(&format!(
                "EXTEND_TIMEOUT_USEC={}\n",
                (3 * EXTEND).as_micros()
            ));
            if let Ok(done) = tokio::time::timeout(EXTEND, start.as_mut()).await {
                return done;
            }
        }
    }

    /// It ends, within this time.
    pub(crate) fn stopping(&self, limit: Duration) {
        let limit = limit.as_micros();
        self.send(&format!(
            "STOPPING=1\nEXTEND_TIMEOUT_USEC={limit}\nSTATUS=ending: open requests may go on for a while\n"
        ));
    }

    /// Tells how the server fares and that it is alive, as long as this is polled.
    pub(crate) async fn watch(&self, readiness: &Readiness, listening: &str) {
        if self.socket.is_none() {
            return std::future::pending().await;
        }
        let pause = self.watchdog.map_or(LOOK, |watchdog| watchdog / 4);
        let mut told = None;
        let mut misses = 0_u32;
        loop {
            let standing = readiness.standing().await;
            // a writer that has long work is no reason for an end
            misses = if standing.is_alive { 0 } else { misses + 1 };
            let alive = if self.watchdog.is_some() && misses < MOST_MISSES {
                "WATCHDOG=1\n"
            } else {
                ""
            };
            let wrong: Vec<String> = standing
                .checks
                .iter()
                .filter(|check| !check.ok)
                .map(|check| format!("{}: {}", check.name, check.detail))
                .collect();
            let status = if wrong.is_empty() {
                listening.to_owned()
            } else {
                format!("not ready: {}", wrong.join("; ").replace('\n', " "))
            };
            // the words of the end stay
            let is_news = told.as_ref() != Some(&status) && !readiness.is_draining();
            let line = if is_news {
                format!("STATUS={status}\n")
            } else {
                String::new()
            };
            self.send(&format!("{alive}{line}"));
            told = Some(status);
            tokio::time::sleep(pause).await;
        }
    }

    fn send(&self, text: &str) {
        let Some((socket, address)) = &self.socket else {
            return;
        };
        if text.is_empty() {
            return;
        }
        if let Err(error) = socket.send_to_addr(text.as_bytes(), address) {
            tracing::debug!(%error, "systemd could not be told");
        }
    }
}

/// A path, or with `@` a name that is no file.
fn address(name: &str) -> Option<SocketAddr> {
    let made = match name.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name.as_bytes()),
        None if name.starts_with('/') => SocketAddr::from_pathname(name),
        None => Err(io::Error::other("a path or a name behind `@` is expected")),
    };
    match made {
        Ok(address) => Some(address),
        Err(error) => {
            tracing::warn!(%error, "NOTIFY_SOCKET is of no use");
            None
        }
    }
}
