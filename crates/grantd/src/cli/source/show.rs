//! `grantd source show`.

use clap::Args;
use http::Method;

use super::shown;
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Show a secret source, and how it fares
///
/// The credentials that use it are listed by `grantd credential list --source NAME`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Name of the source
    #[arg(value_name = "NAME", value_parser = named::source)]
    name: String,
}

impl Show {
    /// Shows it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let answer = context.call(Call::new(Method::GET, &["sources", &self.name]))?;
        context.print(&answer.document, shown)
    }
}
