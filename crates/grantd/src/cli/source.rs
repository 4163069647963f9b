//! `grantd source`.

mod add;
mod check;
mod delete;
mod entries;
mod list;
mod settings;
mod show;
mod test;
mod update;

use clap::Subcommand;
use serde_json::{Value, json};

use super::Context;
use super::listing::{actor, seconds, text};
use crate::client::Answer;
use crate::failure::Failure;
use crate::output::record;

/// Add, try, list and change the secret sources that external secrets are read from
#[derive(Debug, Subcommand)]
pub(crate) enum Source {
    Add(Box<add::Add>),
    Test(Box<test::Test>),
    List(list::List),
    Show(show::Show),
    Entries(entries::Entries),
    Check(check::Check),
    Update(Box<update::Update>),
    Delete(delete::Delete),
}

impl Source {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(context),
            Self::Test(test) => test.run(context),
            Self::List(_) => list::List::run(context),
            Self::Show(show) => show.run(context),
            Self::Entries(entries) => entries.run(context),
            Self::Check(check) => check.run(context),
            Self::Update(update) => update.run(context),
            Self::Delete(delete) => delete.run(context),
        }
    }
}

/// The members of a source in the order in which people look for them.
const ORDER: [&str; 22] = [
    "name",
    "id",
    "kind",
    "declared",
    "description",
    "state",
    "problem",
    "remedy",
    "last_fault",
    "answered_at",
    "read_at",
    "last_version",
    "reads",
    "kept",
    "vault",
    "https",
    "secret",
    "paths",
    "origins",
    "cache",
    "needed_by",
    "revision",
];

/// How a source fares, in a word.
fn standing(source: &Value) -> String {
    // a list tells it at once, one source within its health
    let health = match &source["health"] {
        Value::Null => source,
        health => health,
    };
    let word = text(&health["standing"]);
    let class = health["fault"].as_str();
    match class.or_else(|| health["last_fault"]["class"].as_str()) {
        Some(class) if matches!(word.as_str(), "failing" | "stale") => format!("{word}: {class}"),
        _ => word,
    }
}

/// The source as people read one.
fn shown(source: &Value) -> String {
    let mut shown = Value::Null;
    for name in [
        "name",
        "id",
        "kind",
        "declared",
        "paths",
        "origins",
        "needed_by",
        "revision",
    ] {
        shown[name] = source[name].clone();
    }
    let health = source["health"].clone();
    let settings = source["settings"].clone();
    shown["state"] = standing(source).into();
    let fault = &health["last_fault"];
    if fault.is_object() {
        let told = format!("{} ({})", text(&fault["detail"]), seconds(&fault["at"]));
        if health["standing"] == "working" {
            shown["last_fault"] = told.into();
        } else {
            shown["problem"] = told.into();
            shown["remedy"] = fault["remedy"].clone();
        }
    }
    for name in ["answered_at", "read_at"] {
        shown[name] = seconds(&health[name]).into();
    }
    for name in ["last_version", "reads", "kept"] {
        shown[name] = health[name].clone();
    }
    for name in ["description", "vault", "https"] {
        shown[name] = settings[name].clone();
    }
    if settings.is_object() {
        shown["cache"] = format!(
            "fresh for {} s, then up to {} s while it can not be asked, at most {} reads in a second",
            settings["fresh_s"], settings["stale_s"], settings["reads_per_second"]
        )
        .into();
    }
    let secret = &source["secret"];
    if secret.is_object() {
        let place = match &secret["reference"] {
            Value::Null => "sealed here".to_owned(),
            reference => format!(
                "in {}, {}",
                text(&reference["source"]),
                text(&reference["path"])
            ),
        };
        let set = format!(
            "{} by {}",
            seconds(&secret["set_at"]),
            actor(&secret["set_by"])
        );
        shown["secret"] = format!("version {}, {place}, set {set}", secret["version"]).into();
    }
    if shown["vault"]["ca_bundle"].is_string() {
        shown["vault"]["ca_bundle"] = json!("set");
    }
    if shown["https"]["ca_bundle"].is_string() {
        shown["https"]["ca_bundle"] = json!("set");
    }
    record(&shown, &ORDER)
}

/// How a test went, as lines.
fn report(test: &Value) -> String {
    let took = format!("{:.3} s", test["took_s"].as_f64().unwrap_or_default());
    let found = &test["found"];
    match (test["ok"].as_bool(), found.is_object()) {
        (Some(true), true) => {
            let version = match &found["version"] {
                Value::Null => String::new(),
                version => format!(", version {}", text(version)),
            };
            let changed = match &found["changed_at"] {
                Value::Null => String::new(),
                at => format!(", changed {}", seconds(at)),
            };
            let end = if found["ends_with_line_end"] == true {
                "\nIt ends with a line end, which is sent as a part of it."
            } else {
                ""
            };
            format!("found{version}{changed} ({took}){end}\n")
        }
        (Some(true), false) => format!("the source lets grantd in ({took})\n"),
        _ => format!(
            "{} ({took}): {}\n  {}\n",
            text(&test["class"]).replace('_', " "),
            text(&test["detail"]),
            text(&test["remedy"])
        ),
    }
}

/// What ends a test that did not go well.
fn outcome(test: &Value) -> Result<(), Failure> {
    if test["ok"] == true {
        Ok(())
    } else {
        Err(Failure::refused("the test did not go well"))
    }
}

/// The revision to change: the one that is named, else the current one.
fn etag(before: Answer, named: Option<u64>) -> Result<String, Failure> {
    if let Some(revision) = named {
        return Ok(format!("\"r{revision}\""));
    }
    let etag = before.etag;
    etag.ok_or_else(|| Failure::refused("the answer of grantd holds no ETag"))
}
