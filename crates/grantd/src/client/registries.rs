//! Registries of `cli.toml`: which credential serves which registry of container images.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::cli_file::CliFile;
use super::host_port::HostPort;
use crate::failure::Failure;

/// What serves one registry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registry {
    /// Slug or id of the credential.
    pub(crate) credential: String,
    /// The user name that is shown with the token; none is named, where it does not matter.
    pub(crate) username: Option<String>,
    /// Scopes to ask for, divided by spaces; those of the credential, where none are named.
    pub(crate) scope: Option<String>,
}

/// All registries of the `cli.toml` in the folder.
///
/// # Errors
/// When the file can not be read, or something in it is wrong.
pub(crate) fn registries(folder: Option<&Path>) -> Result<BTreeMap<HostPort, Registry>, Failure> {
    match folder {
        Some(folder) => Ok(CliFile::read(folder)?.registries),
        None => Ok(BTreeMap::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;

    fn read(text: &str) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        files::create_private(&folder.path().join("cli.toml"), text).unwrap();
        match registries(Some(folder.path())) {
            Ok(all) => Ok(all
                .iter()
                .map(|(host, it)| format!("{host} {it:?}"))
                .collect()),
            Err(failure) => {
                let shown = folder.path().display().to_string();
                Err(failure.to_string().replace(&shown, "C"))
            }
        }
    }

    #[test]
    fn registries_stand_beside_profiles() {
        let read_all = read(
            "[profiles.default]\nurl = \"https://grantd.example\"\n\
             [registries.\"B.example:5000\"]\ncredential = \"b\"\nusername = \"me\"\n\
             [registries.\"a.example\"]\ncredential = \"a\"\n",
        );
        assert_eq!(
            read_all.unwrap(),
            [
                "a.example Registry { credential: \"a\", username: None, scope: None }",
                "b.example:5000 Registry { credential: \"b\", username: Some(\"me\"), scope: None }",
            ]
        );
        assert_eq!(registries(None).unwrap(), BTreeMap::new());
    }

    #[test]
    fn what_would_never_be_found_is_told() {
        for (text, expected) in [
            (
                "[registries.\"https://a.example\"]\ncredential = \"a\"\n",
                "`https://a.example` is no host; expected is such as `registry.example.com`",
            ),
            (
                "[registries.\"a.example\"]\nuser = \"a\"\n",
                "unknown field `user`",
            ),
            ("[registries.\"a.example\"]\n", "missing field `credential`"),
        ] {
            let fault = read(text).unwrap_err();
            assert!(fault.starts_with("grantd: C/cli.toml:"), "{fault}");
            assert!(fault.contains(expected), "{fault}");
        }
    }
}
