//! Lists that come in pages.

use clap::Args;
use serde_json::{Value, json};

use super::Context;
use crate::client::Call;
use crate::failure::Failure;
use crate::output::{self, Column, rows};

/// How much of a list is wanted.
#[derive(Debug, Args)]
pub(super) struct Paging {
    /// Most rows of a page: 1 to 200 [default: 50]
    #[arg(long, value_name = "NUMBER")]
    limit: Option<u32>,
    /// Where to go on: the `next_cursor` of the page before
    #[arg(long, value_name = "CURSOR", conflicts_with = "all")]
    cursor: Option<String>,
    /// All pages
    #[arg(long)]
    all: bool,
}

/// The rows of a page when all are wanted.
const MOST: u32 = 200;

/// Prints a page, or all pages as one.
///
/// # Errors
/// When a request fails, or standard output can not be written.
pub(super) fn print<'a>(
    context: &Context,
    paging: &Paging,
    columns: &[Column],
    call: impl Fn() -> Call<'a>,
) -> Result<(), Failure> {
    let client = context.client()?;
    let limit = if paging.all {
        paging.limit.or(Some(MOST))
    } else {
        paging.limit
    };
    let (items, next) = crate::lifecycle::run_briefly(async {
        let mut items: Vec<Value> = Vec::new();
        let mut cursor = paging.cursor.clone();
        loop {
            let page = call()
                .query("limit", limit)
                .query("cursor", cursor.as_ref());
            let answer = client.send(page).await;
            let mut document = answer.map_err(in_words_of_the_command)?.document;
            let Value::Array(page) = document["items"].take() else {
                return Err(Failure::refused("the answer of grantd holds no list")
                    .with_remedy("Check the URL; something else may answer there."));
            };
            items.extend(page);
            let next = document["next_cursor"].as_str().map(ToOwned::to_owned);
            // a cursor that does not move would ask for ever
            if !paging.all || next.is_none() || next == cursor {
                return Ok((items, next));
            }
            cursor = next;
        }
    })?;
    let document = json!({"items": items, "next_cursor": next});
    context.print(&document, |_| rows(columns, &items))?;
    if let (Some(cursor), output::OutputFormat::Table) = (next, context.output) {
        output::note(&format!(
            "there are more: --all shows them, --cursor {cursor} the next page"
        ));
    }
    Ok(())
}

/// Each parameter of a query has a flag of the same name.
pub(super) fn in_words_of_the_command(mut failure: Failure) -> Failure {
    for (place, _) in failure.fields_mut() {
        if let Some(parameter) = place.strip_prefix('/') {
            *place = format!("--{parameter}");
        }
    }
    failure
}

/// A text, empty if it is none.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A time to the second.
pub(super) fn seconds(value: &Value) -> String {
    let text = text(value);
    match text.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => text,
    }
}

/// Who did something: by name and id, else by kind.
pub(super) fn actor(value: &Value) -> String {
    match (
        value["name"].as_str().or(value["subject"].as_str()),
        value["id"].as_str().or(value["issuer"].as_str()),
    ) {
        (Some(name), Some(id)) => format!("{name} ({id})"),
        (Some(name), None) => name.to_owned(),
        (None, _) => text(&value["kind"]),
    }
}
