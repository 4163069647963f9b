//! `grantd alert deliver`.

use clap::Args;
use http::Method;

use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;
use crate::output;

/// Have an alert delivered again at once, under the same id
#[derive(Debug, Args)]
pub(crate) struct Deliver {
    /// Name of the channel
    #[arg(value_name = "NAME", value_parser = named::channel)]
    name: String,
    /// Id of the alert, as `grantd alert deliveries` shows it
    #[arg(value_name = "ID")]
    id: String,
}

impl Deliver {
    /// Asks for it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let path = [
            "alert_channels",
            &self.name,
            "deliveries",
            &self.id,
            "deliver",
        ];
        context.call(Call::new(Method::POST, &path))?;
        output::note("the alert will be delivered; `grantd alert deliveries` shows when it is");
        Ok(())
    }
}
