//! `grantd credential update`.

use clap::Args;
use http::Method;
use serde_json::Value;

use super::etag;
use super::field_names::Origins;
use super::flags::SettingFlags;
use super::patch::{clearable, patch};
use super::secret::SecretFlags;
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Change a credential
///
/// What is left out stays; labels are added to, other lists are replaced.
///
/// Changing where or how the secret is sent (origin of the token endpoint, CA bundle, egress proxy,
/// authentication method, extra headers) demands the secret again.
#[derive(Debug, Args)]
pub(crate) struct Update {
    /// Slug or id of the credential
    #[arg(value_name = "CREDENTIAL", value_parser = named::credential)]
    credential: String,
    #[command(flatten)]
    settings: SettingFlags,
    #[command(flatten)]
    secret: SecretFlags,
    /// Setting to clear, such as `audience`; may be repeated
    #[arg(long, value_name = "SETTING", value_parser = clearable, help_heading = "Change")]
    clear: Vec<String>,
    /// Revision that the change is meant for [default: the current one]
    #[arg(long, value_name = "NUMBER", help_heading = "Change")]
    revision: Option<u64>,
}

impl Update {
    /// Changes it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        self.secret.refuse_value()?;
        let client = context.client()?;
        let members = patch(&self.settings, &self.secret, &self.clear)?;
        if members.is_empty() {
            return Err(Failure::usage("nothing to change is given")
                .with_remedy("`grantd credential update --help` shows what can be changed."));
        }
        let patched = crate::lifecycle::run_briefly(async {
            let etag = etag(&client, &self.credential, self.revision).await?;
            let call = Call::new(Method::PATCH, &["credentials", &self.credential])
                .merge_patch(Value::Object(members))
                .if_match(etag);
            client.send(call).await
        });
        let origins = Origins {
            flags: &self.settings,
            draft: None,
        };
        let answer = patched.map_err(|failure| origins.name_faults(failure))?;
        super::print(context, &answer.document)
    }
}
