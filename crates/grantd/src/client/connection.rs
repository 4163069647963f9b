//! Finds the grantd to talk to, and the key to show there.
//!
//! Flags stand over variables, variables over `cli.toml`, and that over the state folder of this
//! machine. Invariant: the key of a profile is shown to the server of that profile alone, and the
//! key of a state folder that no flag names to this machine and its own server alone; where nobody
//! names a server, only to the one that holds the folder.

use std::path::PathBuf;

use clap::Args;
use grantd_model::Secret;
use url::Url;

use super::key_file::read_key_file;
use super::server_url::{is_loopback, parse};
use super::{local, profiles};
use crate::environment::Environment;
use crate::failure::Failure;
use crate::files;
use crate::state_folder::StatePaths;

/// Flags that say which grantd is meant.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Which grantd")]
pub(crate) struct ConnectionFlags {
    /// URL of the grantd to talk to [default: the one that holds the state folder]
    #[arg(long, global = true, value_name = "URL", conflicts_with = "profile")]
    pub(crate) url: Option<String>,
    /// Profile in cli.toml that names URL and API key file
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// File that holds the API key [default: admin.key in the state folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) api_key_file: Option<PathBuf>,
    /// State folder [default: `$STATE_DIRECTORY`, else `grantd` in `$XDG_STATE_HOME` or
    /// `~/.local/state`]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
    /// PEM file of authorities that are trusted for an https URL besides those of the system
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) server_ca_file: Option<PathBuf>,
}

impl ConnectionFlags {
    /// Refuses the flags that have no meaning for a command that talks to no grantd.
    ///
    /// # Errors
    /// Names the first of them.
    pub(crate) fn refuse(&self, command: &str, takes_state_dir: bool) -> Result<(), Failure> {
        let given = [
            ("--url", self.url.is_some()),
            ("--profile", self.profile.is_some()),
            ("--api-key-file", self.api_key_file.is_some()),
            ("--server-ca-file", self.server_ca_file.is_some()),
            ("--state-dir", self.state_dir.is_some() && !takes_state_dir),
        ];
        match given.iter().find(|(_, given)| *given) {
            None => Ok(()),
            Some((flag, _)) => Err(Failure::usage(format!(
                "{flag} has no meaning for `grantd {command}`"
            ))),
        }
    }
}

/// The grantd to talk to.
#[derive(Debug)]
pub(crate) struct Connection {
    /// Where it is.
    pub(crate) url: Url,
    /// The key to show.
    pub(crate) key: Secret<String>,
    /// Authorities trusted besides the usual ones, as PEM.
    pub(crate) ca_bundle: Option<String>,
}

/// What flags, variables and profile say together.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    url: Option<String>,
    key_file: Option<PathBuf>,
}

impl Connection {
    /// Finds server and key.
    ///
    /// # Errors
    /// When a URL, profile or file is wrong, or no key goes with the URL.
    pub(crate) fn find(
        flags: &ConnectionFlags,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let said = said(flags, environment)?;
        let state = || StatePaths::find(flags.state_dir.as_deref(), environment);
        let (url, key_file) = match (said.url, said.key_file) {
            (None, key_file) => local::server_and_key(&state()?, key_file)?,
            (Some(text), Some(file)) => (parse(&text)?, file),
            (Some(text), None) => {
                let url = parse(&text)?;
                if flags.state_dir.is_none() && !is_loopback(&url) {
                    return Err(Failure::usage(format!("no API key is named for {url}"))
                        .with_remedy("Name its file with --api-key-file or in a profile."));
                }
                (url, state()?.admin_key())
            }
        };
        let ca_bundle = flags.server_ca_file.as_deref().map(|path| {
            files::read_text(path).map_err(|error| {
                Failure::usage(format!("--server-ca-file: {}: {error}", path.display()))
            })
        });
        Ok(Self {
            url,
            key: read_key_file(&key_file)?,
            ca_bundle: ca_bundle.transpose()?,
        })
    }
}

