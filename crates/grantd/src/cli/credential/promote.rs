//! `grantd credential promote`.

use clap::Args;
use http::Method;
use serde_json::Value;

use crate::cli::{Context, named, terminal};
use crate::client::Call;
use crate::failure::Failure;
use crate::output;

/// Make the client secret that was added last the only one
///
/// The one in use until now is forgotten. Tokens that were got with it stay good.
#[derive(Debug, Args)]
pub(crate) struct Promote {
    /// Slug or id of the credential
    #[arg(value_name = "CREDENTIAL", value_parser = named::credential)]
    credential: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Revision that is meant [default: the current one]
    #[arg(long, value_name = "NUMBER")]
    revision: Option<u64>,
}

impl Promote {
    /// Promotes it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let client = context.client()?;
        crate::lifecycle::run_briefly(async {
            let path = ["credentials", &self.credential];
            let before = client.send(Call::new(Method::GET, &path)).await?;
            let change = self.change(&before.document)?;
            let etag = match self.revision {
                Some(revision) => Some(format!("\"r{revision}\"")),
                None => before.etag,
            };
            let etag =
                etag.ok_or_else(|| Failure::refused("the answer of grantd holds no ETag"))?;
            if !self.yes && !confirmed(&change)? {
                output::note("nothing was changed");
                return Ok(());
            }
            let path = ["credentials", &self.credential, "promote"];
            let call = Call::new(Method::POST, &path).if_match(etag);
            let answer = client.send(call).await?;
            super::print(context, &answer.document)?;
            let secret = &answer.document["secrets"][0];
            output::note(&format!(
                "version {} of the secret is the only one now",
                secret["version"]
            ));
            Ok(())
        })
    }

    /// What is about to happen.
    fn change(&self, credential: &Value) -> Result<String, Failure> {
        let secrets = credential["secrets"].as_array().map(Vec::as_slice);
        let (Some([current, ..]), Some([.., next])) = (secrets, secrets) else {
            return Err(Failure::refused("the answer of grantd holds no secrets"));
        };
        if current["version"] == next["version"] {
            return Err(Failure::usage(format!(
                "the credential `{}` has version {} of its secret alone, a next one is expected",
                self.credential, current["version"]
            ))
            .with_remedy(format!(
                "Add it with `grantd credential rotate {}`.",
                self.credential
            )));
        }
        let doubt = if next["last_used_at"].is_string() {
            ""
        } else {
            "; the authorization server has not accepted it yet"
        };
        Ok(format!(
            "version {} of the secret becomes the only one, version {} is forgotten{doubt}",
            next["version"], current["version"]
        ))
    }
}

fn confirmed(change: &str) -> Result<bool, Failure> {
    if !terminal::somebody_is_there() {
        return Err(Failure::usage(format!(
            "promoting asks first, and there is no terminal to ask at: {change}"
        ))
        .with_remedy("Give --yes to promote without being asked."));
    }
    output::note(change);
    terminal::ask_yes("Promote it?")
}
