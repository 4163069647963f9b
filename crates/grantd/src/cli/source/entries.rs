//! `grantd source entries`.

use clap::Args;
use http::Method;

use crate::cli::listing::text;
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// List what a secret source holds, as far as it may serve that: names, never values
#[derive(Debug, Args)]
pub(crate) struct Entries {
    /// Name of the source
    #[arg(value_name = "NAME", value_parser = named::source)]
    name: String,
    /// Path of a folder in it [default: the top]
    #[arg(value_name = "PATH")]
    below: Option<String>,
}

impl Entries {
    /// Lists them.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let call = Call::new(Method::GET, &["sources", &self.name, "entries"])
            .query("below", self.below.as_ref());
        let answer = context.call(call)?;
        context.print(&answer.document, |document| {
            let items = document["items"].as_array().into_iter().flatten();
            let names = items.map(|it| {
                let end = if it["folder"] == true { "/" } else { "" };
                format!("{}{end}\n", text(&it["name"]))
            });
            names.collect()
        })
    }
}
