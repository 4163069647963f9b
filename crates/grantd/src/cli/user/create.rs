//! `grantd user create`.

use clap::Args;
use clap::builder::PossibleValuesParser;
use http::Method;
use serde_json::json;

use super::{ROLES, print_link};
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Make a user, who chooses a password by the link that is printed
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// What the person types to sign in, without white space
    #[arg(value_name = "NAME", value_parser = named::user_name)]
    name: String,
    /// What the person may do
    #[arg(long, value_parser = PossibleValuesParser::new(ROLES))]
    role: String,
}

impl Create {
    /// Makes one.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let body = json!({"name": self.name, "role": self.role});
        let call = Call::new(Method::POST, &["users"]).json(body);
        print_link(context, call, &self.name)
    }
}
