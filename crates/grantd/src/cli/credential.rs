//! `grantd credential`.

mod add;
mod delete;
mod draft;
pub(super) mod draft_file;
mod drop_tokens;
mod enable;
mod events;
mod field_names;
mod flags;
mod health;
mod list;
pub(super) mod pairs;
mod patch;
pub(super) mod people;
mod promote;
mod renew;
mod rotate;
mod secret;
mod show;
mod update;
mod usage;
mod validate;

use clap::Subcommand;
use http::Method;
use serde_json::Value;

use super::Context;
use crate::client::{Answer, Call, Client};
use crate::failure::Failure;
use crate::output::{self, record};

/// Add, validate, list, show, change and delete credentials
#[derive(Debug, Subcommand)]
pub(crate) enum Credential {
    Add(Box<add::Add>),
    List(list::List),
    Show(show::Show),
    Update(Box<update::Update>),
    Validate(Box<validate::Validate>),
    Rotate(rotate::Rotate),
    Promote(promote::Promote),
    Renew(renew::Renew),
    DropTokens(drop_tokens::DropTokens),
    Events(events::Events),
    Usage(usage::Usage),
    Delete(delete::Delete),
    /// Have tokens given out again
    Enable(enable::Enable),
    /// Have no tokens given out
    Disable(enable::Enable),
}

impl Credential {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(context),
            Self::List(list) => list.run(context),
            Self::Show(show) => show.run(context),
            Self::Update(update) => update.run(context),
            Self::Validate(validate) => validate.run(context),
            Self::Rotate(rotate) => rotate.run(context),
            Self::Promote(promote) => promote.run(context),
            Self::Renew(renew) => renew.run(context),
            Self::DropTokens(drop_tokens) => drop_tokens.run(context),
            Self::Events(events) => events.run(context),
            Self::Usage(usage) => usage.run(context),
            Self::Delete(delete) => delete.run(context),
            Self::Enable(enable) => enable.run(context, "enable"),
            Self::Disable(disable) => disable.run(context, "disable"),
        }
    }
}

/// The members of a credential in the order in which people look for them.
const ORDER: [&str; 34] = [
    "name",
    "slug",
    "id",
    "enabled",
    "health",
    "description",
    "owner",
    "labels",
    "provider",
    "client_id",
    "secret_source",
    "client_secret_reference",
    "secrets",
    "secret_expires_at",
    "token_endpoint",
    "scope",
    "no_scope",
    "token_endpoint_auth_method",
    "basic_encoding",
    "audience",
    "resources",
    "parameters",
    "headers",
    "connect_timeout_s",
    "request_timeout_s",
    "ca_bundle",
    "egress_proxy",
    "bound_hosts",
    "allowed_mailboxes",
    "revision",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
];

/// Prints a credential, and what should be known of it beside.
fn print(context: &Context, document: &Value) -> Result<(), Failure> {
    context.print(document, |document| record(&people::view(document), &ORDER))?;
    for notice in document["notices"].as_array().into_iter().flatten() {
        let pointer = notice["pointer"].as_str().unwrap_or_default();
        let detail = notice["detail"].as_str().unwrap_or_default();
        let field = field_names::flag(pointer).unwrap_or(pointer);
        output::note(&format!("{field}: {detail}"));
    }
    Ok(())
}

/// The revision to change: the one that is named, else the current one.
async fn etag(client: &Client, credential: &str, named: Option<u64>) -> Result<String, Failure> {
    if let Some(revision) = named {
        return Ok(format!("\"r{revision}\""));
    }
    let path = ["credentials", credential];
    let Answer { etag, .. } = client.send(Call::new(Method::GET, &path)).await?;
    etag.ok_or_else(|| Failure::refused("the answer of grantd holds no ETag"))
}
