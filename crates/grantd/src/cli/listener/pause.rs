//! `grantd listener pause` and `grantd listener resume`.

use clap::Args;
use http::Method;

use super::shown;
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Stop an email listener for a while
///
/// What comes meanwhile is delivered when it goes on.
#[derive(Debug, Args)]
pub(crate) struct Pause {
    /// Slug or id of the listener
    #[arg(value_name = "LISTENER", value_parser = named::listener)]
    listener: String,
}

/// Let an email listener go on
#[derive(Debug, Args)]
pub(crate) struct Resume {
    /// Slug or id of the listener
    #[arg(value_name = "LISTENER", value_parser = named::listener)]
    listener: String,
}

impl Pause {
    /// Stops it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        set(context, &self.listener, "pause")
    }
}

impl Resume {
    /// Lets it go on.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        set(context, &self.listener, "resume")
    }
}

fn set(context: &Context, listener: &str, what: &str) -> Result<(), Failure> {
    let answer = context.call(Call::new(Method::POST, &["listeners", listener, what]))?;
    context.print(&answer.document, shown)
}