fn said(flags: &ConnectionFlags, environment: &Environment) -> Result<Said, Failure> {
    let folder = environment.configuration_folder();
    let variable_key = environment.get("GRANTD_API_KEY_FILE").map(PathBuf::from);
    let (url, key_file) = if let Some(name) = &flags.profile {
        let profile = profiles::find(folder.as_deref(), Some(name))?;
        (profile.url, profile.api_key_file)
    } else if flags.state_dir.is_some() {
        (flags.url.clone(), None)
    } else if flags.url.is_some() {
        (flags.url.clone(), variable_key)
    } else if let Some(url) = environment.get("GRANTD_URL") {
        (Some(url.to_owned()), variable_key)
    } else {
        let profile = profiles::find(folder.as_deref(), environment.get("GRANTD_PROFILE"))?;
        (profile.url, variable_key.or(profile.api_key_file))
    };
    Ok(Said {
        url,
        key_file: flags.api_key_file.clone().or(key_file),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLI: &str = "\
[profiles.default]
url = \"https://default.example\"
api_key_file = \"default.key\"

[profiles.staging]
url = \"https://staging.example\"
api_key_file = \"/keys/staging\"
";

    fn found(
        flags: &ConnectionFlags,
        variables: &[(&str, &str)],
        cli: Option<&str>,
    ) -> Result<(String, String), String> {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("grantd");
        files::make_private_folder(&folder).unwrap();
        if let Some(text) = cli {
            files::create_private(&folder.join("cli.toml"), text).unwrap();
        }
        let shown = folder.display().to_string();
        let own = ("XDG_CONFIG_HOME", home.path().to_str().unwrap());
        let environment = variables
            .iter()
            .chain([&own])
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        match said(flags, &environment) {
            Ok(said) => Ok((
                said.url.unwrap_or_default(),
                said.key_file
                    .map(|path| path.display().to_string().replace(&shown, "C"))
                    .unwrap_or_default(),
            )),
            Err(failure) => Err(failure.to_string().replace(&shown, "C")),
        }
    }

    fn pair(url: &str, key: &str) -> (String, String) {
        (url.to_owned(), key.to_owned())
    }

    #[test]
    fn flags_stand_over_variables_over_profiles() {
        let none = ConnectionFlags::default();
        let url = ConnectionFlags {
            url: Some("https://flag.example".to_owned()),
            ..none.clone()
        };
        let staging = ConnectionFlags {
            profile: Some("staging".to_owned()),
            ..none.clone()
        };
        let folder = ConnectionFlags {
            state_dir: Some("/s".into()),
            ..none.clone()
        };
        let key = ConnectionFlags {
            api_key_file: Some("/flag.key".into()),
            ..none.clone()
        };
        let variables = [
            ("GRANTD_URL", "https://variable.example"),
            ("GRANTD_API_KEY_FILE", "/variable.key"),
        ];
        let cli = Some(CLI);
        assert_eq!(found(&none, &[], None).unwrap(), pair("", ""));
        assert_eq!(
            found(&none, &[], cli).unwrap(),
            pair("https://default.example", "C/default.key")
        );
        assert_eq!(
            found(&none, &variables, cli).unwrap(),
            pair("https://variable.example", "/variable.key")
        );
        assert_eq!(
            found(&none, &variables[..1], cli).unwrap(),
            pair("https://variable.example", "")
        );
        assert_eq!(
            found(&staging, &variables, cli).unwrap(),
            pair("https://staging.example", "/keys/staging")
        );
        assert_eq!(
            found(&none, &[("GRANTD_PROFILE", "staging")], cli).unwrap(),
            pair("https://staging.example", "/keys/staging")
        );
        assert_eq!(
            found(&url, &[], cli).unwrap(),
            pair("https://flag.example", "")
        );
        assert_eq!(found(&folder, &variables, cli).unwrap(), pair("", ""));
        assert_eq!(
            found(&key, &[], cli).unwrap(),
            pair("https://default.example", "/flag.key")
        );
    }

    #[test]
    fn an_unknown_profile_is_told_with_the_nearest() {
        let flags = ConnectionFlags {
            profile: Some("stagin".to_owned()),
            ..ConnectionFlags::default()
        };
        assert_eq!(
            found(&flags, &[], Some(CLI)).unwrap_err(),
            "grantd: there is no profile `stagin`; C/cli.toml: did you mean `staging`?\n"
        );
        assert_eq!(
            found(&flags, &[], None).unwrap_err(),
            "grantd: there is no profile `stagin`; C/cli.toml holds none\n"
        );
        let fault = found(&flags, &[], Some("[profiles.a]\nur = \"x\"\n")).unwrap_err();
        assert!(fault.starts_with("grantd: C/cli.toml:2: "), "{fault}");
    }
}
