//! `cli.toml`: what the commands of one person know.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::host_port::HostPort;
use super::profiles::Profile;
use super::registries::Registry;
use crate::failure::Failure;
use crate::files;

/// Where it is in a folder of configuration.
pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join("cli.toml")
}

/// What is in it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CliFile {
    /// Several grantds by name.
    #[serde(default)]
    pub(super) profiles: BTreeMap<String, Profile>,
    /// Registries of container images, by host.
    #[serde(default)]
    pub(super) registries: BTreeMap<HostPort, Registry>,
}

impl CliFile {
    /// Reads that of a folder; one that is not there says nothing.
    ///
    /// # Errors
    /// When it can not be read, or something in it is wrong.
    pub(super) fn read(folder: &Path) -> Result<Self, Failure> {
        let path = path(folder);
        let shown = path.display();
        let text = match files::read_text(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Failure::usage(format!("{shown}: {error}"))),
        };
        toml::from_str(&text).map_err(|error| {
            let before = text.bytes().take(error.span().map_or(0, |span| span.start));
            let line = before.filter(|byte| *byte == b'\n').count() + 1;
            let detail = error.message().replace('\n', ", ");
            Failure::usage(format!("{shown}:{line}: {detail}"))
        })
    }
}
