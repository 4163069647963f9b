//! The settings of an alert channel as they are typed: flags over a file.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::cli::credential::{draft_file, pairs};
use crate::cli::members::ca_bundle;
use crate::cli::one_secret::read_one_secret;
use crate::failure::Failure;

/// Settings of an alert channel.
#[derive(Debug, Args)]
pub(super) struct Settings {
    /// TOML or JSON file with settings, as the API has them; flags go over it
    #[arg(long, value_name = "FILE")]
    from_file: Option<PathBuf>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Whether anything goes there [default: true]
    #[arg(long, value_name = "true|false")]
    enabled: Option<bool>,
    /// URL of a webhook
    #[arg(long, value_name = "URL", conflicts_with_all = ["chat", "host"], help_heading = "Webhook")]
    webhook: Option<String>,
    /// Form of a chat's incoming webhook: slack, teams or text; its URL is the secret
    #[arg(
        long,
        value_name = "FORM",
        conflicts_with = "host",
        help_heading = "Chat"
    )]
    chat: Option<String>,
    /// Host of the mail server
    #[arg(long, value_name = "HOST", help_heading = "Mail")]
    host: Option<String>,
    /// Its port [default: 587, 465 or 25, as --security has it]
    #[arg(long, value_name = "PORT", help_heading = "Mail")]
    port: Option<u16>,
    /// How the connection is kept secret: starttls, tls, or none to this machine [default: starttls]
    #[arg(long, value_name = "HOW", help_heading = "Mail")]
    security: Option<String>,
    /// Who signs in at the mail server
    #[arg(long, value_name = "NAME", help_heading = "Mail")]
    username: Option<String>,
    /// Sender
    #[arg(long, value_name = "ADDRESS", help_heading = "Mail")]
    from: Option<String>,
    /// Who gets it; may be repeated
    #[arg(long, value_name = "ADDRESS", help_heading = "Mail")]
    to: Vec<String>,
    /// File with the signing secret of a webhook, the password of a mail's user or the URL of a chat; `-` is
    /// standard input
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// What it is told of: failing, recovered, expiring; may be repeated [default: all]
    #[arg(long, value_name = "EVENT", help_heading = "What it is told of")]
    event: Vec<String>,
    /// Of which kinds of things: credential, listener, source; may be repeated [default: all]
    #[arg(long, value_name = "KIND", help_heading = "What it is told of")]
    object: Vec<String>,
    /// Only of credentials with this label, as KEY=VALUE, and of their listeners; may be repeated
    #[arg(long, value_name = "KEY=VALUE", help_heading = "What it is told of")]
    label: Vec<String>,
    /// PEM file of the only authorities trusted
    #[arg(long, value_name = "FILE")]
    ca_bundle_file: Option<PathBuf>,
}

impl Settings {
    /// The members of the API.
    ///
    /// # Errors
    /// When a file can not be read.
    pub(super) fn members(&self) -> Result<Map<String, Value>, Failure> {
        let mut members = match &self.from_file {
            Some(path) => draft_file::read(path)?,
            None => Map::new(),
        };
        let email = self.email();
        let mut put = |name: &str, value: Value| match (members.get_mut(name), value) {
            // flags go over what the file says of a mail
            (Some(Value::Object(kept)), Value::Object(new)) if name == "email" => {
                kept.extend(new);
            }
            (_, value) => {
                members.insert(name.to_owned(), value);
            }
        };
        if let Some(text) = &self.description {
            put("description", text.as_str().into());
        }
        if let Some(enabled) = self.enabled {
            put("enabled", enabled.into());
        }
        if let Some(url) = &self.webhook {
            put("kind", "webhook".into());
            put("webhook", json!({"url": url}));
        }
        if let Some(form) = &self.chat {
            put("kind", "chat".into());
            put("chat", json!({"form": form}));
        }
        if self.host.is_some() {
            put("kind", "email".into());
        }
        if !email.is_empty() {
            put("email", Value::Object(email));
        }
        if !self.event.is_empty() {
            put("events", self.event.clone().into());
        }
        if !self.object.is_empty() {
            put("objects", self.object.clone().into());
        }
        if let Some(labels) = pairs::labels(&self.label)? {
            put("labels", labels);
        }
        if let Some(path) = &self.secret_file {
            let secret = read_one_secret("--secret-file", path)?;
            put("secret", secret.expose().as_str().into());
        }
        if let Some(path) = &self.ca_bundle_file {
            put("ca_bundle", ca_bundle(path)?);
        }
        Ok(members)
    }

    fn email(&self) -> Map<String, Value> {
        let mut email = Map::new();
        for (name, value) in [
            ("host", &self.host),
            ("security", &self.security),
            ("username", &self.username),
            ("from", &self.from),
        ] {
            if let Some(text) = value {
                email.insert(name.to_owned(), text.as_str().into());
            }
        }
        if let Some(port) = self.port {
            email.insert("port".to_owned(), port.into());
        }
        if !self.to.is_empty() {
            email.insert("to".to_owned(), self.to.clone().into());
        }
        email
    }
}

/// Each member of the API has a flag of its own name, or one of these.
pub(super) fn in_words_of_the_command(mut failure: Failure) -> Failure {
    for (place, _) in failure.fields_mut() {
        *place = flag(place);
    }
    failure
}

fn flag(pointer: &str) -> String {
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    let name = match parts.as_slice() {
        ["webhook", "url"] => "webhook",
        ["chat", ..] => "chat",
        ["events", ..] => "event",
        ["objects", ..] => "object",
        ["labels", ..] => "label",
        ["secret"] => "secret-file",
        ["ca_bundle"] => "ca-bundle-file",
        ["email", name, ..] | [name] => name,
        _ => return pointer.to_owned(),
    };
    format!("--{}", name.replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_as_flags() {
        for (pointer, expected) in [
            ("/webhook/url", "--webhook"),
            ("/chat/form", "--chat"),
            ("/email/to/1", "--to"),
            ("/email/security", "--security"),
            ("/events/2", "--event"),
            ("/labels/a~1b", "--label"),
            ("/secret", "--secret-file"),
        ] {
            assert_eq!(flag(pointer), expected);
        }
    }
}
