//! What SIGHUP takes up from the configuration while the server runs.
//!
//! Invariant: a configuration that is wrong changes nothing; what needs a restart is named and stays as it was.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use grantd_net::Net;
use grantd_server::LiveSettings;
use tokio::task::spawn_blocking;

use crate::config::{Config, Effective, Flags, RELOADED};
use crate::environment::Environment;
use crate::failure::Failure;
use crate::lifecycle;
use crate::logging::LogFilter;
use crate::own_places;
use crate::tls_files::{TlsFiles, TlsRead};
use crate::tls_watch::TlsWatch;
use crate::wiring;

/// The settings that are two files of one identity.
const TLS: [&str; 2] = ["server.tls_certificate", "server.tls_key"];

/// The setting that is a file of authorities.
const BUNDLE: &str = "egress.ca_bundle";

/// A server that runs, as far as its settings can be loaded again.
pub(crate) struct Reload {
    pub(crate) flags: Flags,
    pub(crate) environment: Environment,
    /// The state folder.
    pub(crate) state: PathBuf,
    /// The settings that it was started with.
    pub(crate) started: Vec<Effective>,
    /// The settings that hold.
    pub(crate) holds: Vec<Effective>,
    /// Where API and console listen.
    pub(crate) local: SocketAddr,
    /// All sockets of its own.
    pub(crate) own: Vec<SocketAddr>,
    pub(crate) log: LogFilter,
    pub(crate) net: Arc<Net>,
    pub(crate) live: LiveSettings,
    pub(crate) tls: Option<TlsWatch>,
}

impl Reload {
    /// Loads the settings again, and says in the log what came of it.
    pub(crate) async fn run(&mut self) {
        match self.take_up().await {
            Ok(changed) if changed.is_empty() => {
                tracing::info!(
                    "configuration loaded again: nothing that can be taken up has changed"
                );
            }
            Ok(changed) => {
                tracing::info!(changed = changed.join(" "), "configuration loaded again");
            }
            Err(failure) => {
                for fault in failure.faults {
                    tracing::error!(
                        fault = fault.detail,
                        "the configuration is wrong, and what held before goes on"
                    );
                }
            }
        }
    }

    /// The settings that were taken up.
    async fn take_up(&mut self) -> Result<Vec<String>, Failure> {
        let (flags, environment) = (self.flags.clone(), self.environment.clone());
        let (state, speaks_tls) = (self.state.clone(), self.tls.is_some());
        // a mount may hang: everything else goes on meanwhile
        let read = spawn_blocking(move || read(&flags, &environment, &state, speaks_tls));
        let read = read.await;
        let (config, identity) = read.map_err(|error| Failure::refused(error.to_string()))??;
        let replaced = self
            .net
            .replace_authorities(config.egress.ca_bundle.as_deref());
        let other_bundle =
            replaced.map_err(|fault| Failure::usage(format!("egress.ca_bundle: {fault}")))?;
        // from here on nothing fails
        self.net
            .replace_egress(wiring::egress(&config, self.own.iter().copied()));
        self.live
            .replace(&lifecycle::server_settings(&config, self.local));
        self.log.replace(&config.log);
        let other_identity = match (&self.tls, identity) {
            (Some(watch), Some((read, files))) => watch.show(read, files),
            _ => false,
        };
        self.tell_what_waits(&config);
        let changed = differing(&self.holds, &config.settings);
        let mut changed: Vec<String> = changed.filter(|key| self.is_taken_up(key)).collect();
        // the same paths with another content
        for (is_other, keys) in [(other_bundle, &[BUNDLE][..]), (other_identity, &TLS)] {
            if is_other && !keys.iter().any(|key| changed.iter().any(|it| it == key)) {
                changed.extend(keys.iter().map(|&key| key.to_owned()));
            }
        }
        self.holds = config.settings;
        Ok(changed)
    }

    fn is_taken_up(&self, key: &str) -> bool {
        RELOADED.contains(&key) && (self.tls.is_some() || !TLS.contains(&key))
    }

    /// Names what was changed and needs a restart.
    fn tell_what_waits(&self, config: &Config) {
        let is_on = config.server.tls_files().is_some();
        for key in differing(&self.started, &config.settings) {
            let turns = is_on != self.tls.is_some() && TLS.contains(&key.as_str());
            if turns || !self.is_taken_up(&key) {
                tracing::warn!(setting = key, "a changed setting needs a restart");
            }
        }
    }
}

/// Reads everything that the settings stand in.
fn read(
    flags: &Flags,
    environment: &Environment,
    state: &Path,
    speaks_tls: bool,
) -> Result<(Config, Option<(TlsRead, TlsFiles)>), Failure> {
    let config = Config::load(flags, environment)?;
    own_places::check(&config, state)?;
    let identity = match config.server.tls_files().filter(|_| speaks_tls) {
        None => None,
        Some(files) => {
            let read = files.read();
            let read = read.map_err(|fault| Failure::usage(fault.to_string()))?;
            Some((read, files))
        }
    };
    Ok((config, identity))
}

/// The keys whose values differ.
fn differing<'a>(
    one: &'a [Effective],
    other: &'a [Effective],
) -> impl Iterator<Item = String> + 'a {
    let missing = |these: &'a [Effective], those: &'a [Effective]| {
        these.iter().filter(move |it| {
            let same = |that: &Effective| that.key == it.key && that.value == it.value;
            !those.iter().any(same)
        })
    };
    let gone = missing(one, other).filter(|it| !other.iter().any(|that| that.key == it.key));
    missing(other, one).chain(gone).map(|it| it.key.clone())
}
