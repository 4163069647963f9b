//! `grantd listener`.

mod add;
mod clear;
mod delete;
mod deliver;
mod deliveries;
mod letters;
mod list;
mod pause;
mod settings;
mod show;
mod tail;
mod test;
mod update;

use clap::Subcommand;
use serde_json::Value;

use super::Context;
use super::listing::{actor, seconds, text};
use crate::client::{Answer, Call, Client};
use crate::failure::Failure;
use crate::output::record;

/// Deliver mail from mailboxes: add, watch and change email listeners
#[derive(Debug, Subcommand)]
pub(crate) enum Listener {
    Add(Box<add::Add>),
    Test(Box<test::Test>),
    List(list::List),
    Show(show::Show),
    Update(Box<update::Update>),
    Pause(pause::Pause),
    Resume(pause::Resume),
    Tail(tail::Tail),
    Deliveries(deliveries::Deliveries),
    Letters(letters::Letters),
    Deliver(deliver::Deliver),
    Discard(deliver::Discard),
    Delete(delete::Delete),
}

impl Listener {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(context),
            Self::Test(test) => test.run(context),
            Self::List(list) => list.run(context),
            Self::Show(show) => show.run(context),
            Self::Update(update) => update.run(context),
            Self::Pause(pause) => pause.run(context),
            Self::Resume(resume) => resume.run(context),
            Self::Tail(tail) => tail.run(context),
            Self::Deliveries(deliveries) => deliveries.run(context),
            Self::Letters(letters) => letters.run(context),
            Self::Deliver(deliver) => deliver.run(context),
            Self::Discard(discard) => discard.run(context),
            Self::Delete(delete) => delete.run(context),
        }
    }
}

/// The members of a listener in the order in which people look for them.
const ORDER: [&str; 21] = [
    "id",
    "slug",
    "name",
    "description",
    "labels",
    "state",
    "problem",
    "remedy",
    "next_look_at",
    "looked_at",
    "delivered_at",
    "lag",
    "waiting",
    "not_done",
    "credential",
    "mailbox",
    "folder",
    "delivery",
    "afterwards",
    "paused",
    "revision",
];

/// How a listener fares, in a word.
fn standing(listener: &Value) -> String {
    let state = &listener["state"];
    let word = text(&state["standing"]).replace('_', " ");
    match state["failing"]["class"].as_str() {
        Some(class) if word == "failing" => format!("{word}: {class}"),
        _ => word,
    }
}

/// The listener as people read one.
fn shown(listener: &Value) -> String {
    let mut shown = listener.clone();
    let state = listener["state"].clone();
    shown["state"] = standing(listener).into();
    let failing = &state["failing"];
    if failing.is_object() {
        let since = seconds(&failing["since"]);
        shown["problem"] = format!("{} (since {since})", text(&failing["detail"])).into();
        shown["remedy"] = failing["remedy"].clone();
    }
    if let Some(lag) = state["lag_s"].as_f64() {
        shown["lag"] = format!("{lag:.1} s").into();
    }
    shown["not_done"] = state["action_fault"].clone();
    for time in ["looked_at", "delivered_at", "next_look_at"] {
        if state[time].is_string() {
            shown[time] = seconds(&state[time]).into();
        }
    }
    let waiting: Vec<String> = [
        ("retrying", "to be tried again"),
        ("given_up", "given up"),
        ("actions_waiting", "still to be dealt with"),
    ]
    .iter()
    .filter_map(|(name, words)| match state[*name].as_u64() {
        Some(count) if count > 0 => Some(format!("{count} {words}")),
        _ => None,
    })
    .collect();
    if !waiting.is_empty() {
        shown["waiting"] = waiting.join(", ").into();
    }
    for time in ["created_at", "updated_at"] {
        shown[time] = seconds(&listener[time]).into();
    }
    for who in ["created_by", "updated_by"] {
        shown[who] = actor(&listener[who]).into();
    }
    record(&shown, &ORDER)
}

/// The `ETag` of the revision that is meant: the one that was named, else the current one.
async fn etag(client: &Client, listener: &str, named: Option<u64>) -> Result<String, Failure> {
    if let Some(revision) = named {
        return Ok(format!("\"r{revision}\""));
    }
    let path = ["listeners", listener];
    let Answer { etag, .. } = client.send(Call::new(http::Method::GET, &path)).await?;
    etag.ok_or_else(|| Failure::refused("the answer of grantd holds no ETag"))
}
