//! `grantd audit list`.

use clap::Args;
use http::Method;

use crate::cli::Context;
use crate::cli::listing::{self, Paging, actor, seconds, text};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::Column;

/// List the entries, newest first
#[derive(Debug, Args)]
pub(crate) struct List {
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

impl List {
    /// Lists the entries.
    pub(super) fn run(&self, context: &Context) -> Result<(), Failure> {
        listing::print(context, &self.paging, &COLUMNS, || {
            Call::new(Method::GET, &["audit"])
                .query("object", self.object.as_ref())
                .query("action", self.action.as_ref())
                .query("actor", self.actor.as_ref())
                .query("from", self.from.as_ref())
                .query("until", self.until.as_ref())
        })
    }
}
