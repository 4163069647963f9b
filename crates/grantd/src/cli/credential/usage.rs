//! `grantd credential usage`.

use clap::Args;
use http::Method;

use crate::cli::listing::{actor, in_words_of_the_command, seconds, text};
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::{self, Column, rows};

/// Show how often tokens were handed out, by minute and actor, oldest first
///
/// Up to ten seconds ago.
#[derive(Debug, Args)]
pub(crate) struct Usage {
    /// Slug or id of the credential
    #[arg(value_name = "CREDENTIAL", value_parser = named::credential)]
    credential: String,
    /// From this time on, such as 2027-01-31T09:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

const COLUMNS: [Column; 4] = [
    ("MINUTE", |it| seconds(&it["minute"])),
    ("WHO", |it| actor(&it["actor"])),
    ("RESULT", |it| text(&it["result"]).replace('_', " ")),
    ("COUNT", |it| text(&it["count"])),
];

/// The most rows that the API gives.
const MOST: usize = 10_000;

impl Usage {
    /// Shows it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let path = ["credentials", &self.credential, "usage"];
        let call = Call::new(Method::GET, &path)
            .query("from", self.from.as_ref())
            .query("until", self.until.as_ref());
        let document = context
            .call(call)
            .map_err(in_words_of_the_command)?
            .document;
        let Some(items) = document["items"].as_array() else {
            return Err(Failure::refused("the answer of grantd holds no list"));
        };
        context.print(&document, |_| rows(&COLUMNS, items))?;
        if items.len() >= MOST {
            output::note(&format!(
                "these are the first {MOST} rows; --from and --until show others"
            ));
        }
        Ok(())
    }
}
