//! `grantd credential list`.

use clap::Args;
use http::Method;

use super::health;
use crate::cli::Context;
use crate::cli::listing::{self, Paging, text};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::Column;

/// List the credentials that the key may read
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Part of name, slug or client id
    #[arg(long, value_name = "TEXT")]
    q: Option<String>,
    /// Only enabled ones, or only disabled ones
    #[arg(long, value_name = "true|false")]
    enabled: Option<bool>,
    /// Only those with a secret in this secret source
    #[arg(long, value_name = "SOURCE", value_parser = crate::cli::named::source)]
    source: Option<String>,
    /// Only those with this label, as KEY=VALUE; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    label: Vec<String>,
    /// Order: `name`, `created_at` or `updated_at`; with `-` before it the other way round
    #[arg(long, value_name = "ORDER", allow_hyphen_values = true)]
    sort: Option<String>,
    #[command(flatten)]
    paging: Paging,
}

const COLUMNS: [Column; 6] = [
    ("SLUG", |it| text(&it["slug"])),
    ("NAME", |it| text(&it["name"])),
    ("HEALTH", health::short),
    ("CLIENT ID", |it| text(&it["client_id"])),
    ("TOKEN ENDPOINT", |it| text(&it["token_endpoint"])),
    ("UPDATED", |it| listing::seconds(&it["updated_at"])),
];

impl List {
    /// Lists them.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        listing::print(context, &self.paging, &COLUMNS, || {
            let mut call = Call::new(Method::GET, &["credentials"])
                .query("q", self.q.as_ref())
                .query("enabled", self.enabled)
                .query("sort", self.sort.as_ref());
            call = call.query("source", self.source.as_ref());
            for label in &self.label {
                call = call.query("label", Some(label));
            }
            call
        })
    }
}
