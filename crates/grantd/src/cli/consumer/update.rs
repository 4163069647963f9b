//! `grantd consumer update`.

use clap::Args;
use http::Method;
use serde_json::Value;

use super::clear::{clear, clearable};
use super::settings::Settings;
use super::{etag, shown};
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Change an HTTP consumer
///
/// What is left out stays; labels are added to, other lists are replaced. A secret header that is to
/// stay stands without a value in the file of --from-file, as `show --output json` tells it.
///
/// Changing where secret headers are sent (origin of the base URL, addresses, CA bundle) demands
/// their values again.
#[derive(Debug, Args)]
pub(crate) struct Update {
    /// Slug or id of the consumer
    #[arg(value_name = "CONSUMER", value_parser = named::consumer)]
    consumer: String,
    #[command(flatten)]
    settings: Settings,
    /// Setting to clear, such as `paths`; may be repeated
    #[arg(long, value_name = "SETTING", value_parser = clearable, help_heading = "Change")]
    clear: Vec<String>,
    /// Revision that the change is meant for [default: the current one]
    #[arg(long, value_name = "NUMBER", help_heading = "Change")]
    revision: Option<u64>,
}

impl Update {
    /// Changes it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let mut members = self.settings.members()?;
        clear(&mut members, &self.clear)?;
        if members.is_empty() {
            return Err(Failure::usage("nothing to change is given")
                .with_remedy("`grantd consumer update --help` shows what can be changed."));
        }
        let client = context.client()?;
        let patched = crate::lifecycle::run_briefly(async {
            let etag = etag(&client, &self.consumer, self.revision).await?;
            let call = Call::new(Method::PATCH, &["consumers", &self.consumer])
                .merge_patch(Value::Object(members))
                .if_match(etag);
            client.send(call).await
        });
        let answer = patched.map_err(|failure| self.settings.in_words(failure))?;
        context.print(&answer.document, shown)
    }
}
