//! `grantd alert test`.

use clap::Args;
use http::Method;
use serde_json::Value;

use crate::cli::listing::text;
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Send a test message to an alert channel, and show what the other side said
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Name of the channel
    #[arg(value_name = "NAME", value_parser = named::channel)]
    name: String,
}

impl Test {
    /// Sends it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let path = ["alert_channels", self.name.as_str(), "tests"];
        let answer = context.call(Call::new(Method::POST, &path))?;
        context.print(&answer.document, report)?;
        if answer.document["ok"] == true {
            Ok(())
        } else {
            Err(Failure::refused("the test did not go well"))
        }
    }
}

/// How it went, as lines.
fn report(test: &Value) -> String {
    let took = format!("{:.3} s", test["took_s"].as_f64().unwrap_or_default());
    let class = text(&test["class"]).replace('_', " ");
    let head = format!("{class} ({took}): {}\n", text(&test["detail"]));
    match test["remedy"].as_str() {
        Some(remedy) => format!("{head}  {remedy}\n"),
        None => head,
    }
}
