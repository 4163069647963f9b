//! `grantd source list`.

use clap::Args;
use http::Method;

use super::standing;
use crate::cli::Context;
use crate::cli::listing::{seconds, text};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::{Column, rows};

/// List the secret sources by name, and how they fare
#[derive(Debug, Args)]
pub(crate) struct List;

const COLUMNS: [Column; 5] = [
    ("NAME", |it| text(&it["name"])),
    ("KIND", |it| text(&it["kind"])),
    ("STATE", standing),
    ("LAST READ", |it| seconds(&it["read_at"])),
    ("FROM", |it| {
        let declared = it["declared"] == true;
        let from = if declared { "configuration" } else { "added" };
        from.to_owned()
    }),
];

impl List {
    /// Lists them.
    pub(super) fn run(context: &Context) -> Result<(), Failure> {
        let answer = context.call(Call::new(Method::GET, &["sources"]))?;
        context.print(&answer.document, |document| {
            rows(
                &COLUMNS,
                document["items"].as_array().map_or(&[], Vec::as_slice),
            )
        })
    }
}
