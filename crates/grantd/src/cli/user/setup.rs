//! `grantd user setup`.

use clap::Args;
use http::Method;

use super::print_link;
use crate::cli::Context;
use crate::client::Call;
use crate::failure::Failure;

/// Make a link by which the first admin gets in
///
/// It lasts 15 minutes, and is made only while nobody can administer.
#[derive(Debug, Args)]
pub(crate) struct Setup {}

impl Setup {
    /// Makes it.
    #[expect(
        clippy::unused_self,
        reason = "every command is run with what was typed"
    )]
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let call = Call::new(Method::POST, &["setup_link"]);
        print_link(context, call, "the first admin")
    }
}
