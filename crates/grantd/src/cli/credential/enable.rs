//! `grantd credential enable` and `disable`.

use clap::Args;
use http::Method;

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
            self.tell_listeners(context);
        }
        Ok(())
    }

    /// Says which email listeners deliver nothing from now on; it is done, whether or not they are known.
    fn tell_listeners(&self, context: &Context) {
        let call = Call::new(Method::GET, &["listeners"])
            .query("credential", Some(&self.credential))
            .query("limit", Some(200));
        let Ok(answer) = context.call(call) else {
            return;
        };
        let items = answer.document["items"].as_array();
        let names: Vec<&str> = items
            .into_iter()
            .flatten()
            .filter(|it| it["paused"] == false)
            .filter_map(|it| it["slug"].as_str())
            .collect();
        if !names.is_empty() {
            output::note(&format!(
                "These email listeners deliver nothing until it is enabled: {}",
                names.join(", ")
            ));
        }
    }
}
