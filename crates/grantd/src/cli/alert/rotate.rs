//! `grantd alert rotate`.

use clap::Args;
use http::Method;

use super::{etag, shown};
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Make a new signing secret for a webhook, which is shown once
///
/// For 24 hours messages are signed with the one before as well. A secret of your own is set by `grantd alert
/// update --secret-file`.
#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// Name of the channel
    #[arg(value_name = "NAME", value_parser = named::channel)]
    name: String,
    /// Revision that is meant [default: the current one]
    #[arg(long, value_name = "NUMBER")]
    revision: Option<u64>,
}

impl Rotate {
    /// Makes it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let client = context.client()?;
        let answer = crate::lifecycle::run_briefly(async {
            let path = ["alert_channels", self.name.as_str()];
            let before = client.send(Call::new(Method::GET, &path)).await?;
            let etag = etag(before, self.revision)?;
            let path = [path[0], path[1], "signing_secrets"];
            client
                .send(Call::new(Method::POST, &path).if_match(etag))
                .await
        })?;
        context.print(&answer.document, shown)
    }
}
