//! `grantd curl`: the system's curl, with a token for the hosts that are bound to its credential.
//!
//! Invariant: the token is on no command line and in no environment, and what is passed on to curl
//! can neither show it nor send it elsewhere.

mod configuration;
mod options;
mod passed_on;
mod refused;
mod target;

use std::ffi::OsString;
use std::process::Command;

use clap::Args;

use super::Context;
use super::access_token::{self, TokenFlags};
use crate::failure::Failure;
use crate::{environment, replace};
use configuration::Configuration;
use options::CurlOptions;
use target::Target;

/// Call URLs with an access token, by curl
///
/// The token goes to the hosts alone that an admin has bound to the credential (`grantd credential
/// update --bound-host`), by https, or by http to this machine itself. It is never on a command line.
///
/// The system's curl does the work and takes the place of grantd, with its output and its exit code;
/// it is expected in version 7.83 or newer, and reads no .curlrc. Its options stand behind `--`.
/// Redirects are followed with -L, by https; to another host, port or scheme they go without the token.
#[derive(Debug, Args)]
#[command(after_long_help = options::help())]
pub(crate) struct Curl {
    /// Slug or id of the credential
    #[arg(value_name = "CREDENTIAL")]
    credential: String,
    /// URL to call; may be repeated
    #[arg(required = true, value_name = "URL")]
    urls: Vec<String>,
    #[command(flatten)]
    wanted: TokenFlags,
    /// Options of curl
    #[arg(last = true, value_name = "CURL_OPTION")]
    options: Vec<OsString>,
}

impl Curl {
    /// Gets a token and runs curl.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let targets: Vec<Target> = self
            .urls
            .iter()
            .map(|text| Target::parse(text))
            .collect::<Result<_, _>>()?;
        let options = CurlOptions::read(self.options)?;
        let token = access_token::fetch(context, &self.credential, &self.wanted)?;
        for target in &targets {
            target.check_bound(&token.bound_hosts, &self.credential)?;
        }
        token.check_bearer("curl")?;
        token.tell_warnings();
        let configuration = Configuration::with(&token.value)?;
        let mut command = Command::new("curl");
        command.args(arguments(&targets, options, &configuration));
        environment::take_api_keys_from(&mut command);
        Err(replace::with(command))
    }
}

fn arguments(
    targets: &[Target],
    options: CurlOptions,
    configuration: &Configuration,
) -> Vec<OsString> {
    let http = targets.iter().any(Target::is_http);
    let mut arguments: Vec<OsString> = Vec::new();
    let mut put = |texts: &[&str]| arguments.extend(texts.iter().map(OsString::from));
    // only as the very first does it keep curl from .curlrc, where anything may stand
    put(&["--disable"]);
    // `{a,b}` and `[1-9]` in a URL would be hosts that nobody has checked
    put(&["--globoff"]);
    put(&["--proto", if http { "=http,https" } else { "=https" }]);
    put(&["--proto-redir", "=https"]);
    put(&["--config", &configuration.path()]);
    arguments.extend(options.into_arguments());
    let mut put = |texts: &[&str]| arguments.extend(texts.iter().map(OsString::from));
    if http {
        // a proxy passes https on unread, but http it reads; the last one counts
        put(&["--noproxy", "*"]);
    }
    for target in targets {
        put(&["--url", target.as_str()]);
    }
    arguments
}

#[cfg(test)]
mod tests {
    use grantd_model::Secret;

    use super::*;

    fn line(urls: &[&str], options: &[&str]) -> String {
        let targets: Vec<Target> = urls
            .iter()
            .map(|text| Target::parse(text).unwrap())
            .collect();
        let options = CurlOptions::read(options.iter().map(OsString::from).collect()).unwrap();
        let configuration = Configuration::with(&Secret::new("canary".to_owned())).unwrap();
        let path = configuration.path();
        let all: Vec<String> = arguments(&targets, options, &configuration)
            .into_iter()
            .map(|argument| argument.into_string().unwrap())
            .collect();
        all.join(" ").replace(&path, "PIPE")
    }

    #[test]
    fn the_command_line_holds_the_bounds_and_no_token() {
        assert_eq!(
            line(&["https://a.example/x y"], &["-sSXPOST"]),
            "--disable --globoff --proto =https --proto-redir =https --config PIPE --silent \
             --show-error --request POST --url https://a.example/x%20y"
        );
        assert_eq!(
            line(
                &["https://a.example", "http://127.0.0.1:1/"],
                &["-x", "http://proxy.example"]
            ),
            "--disable --globoff --proto =http,https --proto-redir =https --config PIPE \
             --proxy http://proxy.example --noproxy * --url https://a.example/ \
             --url http://127.0.0.1:1/"
        );
    }
}
