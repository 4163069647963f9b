//! `grantd plan`.

use clap::Args;
use http::Method;
use serde_json::Value;

use super::Context;
use super::document::{DocumentFlags, Sent, told};
use crate::client::Call;
use crate::failure::{Exit, Failure};
use crate::output;

/// Show what `grantd apply` would do
///
/// The document names credentials, email listeners and secret sources, each with the members of the API.
/// What it does not name is left alone; of what it names, a member that is left out has its default, and a
/// secret is kept. `${name}` stands for a variable.
///
/// The exit code is 0 if the document can be applied and 2 if something is wrong; with --exit-code, it is 3
/// if applying it would change something. A secret that is given counts as a change: whether it is the one
/// that is there is not told.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    document: DocumentFlags,
    /// End with 3 if something would change
    #[arg(long)]
    exit_code: bool,
}

impl Plan {
    /// Plans.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let sent = self.document.read()?;
        let plan = planned(context, &sent)?;
        context.print(&plan, |plan| told(plan, &sent))?;
        refused(&plan)?;
        if self.exit_code && changes(&plan) > 0 {
            let detail = "the document is not applied";
            return Err(Failure::of(Exit::Differs, [detail.to_owned()]));
        }
        Ok(())
    }
}

/// The plan of a document, with its warnings told.
pub(super) fn planned(context: &Context, sent: &Sent) -> Result<Value, Failure> {
    let call = Call::new(Method::POST, &["plans"]).json(Value::Object(sent.body()));
    let plan = context.call(call.patient());
    let plan = plan.map_err(|failure| sent.placed(failure))?.document;
    for warning in plan["warnings"].as_array().into_iter().flatten() {
        let text = |name: &str| warning[name].as_str().unwrap_or_default();
        let place = sent.place(text("pointer"));
        output::note(&format!("{place}: {}", text("detail")));
    }
    Ok(plan)
}

/// How many things would become others.
pub(super) fn changes(plan: &Value) -> u64 {
    let count = |name: &str| plan["summary"][name].as_u64().unwrap_or_default();
    count("create") + count("update")
}

/// Ends where something is refused.
///
/// # Errors
/// Then.
pub(super) fn refused(plan: &Value) -> Result<(), Failure> {
    match plan["summary"]["refused"].as_u64() {
        Some(0) => Ok(()),
        count => {
            let count = count.unwrap_or_default();
            let detail =
                format!("{count} of what the document names can not be so; nothing is applied");
            Err(Failure::usage(detail))
        }
    }
}
