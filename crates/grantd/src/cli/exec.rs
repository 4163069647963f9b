//! `grantd exec`.

use std::ffi::OsString;
use std::process::Command;

use clap::Args;

use super::Context;
use super::access_token::{self, TokenFlags};
use crate::failure::Failure;
use crate::{environment, replace};

/// The variable that holds the token where no other is named.
const TOKEN: &str = "GRANTD_ACCESS_TOKEN";

/// Run a command with an access token in its environment
///
/// The command takes the place of grantd, with its terminal, signals and exit code. It finds the
/// token in the variable `GRANTD_ACCESS_TOKEN`, its type in `GRANTD_TOKEN_TYPE` and its end in
/// `GRANTD_EXPIRES_AT`; the variables of the API key are taken away. The token is never on a command
/// line, and is not renewed while the command runs.
///
/// The exit code is 127 if there is no such command, and 126 if it can not be run.
#[derive(Debug, Args)]
pub(crate) struct Exec {
    /// Slug or id of the credential
    #[arg(value_name = "CREDENTIAL")]
    credential: String,
    /// Variable that holds the token
    #[arg(long, value_name = "NAME", value_parser = variable, default_value = TOKEN)]
    env: String,
    #[command(flatten)]
    wanted: TokenFlags,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Exec {
    /// Gets a token and runs the command.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let Some((program, arguments)) = self.command.split_first() else {
            return Err(Failure::usage("a command is expected behind `--`"));
        };
        let token = access_token::fetch(context, &self.credential, &self.wanted)?;
        token.tell_warnings();
        let mut command = Command::new(program);
        command.args(arguments);
        environment::take_api_keys_from(&mut command);
        command
            .env("GRANTD_TOKEN_TYPE", &token.token_type)
            .env("GRANTD_EXPIRES_AT", token.expires_at.to_string())
            .env(&self.env, token.value.expose());
        Err(replace::with(command))
    }
}

/// The name of a variable as shells take it, and none that has a meaning for grantd.
fn variable(text: &str) -> Result<String, String> {
    let mut characters = text.chars();
    let begins = characters.next().is_some_and(may_begin);
    if !begins || !characters.all(|c| may_begin(c) || c.is_ascii_digit()) {
        return Err(
            "the name of a variable is expected: letters, digits and `_`, no digit first"
                .to_owned(),
        );
    }
    // grantd would take the token for a setting, such as the file of an API key, and name it in an error
    if text.starts_with("GRANTD_") && text != TOKEN {
        return Err(format!(
            "a variable of grantd itself can not hold the token; {TOKEN} or a name without \
             `GRANTD_` is expected"
        ));
    }
    Ok(text.to_owned())
}

const fn may_begin(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_shells_take_and_grantd_does_not_are_variables() {
        for name in ["TOKEN", "_", "a1", "GRANTD_ACCESS_TOKEN", "GRANTDX"] {
            assert_eq!(variable(name).as_deref(), Ok(name));
        }
        for (name, part) in [
            ("", "the name of a variable is expected"),
            ("1A", "the name of a variable is expected"),
            ("A-B", "the name of a variable is expected"),
            ("A=B", "the name of a variable is expected"),
            ("Ä", "the name of a variable is expected"),
            ("GRANTD_API_KEY", "a variable of grantd itself"),
            ("GRANTD_API_KEY_FILE", "a variable of grantd itself"),
            ("GRANTD_TOKEN_TYPE", "a variable of grantd itself"),
        ] {
            let fault = variable(name).unwrap_err();
            assert!(fault.contains(part), "{name}: {fault}");
        }
    }
}
