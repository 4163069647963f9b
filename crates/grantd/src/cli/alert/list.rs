//! `grantd alert list`.

use clap::Args;
use http::Method;

use super::standing;
use crate::cli::Context;
use crate::cli::listing::{seconds, text};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::{Column, rows};

/// List the alert channels by name, and how they fare
#[derive(Debug, Args)]
pub(crate) struct List;

const COLUMNS: [Column; 5] = [
    ("NAME", |it| text(&it["name"])),
    ("KIND", |it| text(&it["kind"])),
    ("STATE", standing),
    ("LAST TRIED", |it| seconds(&it["last"]["at"])),
    ("WAITING", |it| text(&it["waiting"])),
];

impl List {
    /// Lists them.
    pub(super) fn run(context: &Context) -> Result<(), Failure> {
        let answer = context.call(Call::new(Method::GET, &["alert_channels"]))?;
        context.print(&answer.document, |document| {
            rows(
                &COLUMNS,
                document["items"].as_array().map_or(&[], Vec::as_slice),
            )
        })
    }
}
