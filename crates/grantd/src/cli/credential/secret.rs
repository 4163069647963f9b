//! Where the client secret comes from: a file, standard input, a secret source or the terminal,
//! and never the command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::cli::one_secret::read_one_secret;
use crate::cli::terminal;
use crate::failure::Failure;

/// The members that say what the client secret is.
pub(super) const MEMBERS: [&str; 3] = ["client_secret", "client_secret_reference", "secret_source"];

/// Where the client secret comes from.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Client secret")]
pub(super) struct SecretFlags {
    /// File that holds the client secret, `-` for standard input; one line end behind it is taken
    /// off
    #[arg(long, value_name = "FILE", conflicts_with = "secret_source")]
    secret_file: Option<PathBuf>,
    /// Secret source that the client secret is read from at each need
    #[arg(long, value_name = "NAME", requires = "secret_path")]
    secret_source: Option<String>,
    /// Where in the secret source
    #[arg(long, value_name = "PATH", requires = "secret_source")]
    secret_path: Option<String>,
    /// JSON pointer into a value that is a JSON document
    #[arg(long, value_name = "POINTER", requires = "secret_source")]
    secret_key: Option<String>,
    /// Version, where the source keeps several
    #[arg(long, value_name = "VERSION", requires = "secret_source")]
    secret_version: Option<String>,
    /// Taken only to be refused with an explanation, and never shown
    #[arg(long, hide = true, num_args = 0.., value_name = "NEVER")]
    client_secret: Option<Vec<OsString>>,
    /// Taken only to be refused with an explanation, and never shown
    #[arg(long, hide = true, num_args = 0.., value_name = "NEVER")]
    secret: Option<Vec<OsString>>,
}

impl SecretFlags {
    /// Refuses a secret in the command line.
    ///
    /// # Errors
    /// When there is one.
    pub(super) fn refuse_value(&self) -> Result<(), Failure> {
        if self.client_secret.is_none() && self.secret.is_none() {
            return Ok(());
        }
        Err(Failure::usage(
            "the client secret is not taken from the command line, where other users and the \
             history of the shell would see it",
        )
        .with_remedy(
            "Put it into a file and name that with --secret-file, or pipe it in with \
             --secret-file -. A secret that was typed into the command line should be changed.",
        ))
    }

    /// Whether it is said where the secret comes from.
    pub(super) const fn is_given(&self) -> bool {
        self.secret_file.is_some() || self.secret_source.is_some()
    }

    /// Adds the members that were given; tells whether there were any.
    ///
    /// # Errors
    /// When the file can not be read.
    pub(super) fn put(&self, members: &mut Map<String, Value>) -> Result<bool, Failure> {
        if let Some(path) = &self.secret_file {
            let secret = read_one_secret("--secret-file", path)?;
            members.remove("client_secret_reference");
            members.insert("secret_source".to_owned(), json!("internal"));
            members.insert("client_secret".to_owned(), json!(secret.expose()));
            return Ok(true);
        }
        let Some(source) = &self.secret_source else {
            return Ok(false);
        };
        let mut reference = Map::new();
        for (name, value) in [
            ("source", Some(source)),
            ("path", self.secret_path.as_ref()),
            ("key", self.secret_key.as_ref()),
            ("version", self.secret_version.as_ref()),
        ] {
            reference.extend(value.map(|value| (name.to_owned(), json!(value))));
        }
        members.insert("secret_source".to_owned(), json!("external"));
        members.insert("client_secret_reference".to_owned(), json!(reference));
        Ok(true)
    }
}

/// Asks for a secret that is given nowhere.
///
/// # Errors
/// When nobody can be asked.
pub(super) fn ask(question: &str, members: &mut Map<String, Value>) -> Result<(), Failure> {
    if !terminal::somebody_is_there() {
        return Err(Failure::usage(
            "no client secret is given, and there is no terminal to ask at",
        )
        .with_remedy(
            "Give --secret-file FILE, --secret-file - for standard input, or \
                     --secret-source NAME --secret-path PATH.",
        ));
    }
    let secret = terminal::ask_secret(question)?;
    members.insert("secret_source".to_owned(), json!("internal"));
    members.insert("client_secret".to_owned(), json!(secret.expose()));
    Ok(())
}
