//! `grantd source update`.

use clap::Args;
use http::Method;
use serde_json::Value;

use super::settings::{Settings, in_words_of_the_command};
use super::{etag, shown};
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Change a secret source
///
/// What is left out stays; lists are replaced. The secret is expected again where it would go elsewhere.
#[derive(Debug, Args)]
pub(crate) struct Update {
    /// Name of the source
    #[arg(value_name = "NAME", value_parser = named::source)]
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
        let mut members = self.settings.members()?;
        if members.is_empty() {
            return Err(Failure::usage("nothing to change is given")
                .with_remedy("`grantd source update --help` shows what can be changed."));
        }
        let client = context.client()?;
        let patched = crate::lifecycle::run_briefly(async {
            let path = ["sources", self.name.as_str()];
            let before = client.send(Call::new(Method::GET, &path)).await?;
            Settings::fit(&mut members, &before.document["kind"]);
            let etag = etag(before, self.revision)?;
            let call = Call::new(Method::PATCH, &["sources", &self.name])
                .merge_patch(Value::Object(members))
                .if_match(etag);
            client.send(call).await
        });
        let answer = patched.map_err(in_words_of_the_command)?;
        context.print(&answer.document, shown)
    }
}
