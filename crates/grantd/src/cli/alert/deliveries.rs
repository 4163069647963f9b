//! `grantd alert deliveries`.

use clap::Args;
use http::Method;

use crate::cli::listing::{seconds, text};
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::{Column, rows};

/// List what went to an alert channel, and what is on its way there, newest first
#[derive(Debug, Args)]
pub(crate) struct Deliveries {
    /// Name of the channel
    #[arg(value_name = "NAME", value_parser = named::channel)]
    name: String,
}

const COLUMNS: [Column; 7] = [
    ("WRITTEN", |it| seconds(&it["at"])),
    ("ALERT", |it| text(&it["message"]["data"]["summary"])),
    ("STATE", |it| text(&it["state"]).replace('_', " ")),
    ("ATTEMPTS", |it| text(&it["attempts"])),
    ("LAST", |it| text(&it["last"]["detail"])),
    ("NEXT", |it| seconds(&it["next_at"])),
    ("ID", |it| text(&it["id"])),
];

impl Deliveries {
    /// Lists them.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let path = ["alert_channels", self.name.as_str(), "deliveries"];
        let answer = context.call(Call::new(Method::GET, &path))?;
        context.print(&answer.document, |document| {
            rows(
                &COLUMNS,
                document["items"].as_array().map_or(&[], Vec::as_slice),
            )
        })
    }
}
