//! `grantd key list`.

use clap::Args;
use http::Method;

use super::{grants, state};
use crate::cli::Context;
use crate::cli::listing::{self, Paging, seconds, text};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::Column;

/// List API keys, newest first
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    paging: Paging,
}

const COLUMNS: [Column; 5] = [
    ("ID", |it| text(&it["id"])),
    ("NAME", |it| text(&it["name"])),
    ("STATE", state),
    ("GRANTS", grants),
    ("CREATED", |it| seconds(&it["created_at"])),
];

impl List {
    /// Lists them.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        listing::print(context, &self.paging, &COLUMNS, || {
            Call::new(Method::GET, &["keys"])
        })
    }
}
