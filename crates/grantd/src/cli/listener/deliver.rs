//! `grantd listener deliver` and `grantd listener discard`.

use clap::Args;
use http::Method;

use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;
use crate::output;

/// Have a mail delivered again at once, under the same key
#[derive(Debug, Args)]
pub(crate) struct Deliver {
    /// Slug or id of the listener
    #[arg(value_name = "LISTENER", value_parser = named::listener)]
    listener: String,
    /// Key of the mail
    #[arg(value_name = "KEY")]
    key: String,
}

/// Take a mail off the list of those that could not be delivered
///
/// It stays in its mailbox.
#[derive(Debug, Args)]
pub(crate) struct Discard {
    /// Slug or id of the listener
    #[arg(value_name = "LISTENER", value_parser = named::listener)]
    listener: String,
    /// Key of the mail
    #[arg(value_name = "KEY")]
    key: String,
}

impl Deliver {
    /// Asks for it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let path = ["listeners", &self.listener, "mails", &self.key, "deliver"];
        context.call(Call::new(Method::POST, &path))?;
        output::note("the mail will be delivered; `grantd listener deliveries` shows when it is");
        Ok(())
    }
}

impl Discard {
    /// Takes it off.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let path = ["listeners", &self.listener, "letters", &self.key];
        context.call(Call::new(Method::DELETE, &path))?;
        output::note("the mail is off the list");
        Ok(())
    }
}
