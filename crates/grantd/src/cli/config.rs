//! `grantd config`.

mod check;
mod reference;
mod show;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Context;
use crate::config::{Flags, Place};
use crate::failure::Failure;

/// Check the configuration, show what holds, and print what can be set
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    Check(check::Check),
    Show(show::Show),
    Reference(reference::Reference),
}

impl Config {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Check(check) => check.run(context),
            Self::Show(show) => show.run(context),
            Self::Reference(reference) => reference.run(context),
        }
    }
}

/// Which configuration is meant: the flags of `grantd serve`.
#[derive(Debug, Args)]
struct ServeFlags {
    /// Configuration file [default: the one that `grantd serve` reads]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port to listen on, as `grantd serve` takes it
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
}

impl From<ServeFlags> for Flags {
    fn from(flags: ServeFlags) -> Self {
        Self {
            config: flags.config,
            listen: flags.listen,
        }
    }
}

/// Where something was set, as a document.
fn place(place: &Place) -> Value {
    match place {
        Place::File(path, line) => json!({ "file": path.display().to_string(), "line": line }),
        Place::Variable(name) => json!({ "variable": name }),
        Place::Flag(name) => json!({ "flag": name }),
    }
}
