//! `grantd credential enable` and `disable`.

use clap::Args;
use http::Method;

use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Which credential is enabled or disabled.
#[derive(Debug, Args)]
pub(crate) struct Enable {
    /// Slug or id of the credential
    #[arg(value_name = "CREDENTIAL", value_parser = named::credential)]
    credential: String,
}

impl Enable {
    /// Enables or disables it, by the last segment of the path.
    pub(super) fn run(self, context: &Context, verb: &str) -> Result<(), Failure> {
        let path = ["credentials", &self.credential, verb];
        let answer = context.call(Call::new(Method::POST, &path))?;
        super::print(context, &answer.document)
    }
}
