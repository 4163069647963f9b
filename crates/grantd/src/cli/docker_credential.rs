//! `grantd docker-credential`: a credential helper of docker, podman, skopeo and their relatives.
//!
//! They call it by the name `docker-credential-grantd`, without any flag. As their protocol wants it, what is wrong
//! stands on standard output as well.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::Context;
use super::access_token::{self, TokenFlags, USER_NAME};
use crate::client::{HostPort, Registry, registries};
use crate::failure::{Exit, Failure};
use crate::{files, output};

/// The name by which they call it, as a link to grantd.
const NAME: &str = "docker-credential-grantd";
/// By these words they know that there is no password, and go on without one.
const UNKNOWN: &str = "credentials not found in native keychain\n";

/// Answer docker with an access token in the place of a password
///
/// A credential helper of docker, podman, skopeo and their relatives, which call it by the name
/// `docker-credential-grantd`, a link to grantd. Which credential serves which registry stands in
/// `cli.toml`: a section such as `[registries."registry.example.com"]` names its `credential`, and
/// `username` and `scope` if need be.
///
/// It keeps nothing: `store` is refused, and `erase` does nothing. What is wrong is printed on standard
/// output, where docker expects it.
#[derive(Debug, Args)]
pub(crate) struct DockerCredential {
    /// What docker asks for, which docker itself puts there
    #[arg(value_enum, value_name = "OPERATION")]
    operation: Operation,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Operation {
    /// Name and password for the registry on standard input
    Get,
    /// Keep a password
    Store,
    /// Forget a password
    Erase,
    /// The registries that have a password
    List,
}

impl DockerCredential {
    /// Answers, and says by the exit code whether there is an answer.
    pub(super) fn run(self, context: &Context) -> ExitCode {
        let said = match self.operation {
            Operation::Get => get(context),
            Operation::List => list(context).map(Some),
            Operation::Erase => Ok(Some(String::new())),
            Operation::Store => Err(Failure::refused(
                "no password of a registry is kept; the credential of each is named in cli.toml",
            )),
        };
        let (text, code) = match said {
            Ok(Some(answer)) => (answer, ExitCode::SUCCESS),
            Ok(None) => (UNKNOWN.to_owned(), Exit::Refused.into()),
            Err(failure) => (failure.to_string(), failure.exit.into()),
        };
        match output::print(&text) {
            Ok(()) => code,
            Err(failure) => {
                output::complain(&failure.to_string());
                failure.exit.into()
            }
        }
    }
}

/// What was typed; grantd called by the name of the helper is the helper.
pub(super) fn by_name(typed: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut typed: Vec<OsString> = typed.collect();
    let name = typed.first().and_then(|first| Path::new(first).file_name());
    if name == Some(OsStr::new(NAME)) {
        typed.splice(..1, ["grantd", "docker-credential"].map(OsString::from));
    }
    typed
}

/// The answer about the registry on standard input; none where it is unknown.
fn get(context: &Context) -> Result<Option<String>, Failure> {
    let asked = files::read_standard_input()
        .map_err(|error| Failure::usage(format!("standard input: {error}")))?;
    let server = asked.expose().trim();
    let mut registries = known(context)?;
    let found = HostPort::of_server(server).and_then(|host| registries.remove_entry(&host));
    let Some((host, registry)) = found else {
        return Ok(None);
    };
    super::named::credential(&registry.credential).map_err(|detail| {
        Failure::usage(format!("the credential of `{host}` in cli.toml: {detail}"))
    })?;
    let wanted = TokenFlags::of_scope(registry.scope);
    let token = access_token::fetch(context, &registry.credential, &wanted)?;
    token.check_bearer("docker")?;
    token.tell_warnings();
    let answer = json!({
        "ServerURL": server,
        "Username": registry.username.as_deref().unwrap_or(USER_NAME),
        "Secret": token.value.expose(),
    });
    Ok(Some(format!("{answer}\n")))
}

/// The user name of each registry.
fn list(context: &Context) -> Result<String, Failure> {
    let names: BTreeMap<String, String> = known(context)?
        .into_iter()
        .map(|(host, it)| {
            let name = it.username.unwrap_or_else(|| USER_NAME.to_owned());
            (host.to_string(), name)
        })
        .collect();
    Ok(format!("{}\n", json!(names)))
}

fn known(context: &Context) -> Result<BTreeMap<HostPort, Registry>, Failure> {
    registries(context.environment.configuration_folder().as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn called_by_the_name_of_the_helper_it_is_the_helper() {
        for (typed, expected) in [
            (
                &["docker-credential-grantd", "get"][..],
                "grantd docker-credential get",
            ),
            (
                &["/usr/bin/docker-credential-grantd"],
                "grantd docker-credential",
            ),
            (
                &["/usr/bin/grantd", "token", "a"],
                "/usr/bin/grantd token a",
            ),
            (
                &["grantd", "docker-credential-grantd"],
                "grantd docker-credential-grantd",
            ),
            (&[], ""),
        ] {
            let typed = by_name(typed.iter().map(OsString::from));
            assert_eq!(typed.join(OsStr::new(" ")), expected);
        }
    }
}
