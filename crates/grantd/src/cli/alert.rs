//! `grantd alert`.

mod add;
mod delete;
mod deliver;
mod deliveries;
mod list;
mod rotate;
mod settings;
mod show;
mod test;
mod update;

use clap::Subcommand;
use serde_json::Value;

use super::Context;
use super::listing::{actor, seconds, text};
use crate::client::Answer;
use crate::failure::Failure;
use crate::output::record;

/// Add, try, list and change the channels that alerts go to, and see what went there
#[derive(Debug, Subcommand)]
pub(crate) enum Alert {
    Add(Box<add::Add>),
    Test(test::Test),
    List(list::List),
    Show(show::Show),
    Deliveries(deliveries::Deliveries),
    Deliver(deliver::Deliver),
    Update(Box<update::Update>),
    Rotate(rotate::Rotate),
    Delete(delete::Delete),
}

impl Alert {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(context),
            Self::Test(test) => test.run(context),
            Self::List(_) => list::List::run(context),
            Self::Show(show) => show.run(context),
            Self::Deliveries(deliveries) => deliveries.run(context),
            Self::Deliver(deliver) => deliver.run(context),
            Self::Update(update) => update.run(context),
            Self::Rotate(rotate) => rotate.run(context),
            Self::Delete(delete) => delete.run(context),
        }
    }
}

/// The members of a channel in the order in which people look for them.
const ORDER: [&str; 15] = [
    "name",
    "id",
    "kind",
    "description",
    "state",
    "last",
    "waiting",
    "webhook",
    "email",
    "chat",
    "events",
    "objects",
    "labels",
    "secret",
    "signing_secret",
];

/// How a channel fares, in a word.
fn standing(channel: &Value) -> String {
    let word = text(&channel["standing"]);
    match channel["last"]["class"].as_str() {
        Some(class) if word == "failing" => format!("{word}: {}", class.replace('_', " ")),
        _ => word,
    }
}

/// The channel as people read one.
fn shown(channel: &Value) -> String {
    let mut shown = Value::Null;
    for name in [
        "name",
        "id",
        "kind",
        "waiting",
        "revision",
        "signing_secret",
    ] {
        shown[name] = channel[name].clone();
    }
    shown["state"] = standing(channel).into();
    let last = &channel["last"];
    if last.is_object() {
        shown["last"] = format!("{} ({})", text(&last["detail"]), seconds(&last["at"])).into();
    }
    let settings = &channel["settings"];
    for name in [
        "description",
        "webhook",
        "email",
        "chat",
        "events",
        "objects",
    ] {
        shown[name] = settings[name].clone();
    }
    if settings["labels"]
        .as_object()
        .is_some_and(|it| !it.is_empty())
    {
        shown["labels"] = settings["labels"].clone();
    }
    let secret = &channel["secret"];
    if secret.is_object() {
        let set = format!(
            "{} by {}",
            seconds(&secret["set_at"]),
            actor(&secret["set_by"])
        );
        shown["secret"] = format!("version {}, set {set}", secret["version"]).into();
    }
    record(&shown, &ORDER)
}

/// The revision to change: the one that is named, else the current one.
fn etag(before: Answer, named: Option<u64>) -> Result<String, Failure> {
    if let Some(revision) = named {
        return Ok(format!("\"r{revision}\""));
    }
    let etag = before.etag;
    etag.ok_or_else(|| Failure::refused("the answer of grantd holds no ETag"))
}
