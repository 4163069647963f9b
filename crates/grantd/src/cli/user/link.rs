//! `grantd user link`.

use clap::Args;
use http::Method;

use super::print_link;
use crate::cli::Context;
use crate::client::Call;
use crate::failure::Failure;

/// Make a link by which a user chooses a new password
///
/// It lasts a day; earlier links of the user end.
#[derive(Debug, Args)]
pub(crate) struct Link {
    /// Name or id of the user
    #[arg(value_name = "USER")]
    user: String,
}

impl Link {
    /// Makes it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let call = Call::new(Method::POST, &["users", &self.user, "link"]);
        print_link(context, call, &self.user)
    }
}
