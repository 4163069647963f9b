//! The configuration: flags over environment over one TOML file over defaults.
//!
//! Every setting is a documented field of a section, and its name there is its key in the file and
//! in the name of its variable. Invariant: everything that is wrong is named at once, each with the
//! line or variable it stands in; an unknown name is never passed over.

mod alerts;
mod console;
mod document;
mod egress;
mod fault;
mod history;
mod keyring;
mod listen;
mod log;
mod mail;
mod metrics;
mod place;
mod section;
mod server;
mod sources;
mod spools;
#[cfg(test)]
mod tests;
mod validation;
mod values;
mod variables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use grantd_mail::SpoolConfig;
use grantd_model::listener::SpoolName;
use grantd_model::secret_reference::SourceName;
use grantd_secrets::SourceConfig;

use crate::environment::Environment;
use crate::failure::{Exit, Failure};
use crate::files;
use section::Section;
use values::Values;

pub(crate) use alerts::Alerts;
pub(crate) use console::Console;
pub(crate) use egress::Egress;
pub(crate) use history::History;
pub(crate) use keyring::{Keyring, KeyringConfig, TransitConfig};
pub(crate) use log::{Log, LogFormat};
pub(crate) use mail::Mail;
pub(crate) use metrics::Metrics;
pub(crate) use server::Server;
pub(crate) use validation::Validation;
pub(crate) use variables::check_names;

/// The file that holds for the whole machine.
const SYSTEM_FILE: &str = "/etc/grantd/grantd.toml";

/// What flags say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags {
    /// `--config`.
    pub(crate) config: Option<PathBuf>,
    /// `--listen`.
    pub(crate) listen: Option<String>,
}

/// The whole configuration.
#[derive(Debug)]
pub(crate) struct Config {
    /// Section `[server]`.
    pub(crate) server: Server,
    /// Section `[egress]`.
    pub(crate) egress: Egress,
    /// Section `[history]`.
    pub(crate) history: History,
    /// Section `[metrics]`.
    pub(crate) metrics: Metrics,
    /// Section `[console]`.
    pub(crate) console: Console,
    /// Section `[log]`.
    pub(crate) log: Log,
    /// Section `[mail]`.
    pub(crate) mail: Mail,
    /// Section `[alerts]`.
    pub(crate) alerts: Alerts,
    /// Section `[validation]`.
    pub(crate) validation: Validation,
    /// Section `[keyring]`.
    pub(crate) keyring: Keyring,
    /// Sections `[sources.NAME]`.
    pub(crate) sources: BTreeMap<SourceName, SourceConfig>,
    /// Sections `[spools.NAME]`.
    pub(crate) spools: BTreeMap<SpoolName, SpoolConfig>,
    /// The file that was read, if any.
    pub(crate) file: Option<PathBuf>,
}

impl Config {
    /// Finds, reads and checks the configuration.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub(crate) fn load(flags: &Flags, environment: &Environment) -> Result<Self, Failure> {
        let file = find(flags, environment)?;
        let mut values = Values::default();
        let mut declared = document::Declared::default();
        if let Some((path, text)) = &file {
            declared = document::read(path, text, &mut values);
        }
        variables::read(environment, &mut values);
        if let Some(listen) = &flags.listen {
            values.set_flag("server.listen", "--listen", listen);
        }
        let config = Self {
            server: Server::read(&mut values),
            egress: Egress::read(&mut values),
            history: History::read(&mut values),
            metrics: Metrics::read(&mut values),
            console: Console::read(&mut values),
            log: Log::read(&mut values),
            mail: Mail::read(&mut values),
            alerts: Alerts::read(&mut values),
            validation: Validation::read(&mut values),
            keyring: declared.keyring,
            sources: declared.sources,
            spools: declared.spools,
            file: file.map(|(path, _)| path),
        };
        let faults = values.into_faults();
        if faults.is_empty() {
            Ok(config)
        } else {
            let lines = faults.iter().map(ToString::to_string);
            Err(Failure::of(Exit::Usage, lines))
        }
    }
}

/// The keys of all sections, as `section.key`.
fn keys() -> impl Iterator<Item = String> {
    let sections = [
        (Server::NAME, Server::KEYS),
        (Egress::NAME, Egress::KEYS),
        (History::NAME, History::KEYS),
        (Metrics::NAME, Metrics::KEYS),
        (Console::NAME, Console::KEYS),
        (Log::NAME, Log::KEYS),
        (Mail::NAME, Mail::KEYS),
        (Alerts::NAME, Alerts::KEYS),
        (Validation::NAME, Validation::KEYS),
    ];
    sections
        .into_iter()
        .flat_map(|(section, keys)| keys.iter().map(move |key| format!("{section}.{key}")))
}

/// The file that counts, with its text: the first one there is.
fn find(flags: &Flags, environment: &Environment) -> Result<Option<(PathBuf, String)>, Failure> {
    let named = match (&flags.config, environment.get("GRANTD_CONFIG")) {
        (Some(path), _) => Some(path.clone()),
        (None, variable) => variable.map(PathBuf::from),
    };
    if let Some(path) = named {
        let text = files::read_text(&path).map_err(|error| unreadable(&path, &error))?;
        return Ok(Some((path, text)));
    }
    let own = environment
        .configuration_folder()
        .map(|folder| folder.join("grantd.toml"));
    for path in own.into_iter().chain([PathBuf::from(SYSTEM_FILE)]) {
        match files::read_text(&path) {
            Ok(text) => return Ok(Some((path, text))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(&path, &error)),
        }
    }
    Ok(None)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("the configuration {}: {error}", path.display()))
}
