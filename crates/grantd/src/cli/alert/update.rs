//! `grantd alert update`.

use clap::Args;
use http::Method;
use serde_json::Value;

use super::settings::{Settings, in_words_of_the_command};
use super::{etag, shown};
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Change an alert channel
///
/// What is left out stays; lists are replaced. The secret is expected again where it would go elsewhere. What
/// waits for the channel is tried at once.
#[derive(Debug, Args)]
pub(crate) struct Update {
    /// Name of the channel
    #[arg(value_name = "NAME", value_parser = named::channel)]
    name: String,
    #[command(flatten)]
    settings: Settings,
    /// Revision that the change is meant for [default: the current one]
    #[arg(long, value_name = "NUMBER")]
    revision: Option<u64>,
}

impl Update {
    /// Changes it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let members = self.settings.members()?;
        if members.is_empty() {
            return Err(Failure::usage("nothing to change is given")
                .with_remedy("`grantd alert update --help` shows what can be changed."));
        }
        let client = context.client()?;
        let patched = crate::lifecycle::run_briefly(async {
            let path = ["alert_channels", self.name.as_str()];
            let before = client.send(Call::new(Method::GET, &path)).await?;
            let etag = etag(before, self.revision)?;
            let call = Call::new(Method::PATCH, &path)
                .merge_patch(Value::Object(members))
                .if_match(etag);
            client.send(call).await
        });
        let answer = patched.map_err(in_words_of_the_command)?;
        context.print(&answer.document, shown)
    }
}
