//! `grantd config show`.

use clap::Args;
use serde_json::{Value, json};

use super::{ServeFlags, place};
use crate::cli::Context;
use crate::config::{Config, Effective, RELOADED};
use crate::failure::Failure;
use crate::output::rows;

/// Show every setting as it holds, and where it was set
///
/// Nothing that is shown is secret: the environment of a command that is a secret source is left out.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    flags: ServeFlags,
}

impl Show {
    /// Shows them.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        context.connection.refuse("config show", true)?;
        let config = Config::load(&self.flags.into(), &context.environment)?;
        let file = config.file.as_ref().map(|file| file.display().to_string());
        let settings: Vec<Value> = config.settings.iter().map(document).collect();
        let document = json!({ "file": file, "settings": settings });
        context.print(&document, |_| {
            rows(
                &[
                    ("SETTING", |it| text(&it["setting"])),
                    ("VALUE", |it| text(&it["value"])),
                    ("FROM", |it| text(&it["from"])),
                ],
                &settings,
            )
        })
    }
}

fn document(setting: &Effective) -> Value {
    let mut document = setting.place.as_ref().map_or_else(|| json!({}), place);
    let from = setting
        .place
        .as_ref()
        .map_or_else(|| "default".to_owned(), ToString::to_string);
    document["setting"] = setting.key.as_str().into();
    document["value"] = setting.value.clone();
    document["from"] = from.into();
    document["reloaded"] = RELOADED.contains(&setting.key.as_str()).into();
    document
}

/// A value for people.
fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
