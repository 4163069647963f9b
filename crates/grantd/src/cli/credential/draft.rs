//! A whole credential as it is typed: flags over a file, and its secret.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use super::draft_file;
use super::field_names::{DraftOrigin, Origins};
use super::flags::SettingFlags;
use super::secret::{self, SecretFlags};
use crate::failure::Failure;

/// A whole credential.
#[derive(Debug, Args)]
pub(super) struct DraftFlags {
    /// Short name by which it is addressed, fixed from then on [default: from the name]
    #[arg(long)]
    pub(super) slug: Option<String>,
    #[command(flatten)]
    pub(super) settings: SettingFlags,
    #[command(flatten)]
    pub(super) secret: SecretFlags,
    /// TOML or JSON file with the members of the API, without secrets; flags stand over it
    #[arg(long, value_name = "FILE", help_heading = "Draft")]
    pub(super) from_file: Option<PathBuf>,
}

impl DraftFlags {
    /// The members of flags and file together, and the names of those that the file gives and no
    /// flag. A secret that is given nowhere is asked for.
    ///
    /// # Errors
    /// When a file can not be read or a pair is none, or there is no secret and nobody to ask.
    pub(super) fn collect(&self) -> Result<(Value, Vec<String>), Failure> {
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
        let of_file = draft.into_iter().map(|(name, _)| name);
        let mut of_file: Vec<String> = of_file.filter(|name| !flags.contains_key(name)).collect();
        members.extend(flags);
        if self.secret.put(&mut members)? {
            of_file.retain(|name| !secret::MEMBERS.contains(&name.as_str()));
        } else if !members.contains_key("client_secret_reference") {
            secret::ask("Client secret: ", &mut members)?;
        }
        Ok((Value::Object(members), of_file))
    }

    /// Whether nothing of a credential is given.
    ///
    /// # Errors
    /// When a file can not be read or a pair is none.
    pub(super) fn is_empty(&self) -> Result<bool, Failure> {
        Ok(self.slug.is_none()
            && self.from_file.is_none()
            && !self.secret.is_given()
            && self.settings.members()?.is_empty())
    }

    /// Where the members come from.
    pub(super) fn origins<'a>(&'a self, of_file: &'a [String]) -> Origins<'a> {
        Origins {
            flags: &self.settings,
            draft: self.from_file.as_deref().map(|path| DraftOrigin {
                path,
                members: of_file,
            }),
        }
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
