//! `grantd consumer list`.

use clap::Args;
use http::Method;

use super::standing;
use crate::cli::Context;
use crate::cli::listing::{self, Paging, seconds, text};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::Column;

/// List the HTTP consumers that the key may read
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Part of name, slug or base URL
    #[arg(long, value_name = "TEXT")]
    q: Option<String>,
    /// Only those that use this credential
    #[arg(long, value_name = "CREDENTIAL")]
    credential: Option<String>,
    #[command(flatten)]
    paging: Paging,
}

const COLUMNS: [Column; 6] = [
    ("SLUG", |it| text(&it["slug"])),
    ("NAME", |it| text(&it["name"])),
    ("STATE", standing),
    ("BASE URL", |it| text(&it["base_url"])),
    ("CALLERS", |it| text(&it["callers"]).replace('_', " ")),
    ("UPDATED", |it| seconds(&it["updated_at"])),
];

impl List {
    /// Lists them.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        listing::print(context, &self.paging, &COLUMNS, || {
            Call::new(Method::GET, &["consumers"])
                .query("q", self.q.as_ref())
                .query("credential", self.credential.as_ref())
        })
    }
}
