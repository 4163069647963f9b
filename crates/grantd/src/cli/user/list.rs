//! `grantd user list`.

use clap::Args;
use http::Method;

use super::state;
use crate::cli::Context;
use crate::cli::listing::{self, Paging, seconds, text};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::Column;

/// List users by name
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    paging: Paging,
}

const COLUMNS: [Column; 5] = [
    ("NAME", |it| text(&it["name"])),
    ("ROLE", |it| text(&it["role"])),
    ("STATE", state),
    ("SIGNED IN", |it| seconds(&it["signed_in_at"])),
    ("ID", |it| text(&it["id"])),
];

impl List {
    /// Lists them.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        listing::print(context, &self.paging, &COLUMNS, || {
            Call::new(Method::GET, &["users"])
        })
    }
}
