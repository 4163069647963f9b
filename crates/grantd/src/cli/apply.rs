//! `grantd apply`.

use clap::Args;
use http::Method;
use serde_json::Value;

use super::document::{DocumentFlags, told};
use super::{Context, plan, terminal};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::{self, OutputFormat};

/// Make everything as a document says, all of it or nothing
///
/// What would be done is shown first, as by `grantd plan`, and done when it is confirmed. If anything changes
/// in between, nothing is done. Applied again, the same document changes nothing.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    document: DocumentFlags,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
}

impl Apply {
    /// Applies.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let sent = self.document.read()?;
        let planned = plan::planned(context, &sent)?;
        let is_json = context.output == OutputFormat::Json;
        if is_json {
            // one document alone is printed: what was done
            if plan::refused(&planned).is_err() {
                output::print_json(&planned)?;
            }
        } else {
            output::print(&told(&planned, &sent))?;
        }
        plan::refused(&planned)?;
        if plan::changes(&planned) == 0 {
            return if is_json {
                output::print_json(&planned)
            } else {
                Ok(())
            };
        }
        if !self.yes && !confirmed()? {
            return Err(Failure::refused("nothing was applied"));
        }
        let mut body = sent.body();
        for member in ["digest", "state"] {
            body.insert(member.to_owned(), planned[member].clone());
        }
        let call = Call::new(Method::POST, &["plans", "apply"]).json(Value::Object(body));
        let applied = context.call(call.patient());
        let applied = applied.map_err(|failure| sent.placed(failure))?;
        if is_json {
            output::print_json(&applied.document)
        } else {
            output::print(&format!("applied: {}\n", done(&applied.document)))
        }
    }
}

fn confirmed() -> Result<bool, Failure> {
    if !terminal::somebody_is_there() {
        return Err(
            Failure::usage("there is no terminal to ask at whether this is to be done")
                .with_remedy("Look at it with `grantd plan`, and give --yes to do it unasked."),
        );
    }
    terminal::ask_yes("Apply this?")
}

fn done(applied: &Value) -> String {
    let count = |name: &str| applied["summary"][name].as_u64().unwrap_or_default();
    format!("{} added, {} changed", count("create"), count("update"))
}
