//! `grantd credential rotate`.

use clap::Args;
use http::Method;
use serde_json::{Map, Value};

use super::secret::{self, SecretFlags};
use super::{etag, field_names};
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;
use crate::output;

/// Add the next client secret, beside the current one
///
/// Both are kept: the next one is tried where the authorization server does not accept the current
/// one. `grantd credential promote` makes it the only one.
///
/// The secret comes from --secret-file or --secret-source; without either it is asked for. It is
/// never taken from the command line.
#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// Slug or id of the credential
    #[arg(value_name = "CREDENTIAL", value_parser = named::credential)]
    credential: String,
    #[command(flatten)]
    secret: SecretFlags,
    /// Revision that the change is meant for [default: the current one]
    #[arg(long, value_name = "NUMBER", help_heading = "Change")]
    revision: Option<u64>,
}

impl Rotate {
    /// Adds it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        self.secret.refuse_value()?;
        let client = context.client()?;
        let mut members = Map::new();
        if !self.secret.put(&mut members)? {
            secret::ask("Next client secret: ", &mut members)?;
        }
        let path = ["credentials", &self.credential, "secrets"];
        let added = crate::lifecycle::run_briefly(async {
            let etag = etag(&client, &self.credential, self.revision).await?;
            let call = Call::new(Method::POST, &path)
                .json(Value::Object(members))
                .if_match(etag);
            client.send(call).await
        });
        let document = added.map_err(field_names::in_flags)?.document;
        super::print(context, &document)?;
        let secrets = document["secrets"].as_array();
        if let Some(next) = secrets.and_then(|secrets| secrets.last()) {
            output::note(&format!(
                "version {} was added; `grantd credential promote {}` makes it the only one",
                next["version"], self.credential
            ));
        }
        Ok(())
    }
}
