//! `grantd audit`.

use clap::{Args, Subcommand};
use http::Method;

use super::Context;
use super::listing::{self, Paging, actor, seconds, text};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::Column;

/// Show who did what, newest first
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Audit {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: List,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
}

/// List the entries, newest first
#[derive(Debug, Args)]
struct List {
    /// Only about the thing with this id
    #[arg(long, value_name = "ID")]
    object: Option<String>,
    /// Only of this kind, such as credential.update
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// Only by the user or API key with this id
    #[arg(long, value_name = "ID")]
    actor: Option<String>,
    /// Only from this time on, such as 2027-01-31T09:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only before this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    paging: Paging,
}

const COLUMNS: [Column; 5] = [
    ("TIME", |it| seconds(&it["at"])),
    ("WHO", |it| actor(&it["actor"])),
    ("ACTION", |it| text(&it["action"])),
    ("WHAT", |it| text(&it["object_name"])),
    ("DETAIL", |it| {
        let members = it["detail"].as_object().into_iter().flatten();
        let shown: Vec<String> = members
            .map(|(name, value)| format!("{name}: {}", text(value)))
            .collect();
        shown.join("; ")
    }),
];

impl Audit {
    /// Lists the entries.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let list = match self.command {
            Some(Command::List(list)) => list,
            None => self.list,
        };
        listing::print(context, &list.paging, &COLUMNS, || {
            Call::new(Method::GET, &["audit"])
                .query("object", list.object.as_ref())
                .query("action", list.action.as_ref())
                .query("actor", list.actor.as_ref())
                .query("from", list.from.as_ref())
                .query("until", list.until.as_ref())
        })
    }
}
