//! `grantd listener update`.

use clap::Args;
use http::Method;
use serde_json::Value;

use super::clear::{clear, clearable};
use super::settings::{Settings, in_words_of_the_command};
use super::{etag, shown};
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Change an email listener
///
/// What is left out stays; conditions are replaced. On another mailbox or folder it begins anew.
#[derive(Debug, Args)]
pub(crate) struct Update {
    /// Slug or id of the listener
    #[arg(value_name = "LISTENER", value_parser = named::listener)]
    listener: String,
    #[command(flatten)]
    settings: Settings,
    /// Setting to clear, such as `category`; may be repeated
    #[arg(long, value_name = "SETTING", value_parser = clearable)]
    clear: Vec<String>,
    /// Revision that the change is meant for [default: the current one]
    #[arg(long, value_name = "NUMBER")]
    revision: Option<u64>,
}

impl Update {
    /// Changes it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let mut members = self.settings.members()?;
        clear(&mut members, &self.clear)?;
        if members.is_empty() {
            return Err(Failure::usage("nothing to change is given")
                .with_remedy("`grantd listener update --help` shows what can be changed."));
        }
        let client = context.client()?;
        let patched = crate::lifecycle::run_briefly(async {
            let etag = etag(&client, &self.listener, self.revision).await?;
            let call = Call::new(Method::PATCH, &["listeners", &self.listener])
                .merge_patch(Value::Object(members))
                .if_match(etag);
            client.send(call).await
        });
        let answer = patched.map_err(in_words_of_the_command)?;
        context.print(&answer.document, shown)
    }
}
