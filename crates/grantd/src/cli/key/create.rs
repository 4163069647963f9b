//! `grantd key create`.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;
use grantd_model::Secret;
use http::Method;
use serde_json::{Value, json};

use super::{ORDER, for_people, grant};
use crate::cli::Context;
use crate::cli::listing::text;
use crate::client::{Call, Client};
use crate::failure::{Exit, Failure};
use crate::output::{OutputFormat, record};
use crate::{files, output};

/// Make an API key
///
/// It is shown this once. A key can be given a part of the grants of the key that makes it.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// What people call it
    #[arg(long)]
    name: String,
    /// What its holder may do, as a named set of grants
    #[arg(long, value_parser = PossibleValuesParser::new(["admin", "editor", "viewer"]), required_unless_present = "grant", conflicts_with = "grant")]
    role: Option<String>,
    /// What its holder may do: read, token, use (of HTTP consumers), manage or admin; with
    /// :ids:ID,… or :labels:KEY=VALUE,… behind it only there, and with ;SCOPES behind that with
    /// these scopes at most; may be repeated
    #[arg(long, value_name = "GRANT", value_parser = grant::parse)]
    grant: Vec<Value>,
    /// When it ends, such as 2027-01-31T09:00:00Z [default: never]
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
    /// New file for the key, readable by its owner alone; it is not printed then
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl Create {
    /// Makes it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let mut body = json!({"name": self.name});
        if let Some(role) = &self.role {
            body["role"] = json!(role);
        } else {
            body["grants"] = Value::Array(self.grant);
        }
        if let Some(time) = &self.expires_at {
            body["expires_at"] = json!(time);
        }
        if self.key_file.is_none() && output::goes_nowhere() {
            return Err(Failure::refused(
                "standard output is closed or the null device, and the key is shown this once",
            )
            .with_remedy("Name a new file for it with --key-file."));
        }
        let client = context.client()?;
        // made first: a key whose file can not be written would be lost
        if let Some(path) = &self.key_file {
            files::create_private(path, "").map_err(|error| unwritten(path, &error))?;
        }
        let call = Call::new(Method::POST, &["keys"]).json(body);
        let made = crate::lifecycle::run_briefly(client.send(call));
        let made = made.and_then(|answer| {
            if answer.document["key"].is_string() {
                Ok(answer)
            } else {
                Err(Failure::refused("the answer of grantd holds no API key"))
            }
        });
        let mut document = match (made, &self.key_file) {
            (Ok(answer), _) => answer.document,
            (Err(failure), None) => return Err(in_words_of_the_command(failure)),
            (Err(failure), Some(path)) => {
                // an empty file that stays behind does no harm, and the failure says more
                let _ = files::remove_if_present(path);
                return Err(in_words_of_the_command(failure));
            }
        };
        let id = text(&document["id"]);
        let as_client = as_client(&document, &client);
        if let Some(members) = document.as_object_mut() {
            members.insert("client_id".to_owned(), json!(id));
        }
        if let Some(path) = &self.key_file {
            let key = Secret::new(text(&document["key"].take()));
            let line = Secret::new(format!("{}\n", key.expose()));
            files::write_private(path, line.expose())
                .map_err(|error| lost(&id, unwritten(path, &error)))?;
            if let Some(members) = document.as_object_mut() {
                members.remove("key");
            }
            context.print(&document, shown)?;
            output::note(&format!("the key is in {}", path.display()));
        } else {
            let printed = output::print_whole(context.laid_out(&document, shown).as_bytes());
            printed.map_err(|failure| lost(&id, failure))?;
            output::note("the key is shown this once");
        }
        if let (Some(text), OutputFormat::Table) = (as_client, context.output) {
            output::note(&text);
        }
        Ok(())
    }
}

fn shown(document: &Value) -> String {
    let mut view = for_people(document);
    if let Some(members) = view.as_object_mut() {
        members.remove("client_id");
    }
    record(&view, &ORDER)
}

/// How an OAuth client uses the key, if tokens can be had with it.
fn as_client(document: &Value, client: &Client) -> Option<String> {
    let mut grants = document["grants"].as_array()?.iter();
    grants.find(|grant| grant["action"] == "token")?;
    Some(format!(
        "an OAuth client uses it as client_id {} with the key as client_secret, at the token \
         endpoint {}, with the slug of a credential as scope",
        text(&document["id"]),
        client.url(&["oauth2", "token"])
    ))
}

/// The key is made, and nobody has it.
fn lost(id: &str, failure: Failure) -> Failure {
    Failure {
        exit: Exit::Refused,
        ..failure
    }
    .with_remedy(format!(
        "The key {id} was made, and is lost with this; revoke it: grantd key revoke {id}"
    ))
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("--key-file: {}: {error}", path.display()))
}

fn in_words_of_the_command(mut failure: Failure) -> Failure {
    for (place, _) in failure.fields_mut() {
        let flag = match place.as_str() {
            "/name" => "--name",
            "/role" => "--role",
            "/expires_at" => "--expires-at",
            other if other.starts_with("/grants") => "--grant",
            _ => continue,
        };
        flag.clone_into(place);
    }
    failure
}
