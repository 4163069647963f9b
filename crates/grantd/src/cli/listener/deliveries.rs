//! `grantd listener deliveries`.

use clap::Args;
use http::Method;

use crate::cli::listing::{self, Paging, seconds, text};
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::Column;

/// Show what an email listener delivered, newest first
#[derive(Debug, Args)]
pub(crate) struct Deliveries {
    /// Slug or id of the listener
    #[arg(value_name = "LISTENER", value_parser = named::listener)]
    listener: String,
    #[command(flatten)]
    paging: Paging,
}

/// What is told of a delivery.
pub(super) const COLUMNS: [Column; 6] = [
    ("DELIVERED", |it| seconds(&it["at"])),
    ("TOOK", |it| match it["took_s"].as_f64() {
        Some(took) => format!("{:.0} ms", took * 1000.0),
        None => String::new(),
    }),
    ("BYTES", |it| text(&it["size"])),
    ("FROM", |it| text(&it["sender"])),
    ("SUBJECT", |it| text(&it["subject"])),
    ("KEY", |it| text(&it["key"])),
];

impl Deliveries {
    /// Shows them.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        listing::print(context, &self.paging, &COLUMNS, || {
            Call::new(Method::GET, &["listeners", &self.listener, "deliveries"])
        })
    }
}
