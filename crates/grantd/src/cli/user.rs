//! `grantd user`.

mod create;
mod delete;
mod enable;
mod link;
mod list;
mod remove_factor;
mod setup;
mod show;
mod update;

use clap::Subcommand;
use serde_json::Value;

use super::Context;
use super::listing::{actor, seconds, text};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::{self, OutputFormat, record};

/// Make, list and change the people who sign in at the console
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    Setup(setup::Setup),
    Create(create::Create),
    List(list::List),
    Show(show::Show),
    Update(update::Update),
    Enable(enable::Enable),
    Disable(enable::Disable),
    Link(link::Link),
    RemoveFactor(remove_factor::RemoveFactor),
    Delete(delete::Delete),
}

impl User {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Setup(setup) => setup.run(context),
            Self::Create(create) => create.run(context),
            Self::List(list) => list.run(context),
            Self::Show(show) => show.run(context),
            Self::Update(update) => update.run(context),
            Self::Enable(enable) => enable.run(context),
            Self::Disable(disable) => disable.run(context),
            Self::Link(link) => link.run(context),
            Self::RemoveFactor(remove) => remove.run(context),
            Self::Delete(delete) => delete.run(context),
        }
    }
}

/// The names of roles.
const ROLES: [&str; 3] = ["admin", "editor", "viewer"];

/// The members of a user in the order in which people look for them.
const ORDER: [&str; 11] = [
    "link",
    "link_expires_at",
    "id",
    "name",
    "role",
    "enabled",
    "has_password",
    "has_second_factor",
    "signed_in_at",
    "created_at",
    "created_by",
];

/// The user as people read one.
fn shown(user: &Value) -> String {
    let mut user = user.clone();
    for time in ["link_expires_at", "signed_in_at", "created_at"] {
        if user[time].is_string() {
            user[time] = seconds(&user[time]).into();
        }
    }
    if user["created_by"].is_object() {
        user["created_by"] = actor(&user["created_by"]).into();
    }
    record(&user, &ORDER)
}

/// How a user stands.
fn state(user: &Value) -> String {
    let word = match (
        user["enabled"].as_bool(),
        user["has_password"].as_bool(),
        user["has_second_factor"].as_bool(),
    ) {
        (Some(false), ..) => "disabled",
        (_, Some(false), _) => "has no password yet",
        (.., Some(true)) => "password and second factor",
        _ => "password",
    };
    word.to_owned()
}

/// Sends what makes a link, and prints it: it is shown this once.
fn print_link(context: &Context, call: Call<'_>, whose: &str) -> Result<(), Failure> {
    if output::goes_nowhere() {
        return Err(Failure::refused(
            "standard output is closed or the null device, and the link is shown this once",
        ));
    }
    let answer = context.call(call)?;
    if !answer.document["link"].is_string() {
        return Err(Failure::refused("the answer of grantd holds no link"));
    }
    output::print_whole(context.laid_out(&answer.document, shown).as_bytes())?;
    if context.output == OutputFormat::Table {
        output::note(&format!(
            "the link is shown this once; {whose} opens it in a browser before {}",
            text(&answer.document["link_expires_at"])
        ));
    }
    Ok(())
}
