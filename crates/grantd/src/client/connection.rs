//! Finds the grantd to talk to, and the key to show there.
//!
//! Flags stand over variables, variables over `cli.toml`, and that over the state folder of this
//! machine. Invariant: the key of a profile is shown to the server of that profile alone, and the
//! key of a state folder that no flag names to this machine and its own server alone; where nobody
//! names a server, only to the one that holds the folder.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use grantd_model::Secret;
use grantd_net::check_ca_bundle;
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
    /// Profile in cli.toml that names URL, API key file and CA file
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
    pub(crate) ca_file: Option<PathBuf>,
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
            ("--ca-file", self.ca_file.is_some()),
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
    /// The address to connect to, where the name of the URL need not lead there.
    pub(crate) address: Option<IpAddr>,
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
    ca_file: Option<PathBuf>,
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
        let (url, address, key_file) = match (said.url, said.key_file) {
            (None, key_file) => local::server_and_key(&state()?, key_file)?,
            (Some(text), Some(file)) => (parse(&text)?, None, file),
            (Some(text), None) => {
                let url = parse(&text)?;
                if flags.state_dir.is_none() && !is_loopback(&url) {
                    return Err(Failure::usage(format!("no API key is named for {url}"))
                        .with_remedy("Name its file with --api-key-file or in a profile."));
                }
                (url, None, state()?.admin_key())
            }
        };
        Ok(Self {
            url,
            address,
            key: read_key_file(&key_file)?,
            ca_bundle: said.ca_file.as_deref().map(read_ca_file).transpose()?,
        })
    }
}

/// Reads authorities.
///
/// # Errors
/// When they can not be read.
pub(crate) fn read_ca_file(path: &Path) -> Result<String, Failure> {
    let wrong = |detail: &dyn std::fmt::Display| {
        Failure::usage(format!("the CA file {}: {detail}", path.display()))
    };
    let text = files::read_text(path).map_err(|error| wrong(&error))?;
    match check_ca_bundle(&text) {
        Ok(_) => Ok(text),
        Err(fault) => Err(wrong(&fault)),
    }
}

fn said(flags: &ConnectionFlags, environment: &Environment) -> Result<Said, Failure> {
    let folder = environment.configuration_folder();
    let variable = |name| environment.get(name).map(PathBuf::from);
    let (key_file, ca_file) = (variable("GRANTD_API_KEY_FILE"), variable("GRANTD_CA_FILE"));
    let said = if let Some(name) = &flags.profile {
        // what the variables name may be for another server
        let profile = profiles::find(folder.as_deref(), Some(name))?;
        Said {
            url: profile.url,
            key_file: profile.api_key_file,
            ca_file: profile.ca_file,
        }
    } else if flags.state_dir.is_some() {
        Said {
            url: flags.url.clone(),
            key_file: None,
            ca_file,
        }
    } else if let Some(url) = flags
        .url
        .as_deref()
        .or_else(|| environment.get("GRANTD_URL"))
    {
        Said {
            url: Some(url.to_owned()),
            key_file,
            ca_file,
        }
    } else {
        let profile = profiles::find(folder.as_deref(), environment.get("GRANTD_PROFILE"))?;
        Said {
            url: profile.url,
            key_file: key_file.or(profile.api_key_file),
            ca_file: ca_file.or(profile.ca_file),
        }
    };
    Ok(Said {
        url: said.url,
        key_file: flags.api_key_file.clone().or(said.key_file),
        ca_file: flags.ca_file.clone().or(said.ca_file),
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
ca_file = \"staging.pem\"
";

    fn said_with(
        flags: &ConnectionFlags,
        variables: &[(&str, &str)],
        cli: Option<&str>,
    ) -> Result<(Said, String), String> {
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
            Ok(said) => Ok((said, shown)),
            Err(failure) => Err(failure.to_string().replace(&shown, "C")),
        }
    }

    fn path(path: Option<PathBuf>, folder: &str) -> String {
        let path = path.unwrap_or_default();
        path.display().to_string().replace(folder, "C")
    }

    fn found(
        flags: &ConnectionFlags,
        variables: &[(&str, &str)],
        cli: Option<&str>,
    ) -> Result<(String, String), String> {
        let (said, folder) = said_with(flags, variables, cli)?;
        Ok((said.url.unwrap_or_default(), path(said.key_file, &folder)))
    }

    fn ca_file(flags: &ConnectionFlags, variables: &[(&str, &str)]) -> String {
        let (said, folder) = said_with(flags, variables, Some(CLI)).unwrap();
        path(said.ca_file, &folder)
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
    fn authorities_are_those_of_the_server_that_is_named() {
        let none = ConnectionFlags::default();
        let profile = |name: &str| ConnectionFlags {
            profile: Some(name.to_owned()),
            ..none.clone()
        };
        let flag = ConnectionFlags {
            ca_file: Some("/flag.pem".into()),
            ..profile("staging")
        };
        let folder = ConnectionFlags {
            state_dir: Some("/s".into()),
            ..none.clone()
        };
        let variable = [("GRANTD_CA_FILE", "/variable.pem")];
        let staging = ("GRANTD_PROFILE", "staging");
        assert_eq!(ca_file(&none, &[]), "");
        assert_eq!(ca_file(&none, &variable), "/variable.pem");
        assert_eq!(ca_file(&folder, &variable), "/variable.pem");
        assert_eq!(ca_file(&none, &[staging]), "C/staging.pem");
        assert_eq!(ca_file(&none, &[staging, variable[0]]), "/variable.pem");
        assert_eq!(ca_file(&profile("staging"), &variable), "C/staging.pem");
        assert_eq!(ca_file(&profile("default"), &variable), "");
        assert_eq!(ca_file(&flag, &variable), "/flag.pem");
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
