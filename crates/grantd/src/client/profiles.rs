//! Profiles of `cli.toml`: several grantds by name.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::cli_file::{self, CliFile};
use crate::failure::Failure;
use crate::nearest::suggestion;

/// The profile that counts when none is named.
const DEFAULT: &str = "default";

/// One grantd, with the key to use there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Profile {
    /// Its URL.
    pub(super) url: Option<String>,
    /// The file of the key; a relative path begins at the folder of `cli.toml`.
    pub(super) api_key_file: Option<PathBuf>,
    /// The file of the authorities that are trusted there; a relative path begins so as well.
    pub(super) ca_file: Option<PathBuf>,
}

/// The profile of this name in the `cli.toml` of the folder; if none is named, the one called
/// `default`, if there is one.
///
/// # Errors
/// When the file can not be read, or holds no profile of the name.
pub(super) fn find(folder: Option<&Path>, name: Option<&str>) -> Result<Profile, Failure> {
    let mut file = folder.map(CliFile::read).transpose()?.unwrap_or_default();
    if let Some(mut profile) = file.profiles.remove(name.unwrap_or(DEFAULT)) {
        if let Some(folder) = folder {
            let below = |file: PathBuf| folder.join(file);
            profile.api_key_file = profile.api_key_file.map(below);
            profile.ca_file = profile.ca_file.map(below);
        }
        return Ok(profile);
    }
    let Some(name) = name else {
        return Ok(Profile::default());
    };
    let path = folder.map(cli_file::path);
    let reason = match (path, file.profiles.is_empty()) {
        (None, _) => "neither XDG_CONFIG_HOME nor HOME says where cli.toml is".to_owned(),
        (Some(path), true) => format!("{} holds none", path.display()),
        (Some(path), false) => {
            let known = file.profiles.keys().map(String::as_str);
            format!("{}: {}", path.display(), suggestion(name, known))
        }
    };
    Err(Failure::usage(format!(
        "there is no profile `{name}`; {reason}"
    )))
}
