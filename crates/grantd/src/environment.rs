//! The environment of the process: read once, and only what grantd has a meaning for.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place where the binary reads its environment and arguments"
)]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use grantd_model::Secret;

/// Variables of others that grantd looks at.
const FOREIGN: [&str; 8] = [
    "HOME",
    "KUBERNETES_EXEC_INFO",
    "NOTIFY_SOCKET",
    "STATE_DIRECTORY",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
];

/// The variables that have a meaning for grantd. One that is empty counts as absent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment(BTreeMap<String, String>);

impl Environment {
    /// That of this process.
    pub(crate) fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| {
                // a name of ours that is no text has no meaning, and is refused like any other
                let name = name.to_string_lossy().into_owned();
                let ours = name.starts_with("GRANTD_") || FOREIGN.contains(&name.as_str());
                ours.then(|| (name, value.to_string_lossy().into_owned()))
            })
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }

    /// The value of a variable.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The variables that begin with `GRANTD_`.
    pub(crate) fn own(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(|(name, _)| name.starts_with("GRANTD_"))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The folder of this person's configuration of grantd.
    pub(crate) fn configuration_folder(&self) -> Option<PathBuf> {
        self.below_home("XDG_CONFIG_HOME", ".config")
    }

    /// The folder of state where none is named by a flag.
    pub(crate) fn state_folder(&self) -> Option<PathBuf> {
        match self.get("STATE_DIRECTORY") {
            // systemd divides several by colons; the first is the main one
            Some(folders) => folders.split(':').next().map(PathBuf::from),
            None => self.below_home("XDG_STATE_HOME", ".local/state"),
        }
    }

    fn below_home(&self, variable: &str, folder: &str) -> Option<PathBuf> {
        let base = match self.get(variable) {
            // the XDG specification has relative paths ignored
            Some(path) if path.starts_with('/') => PathBuf::from(path),
            _ => PathBuf::from(self.get("HOME")?).join(folder),
        };
        Some(base.join("grantd"))
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(variables.into_iter().collect())
    }
}

/// Takes every variable of an API key out of what a program inherits.
pub(crate) fn take_api_keys_from(command: &mut Command) {
    let names = std::env::vars_os().map(|(name, _)| name);
    for name in names.filter(|name| name.as_encoded_bytes().starts_with(b"GRANTD_API_KEY")) {
        command.env_remove(name);
    }
}

/// What a variable holds that the configuration names; absent if it is not set, empty or no text.
pub(crate) fn secret(name: &str) -> Option<Secret<String>> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty());
    text.map(Secret::new)
}

/// The arguments of the process, its own name first.
pub(crate) fn arguments() -> impl Iterator<Item = OsString> {
    std::env::args_os()
}

/// The folder that relative paths begin at, where the system tells.
pub(crate) fn working_folder() -> Option<PathBuf> {
    std::env::current_dir().ok()
}

/// The file of this program, where the system tells.
#[cfg(feature = "demo")]
pub(crate) fn own_executable() -> Option<PathBuf> {
    std::env::current_exe().ok()
}

/// The folder for what is temporary.
pub(crate) fn temporary_folder() -> PathBuf {
    std::env::temp_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn the_state_folder_is_found_in_order() {
        for (variables, expected) in [
            (
                &[
                    ("STATE_DIRECTORY", "/a:/b"),
                    ("XDG_STATE_HOME", "/x"),
                    ("HOME", "/h"),
                ][..],
                Some("/a"),
            ),
            (
                &[("XDG_STATE_HOME", "/x"), ("HOME", "/h")],
                Some("/x/grantd"),
            ),
            (
                &[("XDG_STATE_HOME", "relative"), ("HOME", "/h")],
                Some("/h/.local/state/grantd"),
            ),
            (&[("HOME", "/h")], Some("/h/.local/state/grantd")),
            (&[], None),
        ] {
            let found = environment(variables).state_folder();
            assert_eq!(found, expected.map(PathBuf::from), "{variables:?}");
        }
    }
}
