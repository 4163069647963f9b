//! `grantd credential events`.

mod follow;

use clap::Args;
use http::Method;
use serde_json::Value;

use crate::cli::listing::{self, Paging, seconds, text};
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::Column;

/// Show the token requests of a credential and how they ended, newest first
///
/// With --follow, the last ten are shown oldest first, and then new ones as they come, until SIGINT
/// (Ctrl-C); with --output json each is one line.
#[derive(Debug, Args)]
pub(crate) struct Events {
    /// Slug or id of the credential
    #[arg(value_name = "CREDENTIAL", value_parser = named::credential)]
    credential: String,
    /// Go on with new ones as they come
    #[arg(long, conflicts_with_all = ["limit", "cursor", "all"])]
    follow: bool,
    #[command(flatten)]
    paging: Paging,
}

const COLUMNS: [Column; 7] = [
    ("TIME", |it| seconds(&it["at"])),
    ("CAUSE", |it| text(&it["cause"])),
    ("RESULT", result),
    ("TOOK", |it| match it["duration_s"].as_f64() {
        Some(duration) => format!("{:.0} ms", duration * 1000.0),
        None => String::new(),
    }),
    ("LIFETIME", |it| match it["lifetime_s"].as_f64() {
        Some(lifetime) => format!("{lifetime:.0} s"),
        None => String::new(),
    }),
    ("SECRET", |it| match it["secret_version"].as_u64() {
        Some(version) => format!("v{version}"),
        None => String::new(),
    }),
    ("DETAIL", detail),
];

impl Events {
    /// Shows them.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        if self.follow {
            return follow::run(context, &self.credential);
        }
        listing::print(context, &self.paging, &COLUMNS, || {
            Call::new(Method::GET, &["credentials", &self.credential, "events"])
        })
    }
}

fn result(event: &Value) -> String {
    if event["same_token"] == true {
        return format!("{}, unchanged", text(&event["result"]));
    }
    text(&event["result"])
}

fn detail(event: &Value) -> String {
    let mut parts = Vec::new();
    for member in ["detail", "remedy"] {
        parts.extend(event[member].as_str().map(ToOwned::to_owned));
    }
    if event["retry_at"].is_string() {
        parts.push(format!("tried again from {}", seconds(&event["retry_at"])));
    }
    parts.join(" | ")
}
