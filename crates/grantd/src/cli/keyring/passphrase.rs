//! The passphrase of an exported keyring.

use std::path::PathBuf;

use clap::Args;
use grantd_model::Secret;

use crate::cli::one_secret::read_one_secret;
use crate::cli::terminal;
use crate::failure::Failure;

/// Where it comes from.
#[derive(Debug, Args)]
pub(super) struct Passphrase {
    /// File with the passphrase, or `-` for standard input [default: it is asked for]
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Passphrase {
    /// The passphrase; asked for twice where it is a new one.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn read(&self, is_new: bool) -> Result<Secret<String>, Failure> {
        if let Some(path) = &self.passphrase_file {
            return read_one_secret("--passphrase-file", path);
        }
        if !terminal::somebody_is_there() {
            return Err(Failure::usage(
                "a passphrase is needed, and there is no terminal to ask at",
            )
            .with_remedy("Name a file that holds it with --passphrase-file."));
        }
        let first = terminal::ask_secret("Passphrase: ")?;
        if is_new {
            let second = terminal::ask_secret("The same again: ")?;
            if first.expose() != second.expose() {
                return Err(Failure::usage("the two passphrases are not the same"));
            }
        }
        Ok(first)
    }
}
