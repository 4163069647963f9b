//! `grantd listener tail`: deliveries as they come.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::time::Duration;

use clap::Args;
use http::Method;
use serde_json::Value;

use super::deliveries::COLUMNS;
use crate::cli::{Context, named};
use crate::client::{Call, Client};
use crate::failure::Failure;
use crate::lifecycle::Signals;
use crate::output::{self, OutputFormat};

/// How often it is asked.
const EVERY: Duration = Duration::from_secs(1);

/// How many are shown of those that are there already.
const FIRST: usize = 10;

/// How many are asked for at once.
const PAGE: usize = 200;

/// The widths of the columns, as no line knows of the next ones.
const WIDTHS: [usize; 5] = [20, 8, 9, 28, 40];

/// Show deliveries as they come, until SIGINT (Ctrl-C)
///
/// The last ten are shown first. With --output json each is one line.
#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// Slug or id of the listener
    #[arg(value_name = "LISTENER", value_parser = named::listener)]
    listener: String,
}

impl Tail {
    /// Shows them.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let client = context.client()?;
        crate::lifecycle::run_briefly(async {
            let mut signals = Signals::new()?;
            tokio::select! {
                ended = follow(context, &client, &self.listener) => ended,
                () = signals.next() => Ok(()),
            }
        })
    }
}

async fn follow(context: &Context, client: &Client, listener: &str) -> Result<(), Failure> {
    let mut seen = HashSet::new();
    let mut is_first = true;
    loop {
        let call = Call::new(Method::GET, &["listeners", listener, "deliveries"])
            .query("limit", Some(PAGE));
        match client.try_send(call).await {
            Ok(answer) => {
                let items = answer.document["items"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default();
                // newest first, and the order in which they are shown is the other way round
                let mut new: Vec<&Value> = items
                    .iter()
                    .filter(|it| seen.insert(format!("{} {}", it["key"], it["at"])))
                    .collect();
                if is_first {
                    new.truncate(FIRST);
                    if context.output == OutputFormat::Table {
                        output::print(&format!("{}\n", head()))?;
                    }
                }
                new.reverse();
                for delivery in new {
                    output::print(&line(context, delivery))?;
                }
                is_first = false;
            }
            // it is waited for, once it was there
            Err(fault) if fault.may_pass && !is_first => {}
            Err(fault) => return Err(fault.failure),
        }
        tokio::time::sleep(EVERY).await;
    }
}

fn head() -> String {
    let names = COLUMNS.iter().map(|(name, _)| (*name).to_owned());
    padded(names.collect())
}

fn line(context: &Context, delivery: &Value) -> String {
    if context.output == OutputFormat::Json {
        return format!("{delivery}\n");
    }
    let cells = COLUMNS
        .iter()
        .map(|(_, cell)| crate::failure::one_line(&cell(delivery)));
    format!("{}\n", padded(cells.collect()))
}

fn padded(cells: Vec<String>) -> String {
    let mut line = String::new();
    for (place, cell) in cells.into_iter().enumerate() {
        match WIDTHS.get(place) {
            Some(width) => {
                let mut shown: String = cell.chars().take(*width).collect();
                if cell.chars().count() > *width {
                    // what is cut off is not taken for the whole
                    shown.pop();
                    shown.push('…');
                }
                _ = write!(line, "{shown:width$}  ");
            }
            None => line.push_str(&cell),
        }
    }
    line
}
