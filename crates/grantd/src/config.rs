//! The configuration: flags over environment over one TOML file over defaults.
//!
//! Every setting is a documented field of a section, and its name there is its key in the file and
//! in the name of its variable. Invariant: everything that is wrong is named at once, each with the
//! line or variable it stands in; an unknown name is never passed over.

mod alerts;
mod console;
mod consumers;
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
mod reference;
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
use section::{Section, SettingDoc};
use values::Values;

pub(crate) use alerts::Alerts;
pub(crate) use console::Console;
pub(crate) use consumers::Consumers;
pub(crate) use egress::Egress;
pub(crate) use fault::Fault;
pub(crate) use history::History;
pub(crate) use keyring::{Keyring, KeyringConfig, TransitConfig};
pub(crate) use log::{Log, LogFormat};
pub(crate) use mail::Mail;
pub(crate) use metrics::Metrics;
pub(crate) use place::Place;
pub(crate) use reference::{RELOADED, Reference};
pub(crate) use server::Server;
pub(crate) use validation::Validation;
pub(crate) use values::Effective;
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
    /// Section `[consumers]`.
    pub(crate) consumers: Consumers,
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
    /// Every setting as it holds.
    pub(crate) settings: Vec<Effective>,
}

/// What was read: the file that counts, and the configuration or everything that is wrong with it.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The file, if there is one.
    pub(crate) file: Option<PathBuf>,
    /// What it says, with variables and flags.
    pub(crate) result: Result<Config, Vec<Fault>>,
}

impl Config {
    /// Finds, reads and checks the configuration.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub(crate) fn load(flags: &Flags, environment: &Environment) -> Result<Self, Failure> {
        Self::examine(flags, environment)?.result.map_err(|faults| {
            let lines = faults.iter().map(ToString::to_string);
            Failure::of(Exit::Usage, lines)
        })
    }

    /// Finds and reads the configuration, and tells what is wrong with it.
    ///
    /// # Errors
    /// When the file can not be read.
    pub(crate) fn examine(flags: &Flags, environment: &Environment) -> Result<Reading, Failure> {
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
        let file = file.map(|(path, _)| path);
        let mut config = Self {
            server: Server::read(&mut values),
            egress: Egress::read(&mut values),
            history: History::read(&mut values),
            metrics: Metrics::read(&mut values),
            console: Console::read(&mut values),
            log: Log::read(&mut values),
            mail: Mail::read(&mut values),
            alerts: Alerts::read(&mut values),
            consumers: Consumers::read(&mut values),
            validation: Validation::read(&mut values),
            keyring: declared.keyring,
            sources: declared.sources,
            spools: declared.spools,
            file: file.clone(),
            settings: Vec::new(),
        };
        check_listeners(&config.server, &config.metrics, &mut values);
        consumers::check(
            &config.consumers,
            (&config.server, &config.metrics),
            &mut values,
        );
        let (mut settings, faults) = values.into_results();
        if !settings.iter().any(|it| it.key.starts_with("keyring.")) {
            settings.push(Effective::by_default("keyring.kind", "file"));
        }
        config.settings = settings;
        let result = if faults.is_empty() {
            Ok(config)
        } else {
            Err(faults)
        };
        Ok(Reading { file, result })
    }
}

/// Two listeners can not have one port.
fn check_listeners(server: &Server, metrics: &Metrics, values: &mut Values) {
    let key = "metrics.listen";
    let (own, Some(other), Some(place)) = (server.listen, metrics.listen, values.place(key)) else {
        return;
    };
    let (ip, other_ip) = (own.ip(), other.ip());
    let meet = ip == other_ip || ip.is_unspecified() || other_ip.is_unspecified();
    if meet && own.port() != 0 && own.port() == other.port() {
        let detail = format!("another port is expected than that of server.listen, {own}");
        values.fault(place, key, detail);
    }
}

/// The keys of all sections, as `section.key`.
fn keys() -> impl Iterator<Item = String> {
    sections().into_iter().flat_map(|section| {
        let settings = section.settings.iter();
        settings.map(move |setting| format!("{}.{}", section.name, setting.name))
    })
}

/// What a section says of itself.
struct SectionDoc {
    name: &'static str,
    about: &'static [&'static str],
    settings: &'static [SettingDoc],
}

impl SectionDoc {
    fn of<S: Section>() -> Self {
        Self {
            name: S::NAME,
            about: S::ABOUT,
            settings: S::SETTINGS,
        }
    }
}

/// All sections whose settings are known by name.
fn sections() -> [SectionDoc; 10] {
    [
        SectionDoc::of::<Server>(),
        SectionDoc::of::<Egress>(),
        SectionDoc::of::<History>(),
        SectionDoc::of::<Metrics>(),
        SectionDoc::of::<Console>(),
        SectionDoc::of::<Log>(),
        SectionDoc::of::<Mail>(),
        SectionDoc::of::<Alerts>(),
        SectionDoc::of::<Consumers>(),
        SectionDoc::of::<Validation>(),
    ]
}

/// Every one of these settings by default.
fn defaults() -> Vec<Effective> {
    let mut values = Values::default();
    Server::read(&mut values);
    Egress::read(&mut values);
    History::read(&mut values);
    Metrics::read(&mut values);
    Console::read(&mut values);
    Log::read(&mut values);
    Mail::read(&mut values);
    Alerts::read(&mut values);
    Consumers::read(&mut values);
    Validation::read(&mut values);
    values.into_results().0
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
