//! `grantd git-credential`: a credential helper of git (gitcredentials(7), git-credential(1)).
//!
//! Invariant: only hosts that were named get a token, and nobody on the network sees it.

mod question;

use std::io;

use clap::Args;
use grantd_model::bound_host::is_bound;

use super::Context;
use super::access_token::{self, AccessToken, TokenFlags, USER_NAME};
use crate::client::HostPort;
use crate::failure::Failure;
use crate::output;
use question::Question;

/// What git asks a helper for; anything else is none of a helper that keeps nothing.
const GET: &str = "get";

/// Answer git with an access token in the place of a password
///
/// A credential helper that `credential.helper` of git's configuration names, with `!` before it. It
/// answers over https, and over http where the host is this machine itself, for the hosts that are
/// named; to everything else it says nothing, and git asks the next helper. It keeps nothing:
/// `store` and `erase` do nothing.
#[derive(Debug, Args)]
pub(crate) struct GitCredential {
    /// Slug or id of the credential
    #[arg(long, value_name = "CREDENTIAL", value_parser = super::named::credential)]
    credential: String,
    /// Host that gets tokens, by any port, such as `git.example.com`; `*.` stands for names below a
    /// host; may be repeated
    #[arg(long = "host", required = true, value_name = "HOST", value_parser = host)]
    hosts: Vec<String>,
    /// User name that goes with the token [default: the one that git names, else `oauth2`]
    #[arg(long, value_name = "NAME", value_parser = user_name)]
    username: Option<String>,
    #[command(flatten)]
    wanted: TokenFlags,
    /// What git asks for, which git itself puts there: `get`, `store` or `erase`
    #[arg(value_name = "OPERATION")]
    operation: String,
}

impl GitCredential {
    /// Reads what git asks for, and answers it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        // git may come to ask for more, which helpers are to pass over
        if self.operation != GET {
            return Ok(());
        }
        let question = Question::read(io::stdin().lock())
            .map_err(|error| Failure::usage(format!("standard input: {error}")))?;
        let Some(username) = self.username_for(&question) else {
            return Ok(());
        };
        let token = access_token::fetch(context, &self.credential, &self.wanted)?;
        token.check_bearer("git")?;
        token.tell_warnings();
        output::print(&answer(username, &token)?)
    }

    /// The user name of the answer; none where there is to be no answer.
    fn username_for<'a>(&'a self, question: &'a Question) -> Option<&'a str> {
        let place = HostPort::read(&question.host)?;
        if !is_bound(&self.hosts, place.host()) {
            return None;
        }
        if !place.is_private_by(&question.protocol) {
            if question.protocol == "http" {
                output::note(&format!(
                    "git gets no token for {place} by http, expected is https, where the network \
                     does not see it"
                ));
            }
            return None;
        }
        match (&self.username, &question.username) {
            // a password for somebody else is wanted
            (Some(own), Some(asked)) if own != asked => None,
            (Some(name), _) | (None, Some(name)) => Some(name),
            (None, None) => Some(USER_NAME),
        }
    }
}

/// The lines that git reads.
fn answer(username: &str, token: &AccessToken) -> Result<String, Failure> {
    let password = token.value.expose();
    if password.chars().any(char::is_control) {
        return Err(Failure::refused(
            "the token holds control characters, expected is what git can read on one line",
        ));
    }
    let end = token.expires_at.as_seconds();
    Ok(format!(
        "username={username}\npassword={password}\npassword_expiry_utc={end}\n"
    ))
}

/// A host that is named, maybe with `*.` before it.
fn host(typed: &str) -> Result<String, String> {
    let (star, rest) = match typed.strip_prefix("*.") {
        Some(rest) => ("*.", rest),
        None => ("", typed),
    };
    match HostPort::read(rest) {
        Some(read) if rest.eq_ignore_ascii_case(read.host()) => {
            Ok(format!("{star}{}", read.host()))
        }
        _ => Err(
            "a host without a port is expected, such as `git.example.com` or `*.example.com`"
                .to_owned(),
        ),
    }
}

/// What can stand on a line of the answer.
fn user_name(typed: &str) -> Result<String, String> {
    if typed.is_empty() || typed.chars().any(char::is_control) {
        return Err("a name without control characters is expected".to_owned());
    }
    Ok(typed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(protocol: &str, host: &str, username: Option<&str>) -> Question {
        Question {
            protocol: protocol.to_owned(),
            host: host.to_owned(),
            username: username.map(str::to_owned),
        }
    }

    fn helper(hosts: &[&str], username: Option<&str>) -> GitCredential {
        GitCredential {
            credential: "sales".to_owned(),
            hosts: hosts.iter().map(|typed| host(typed).unwrap()).collect(),
            username: username.map(str::to_owned),
            wanted: TokenFlags::default(),
            operation: GET.to_owned(),
        }
    }

    #[test]
    fn named_hosts_alone_are_answered_where_nobody_listens() {
        let helper = helper(
            &[
                "Git.example.com",
                "*.forge.example",
                "127.0.0.1",
                "plain.example",
            ],
            None,
        );
        for (protocol, host, answered) in [
            ("https", "git.example.com", true),
            ("https", "GIT.example.com:8443", true),
            ("https", "a.forge.example", true),
            ("http", "127.0.0.1:3000", true),
            ("https", "forge.example", false),
            ("https", "evil.example", false),
            ("https", "git.example.com.evil.example", false),
            ("https", "git.example.com@evil.example", false),
            ("https", "evil.example/git.example.com", false),
            ("http", "plain.example", false),
            ("http", "localhost", false),
            ("ftp", "git.example.com", false),
            ("cert", "", false),
            ("", "git.example.com", false),
        ] {
            let question = asked(protocol, host, None);
            let username = helper.username_for(&question);
            assert_eq!(username, answered.then_some("oauth2"), "{protocol} {host}");
        }
    }

    #[test]
    fn a_password_for_another_user_is_none() {
        for (own, named, expected) in [
            (None, None, Some("oauth2")),
            (None, Some("me"), Some("me")),
            (Some("bot"), None, Some("bot")),
            (Some("bot"), Some("bot"), Some("bot")),
            (Some("bot"), Some("me"), None),
        ] {
            let question = asked("https", "a.example", named);
            let helper = helper(&["a.example"], own);
            assert_eq!(
                helper.username_for(&question),
                expected,
                "{own:?} {named:?}"
            );
        }
    }

    #[test]
    fn hosts_and_names_are_checked_as_they_are_typed() {
        for typed in [
            "a.example:443",
            "https://a.example",
            "*",
            "*.",
            "",
            "a.*.example",
        ] {
            assert!(host(typed).is_err(), "{typed}");
        }
        assert_eq!(host("*.A.example").unwrap(), "*.a.example");
        assert!(user_name("a\npassword=b").is_err() && user_name("").is_err());
    }
}
