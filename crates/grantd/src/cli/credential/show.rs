//! `grantd credential show`.

use clap::Args;
use http::Method;

use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Show a credential, never its secret
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Slug or id of the credential
    #[arg(value_name = "CREDENTIAL", value_parser = named::credential)]
    credential: String,
}

impl Show {
    /// Shows it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let path = ["credentials", &self.credential];
        let answer = context.call(Call::new(Method::GET, &path))?;
        super::print(context, &answer.document)
    }
}
