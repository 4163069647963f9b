//! `grantd credential renew`.

use clap::Args;
use http::Method;

use crate::cli::{Context, access_token, listing, named};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::record;

/// Ask for a new token now
///
/// Whatever is at hand and whatever failed before. The token itself is not shown; `grantd token`
/// hands it out.
#[derive(Debug, Args)]
pub(crate) struct Renew {
    /// Slug or id of the credential
    #[arg(value_name = "CREDENTIAL", value_parser = named::credential)]
    credential: String,
}

/// What is known of the token, in the order in which people look for it.
const ORDER: [&str; 5] = [
    "token_type",
    "expires_in",
    "expires_at",
    "scope",
    "secret_version",
];

impl Renew {
    /// Renews it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let path = ["credentials", &self.credential, "renew"];
        let answer = context.call(Call::new(Method::POST, &path).patient())?;
        context.print(&answer.document, |document| {
            let mut view = document.clone();
            view["expires_at"] = listing::seconds(&document["expires_at"]).into();
            if let Some(seconds) = document["expires_in"].as_u64() {
                view["expires_in"] = format!("{seconds} s").into();
            }
            if let Some(members) = view.as_object_mut() {
                members.remove("warnings");
            }
            record(&view, &ORDER)
        })?;
        access_token::tell_warnings(&answer.document);
        Ok(())
    }
}
