//! `grantd source`.

use clap::Subcommand;
use http::Method;

use super::Context;
use super::listing::text;
use crate::client::Call;
use crate::failure::Failure;
use crate::output::{Column, rows};

/// Show the secret sources that the configuration declares
#[derive(Debug, Subcommand)]
pub(crate) enum Source {
    /// List the secret sources by name
    List,
}

const COLUMNS: [Column; 2] = [
    ("NAME", |it| text(&it["name"])),
    ("KIND", |it| text(&it["kind"])),
];

impl Source {
    /// Lists them.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let Self::List = self;
        let answer = context.call(Call::new(Method::GET, &["sources"]))?;
        context.print(&answer.document, |document| {
            rows(
                &COLUMNS,
                document["items"].as_array().map_or(&[], Vec::as_slice),
            )
        })
    }
}
