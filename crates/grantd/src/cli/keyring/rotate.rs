//! `grantd keyring rotate`.

use std::time::Duration;

use clap::Args;
use http::Method;
use serde_json::Value;

use super::show::shown;
use crate::cli::Context;
use crate::cli::listing::text;
use crate::client::Call;
use crate::failure::Failure;
use crate::output;

/// How often it is looked how far it has come.
const BETWEEN: Duration = Duration::from_secs(1);

/// Make a new key that seals from now on, and bring what is sealed under it
///
/// It goes on by itself while grantd runs, also after a restart; waiting for it can be left at any time. The
/// earlier key stays in the keyring until `grantd keyring forget`: backups may hold values under it. Values that
/// do not open are named and stay under the earlier key: the exit code is 1 then.
#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// Do not wait until every value is under the new key
    #[arg(long)]
    no_wait: bool,
}

impl Rotate {
    /// Rotates, and shows how far it has come.
    pub(super) fn run(&self, context: &Context) -> Result<(), Failure> {
        let client = context.client()?;
        let document = crate::lifecycle::run_briefly(async {
            let call = Call::new(Method::POST, &["keyring", "rotations"]);
            let mut document = client.send(call).await?.document;
            let mut told = None;
            while !self.no_wait && left(&document) > damaged(&document) {
                if told != Some(left(&document)) {
                    told = Some(left(&document));
                    output::note(&format!(
                        "{} of {} values are still under an earlier key",
                        left(&document),
                        document["values"]
                    ));
                }
                tokio::time::sleep(BETWEEN).await;
                let call = Call::new(Method::GET, &["keyring"]);
                document = client.send(call).await?.document;
            }
            Ok(document)
        })?;
        context.print(&document, shown)?;
        if self.no_wait || left(&document) == 0 {
            return Ok(());
        }
        Err(unopened(&document))
    }
}

/// That values stay where they are, and which ones.
fn unopened(document: &Value) -> Failure {
    let named = document["damaged"].as_array().into_iter().flatten();
    let named = named.map(|it| {
        let kind = text(&it["kind"]).replace('_', " ");
        let parts = [kind, text(&it["id"]), text(&it["number"])];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        (parts.join(" "), "does not open".to_owned())
    });
    Failure::refused(format!(
        "{} of {} values do not open and stay under an earlier key, which can not be forgotten",
        left(document),
        document["values"]
    ))
    .with_fields(named.collect())
    .with_remedy("Set what is damaged anew, or delete what it belongs to.")
}

fn left(document: &Value) -> u64 {
    document["values_left"].as_u64().unwrap_or(0)
}

fn damaged(document: &Value) -> u64 {
    document["values_damaged"].as_u64().unwrap_or(0)
}
