//! `grantd listener letters`.

use clap::Args;
use http::Method;
use serde_json::Value;

use crate::cli::listing::{seconds, text};
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::{Column, rows};

/// Show the mails that an email listener could not deliver so far
#[derive(Debug, Args)]
pub(crate) struct Letters {
    /// Slug or id of the listener
    #[arg(value_name = "LISTENER", value_parser = named::listener)]
    listener: String,
    /// Only those that were given up
    #[arg(long)]
    given_up: bool,
}

const COLUMNS: [Column; 7] = [
    ("LAST TRIED", |it| seconds(&it["last_at"])),
    ("ATTEMPTS", |it| text(&it["attempts"])),
    ("NEXT", next),
    ("FROM", |it| text(&it["sender"])),
    ("SUBJECT", |it| text(&it["subject"])),
    ("WHY", |it| text(&it["detail"])),
    ("KEY", |it| text(&it["key"])),
];

fn next(letter: &Value) -> String {
    match letter["due_at"].as_str() {
        Some(_) => seconds(&letter["due_at"]),
        None => "given up".to_owned(),
    }
}

impl Letters {
    /// Shows them.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let call = Call::new(Method::GET, &["listeners", &self.listener, "letters"])
            .query("given_up", self.given_up.then_some(true));
        let answer = context.call(call)?;
        context.print(&answer.document, |document| {
            let items = document["items"].as_array().cloned().unwrap_or_default();
            rows(&COLUMNS, &items)
        })
    }
}
