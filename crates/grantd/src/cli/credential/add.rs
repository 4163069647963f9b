//! `grantd credential add`.

use clap::Args;
use http::Method;

use super::draft::DraftFlags;
use crate::cli::Context;
use crate::client::Call;
use crate::failure::Failure;

/// Add a credential
///
/// Nothing is asked of the authorization server, so the values need not be valid yet; `grantd
/// credential validate` tries them.
///
/// The client secret comes from --secret-file or --secret-source; without either it is asked for.
/// It is never taken from the command line.
#[derive(Debug, Args)]
pub(crate) struct Add {
    #[command(flatten)]
    draft: DraftFlags,
}

impl Add {
    /// Adds it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        self.draft.secret.refuse_value()?;
        let client = context.client()?;
        let (members, of_file) = self.draft.collect()?;
        let call = Call::new(Method::POST, &["credentials"]).json(members);
        let origins = self.draft.origins(&of_file);
        let answer = crate::lifecycle::run_briefly(client.send(call))
            .map_err(|failure| origins.name_faults(failure))?;
        super::print(context, &answer.document)
    }
}
