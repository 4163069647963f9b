//! `grantd credential add`.

use std::path::PathBuf;

use clap::Args;
use http::Method;
use serde_json::{Map, Value, json};

use super::draft_file;
use super::field_names::{DraftOrigin, Origins};
use super::flags::SettingFlags;
use super::secret::{self, SecretFlags};
use crate::cli::Context;
use crate::client::Call;
use crate::failure::Failure;

/// Add a credential
///
/// Nothing is asked of the authorization server, so the values need not be valid yet.
///
/// The client secret comes from --secret-file or --secret-source; without either it is asked for.
/// It is never taken from the command line.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Short name by which it is addressed, fixed from then on [default: from the name]
    #[arg(long)]
    slug: Option<String>,
    #[command(flatten)]
    settings: SettingFlags,
    #[command(flatten)]
    secret: SecretFlags,
    /// TOML or JSON file with the members of the API, without secrets; flags stand over it
    #[arg(long, value_name = "FILE", help_heading = "Draft")]
    from_file: Option<PathBuf>,
}

impl Add {
    /// Adds it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        self.secret.refuse_value()?;
        let client = context.client()?;
        let draft = match &self.from_file {
            Some(path) => draft_file::read(path)?,
            None => Map::new(),
        };
        let mut flags = self.settings.members()?;
        if let Some(slug) = &self.slug {
            flags.insert("slug".to_owned(), json!(slug));
        }
        let mut members = draft.clone();
        make_room(&mut members, &flags);
        let of_draft = draft.into_iter().map(|(name, _)| name);
        let mut of_draft: Vec<String> = of_draft.filter(|name| !flags.contains_key(name)).collect();
        members.extend(flags);
        if self.secret.put(&mut members)? {
            of_draft.retain(|name| !secret::MEMBERS.contains(&name.as_str()));
        } else if !members.contains_key("client_secret_reference") {
            secret::ask(&mut members)?;
        }
        let call = Call::new(Method::POST, &["credentials"]).json(Value::Object(members));
        let origins = Origins {
            flags: &self.settings,
            draft: self.from_file.as_deref().map(|path| DraftOrigin {
                path,
                members: &of_draft,
            }),
        };
        let answer = crate::lifecycle::run_briefly(client.send(call))
            .map_err(|failure| origins.name_faults(failure))?;
        super::print(context, &answer.document)
    }
}

/// Takes out of a draft what a flag makes pointless.
fn make_room(draft: &mut Map<String, Value>, flags: &Map<String, Value>) {
    for (given, pointless) in [("scope", "no_scope"), ("no_scope", "scope")] {
        if flags.contains_key(given) {
            draft.remove(pointless);
        }
    }
    if flags.get("token_endpoint_auth_method") == Some(&json!("client_secret_post")) {
        draft.remove("basic_encoding");
    }
}
