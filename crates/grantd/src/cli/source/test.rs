//! `grantd source test`.

use clap::Args;
use http::Method;
use serde_json::{Map, Value, json};

use super::settings::{Settings, in_words_of_the_command};
use super::{outcome, report};
use crate::cli::{Context, named};
use crate::client::Call;
use crate::failure::Failure;

/// Try whether a secret source lets grantd in, and whether it holds a secret
///
/// Flags go over the settings of a source that is there already. The value of a secret is never shown.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Its name, or the one that it would have
    #[arg(value_name = "NAME", value_parser = named::source)]
    name: String,
    /// Path of a secret to read as well
    #[arg(long, value_name = "PATH")]
    read: Option<String>,
    /// JSON pointer into what is there
    #[arg(long, value_name = "POINTER", requires = "read")]
    key: Option<String>,
    #[command(flatten)]
    settings: Settings,
}

impl Test {
    /// Tries it.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let mut flags = self.settings.members()?;
        let listed = context.call(Call::new(Method::GET, &["sources"]))?;
        let is_there = listed.document["items"]
            .as_array()
            .is_some_and(|all| all.iter().any(|it| it["name"] == self.name.as_str()));
        let mut members = Map::new();
        if is_there {
            let answer = context.call(Call::new(Method::GET, &["sources", &self.name]))?;
            match &answer.document["settings"] {
                Value::Object(settings) => {
                    members.clone_from(settings);
                    Settings::fit(&mut flags, &settings["kind"]);
                }
                _ => {
                    return Err(Failure::usage(format!(
                        "`{}` is declared in the configuration; there is nothing to sign in to",
                        self.name
                    ))
                    .with_remedy("`grantd source check` tries to read a secret of it."));
                }
            }
        }
        for (name, value) in flags {
            match (members.get_mut(&name), value) {
                (Some(Value::Object(kept)), Value::Object(new)) => kept.extend(new),
                (_, value) => {
                    members.insert(name, value);
                }
            }
        }
        members.insert("name".to_owned(), self.name.into());
        if let Some(path) = self.read {
            let reference = json!({"path": path, "key": self.key});
            members.insert("reference".to_owned(), reference);
        }
        let call = Call::new(Method::POST, &["source_tests"]).json(Value::Object(members));
        let answer = context.call(call).map_err(in_words_of_the_command)?;
        context.print(&answer.document, report)?;
        outcome(&answer.document)
    }
}
