//! `grantd credential enable` and `disable`.

use clap::Args;
use http::Method;
use serde_json::Value;

use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;
use crate::output;

/// Which credential is enabled or disabled.
#[derive(Debug, Args)]
pub(crate) struct Enable {
    /// Slug or id of the credential
    #[arg(value_name = "CREDENTIAL", value_parser = named::credential)]
    credential: String,
}

impl Enable {
    /// Enables or disables it, by the last segment of the path.
    pub(super) fn run(self, context: &Context, verb: &str) -> Result<(), Failure> {
        let path = ["credentials", &self.credential, verb];
        let answer = context.call(Call::new(Method::POST, &path))?;
        super::print(context, &answer.document)?;
        if verb == "disable" {
            let listeners = "email listeners deliver nothing";
            self.tell(context, "listeners", listeners, |it| it["paused"] == false);
            let consumers = "HTTP consumers let nothing through";
            self.tell(context, "consumers", consumers, |it| it["enabled"] == true);
        }
        Ok(())
    }

    /// Says which of those that use it do nothing from now on; it is done, whether or not they are known.
    fn tell(&self, context: &Context, kind: &str, what: &str, works: fn(&Value) -> bool) {
        let call = Call::new(Method::GET, &[kind])
            .query("credential", Some(&self.credential))
            .query("limit", Some(200));
        let Ok(answer) = context.call(call) else {
            return;
        };
        let items = answer.document["items"].as_array();
        let names: Vec<&str> = items
            .into_iter()
            .flatten()
            .filter(|it| works(it))
            .filter_map(|it| it["slug"].as_str())
            .collect();
        if !names.is_empty() {
            output::note(&format!(
                "These {what} until it is enabled: {}",
                names.join(", ")
            ));
        }
    }
}
