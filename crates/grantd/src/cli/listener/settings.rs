//! The settings of a listener as they are typed: flags over a file.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::cli::credential::{draft_file, pairs};
use crate::cli::members::{ca_bundle, set};
use crate::failure::Failure;

/// What the API shows of a listener and does not take.
pub(super) const SHOWN_ALONE: [&str; 9] = [
    "id",
    "slug",
    "revision",
    "paused",
    "state",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
];

/// Settings of a listener.
#[derive(Debug, Args)]
pub(super) struct Settings {
    /// TOML or JSON file with settings, as `show --output json` tells them; flags go over it
    #[arg(long, value_name = "FILE")]
    from_file: Option<PathBuf>,
    /// What people call it
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Label as KEY=VALUE; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    label: Vec<String>,
    /// Slug or id of the credential that opens the mailbox
    #[arg(long, value_name = "CREDENTIAL", help_heading = "Mailbox")]
    credential: Option<String>,
    /// Address of the mailbox
    #[arg(long, value_name = "ADDRESS", help_heading = "Mailbox")]
    mailbox: Option<String>,
    /// Folder: names divided by `/` [default: inbox]
    #[arg(long, value_name = "PATH", help_heading = "Mailbox")]
    folder: Option<String>,
    /// URL of the service, or `autodiscover` [default: that of Exchange Online]
    #[arg(long, value_name = "URL", help_heading = "Mailbox")]
    endpoint: Option<String>,
    /// By what the mailbox is named: `smtp_address`, `primary_smtp_address` or `principal_name`
    #[arg(long, value_name = "WHAT", help_heading = "Mailbox")]
    impersonate_by: Option<String>,
    /// PEM file of the only authorities trusted for the endpoint
    #[arg(long, value_name = "FILE", help_heading = "Mailbox")]
    ca_bundle_file: Option<PathBuf>,
    /// Version of Exchange: `exchange2016`, `exchange2013_sp1`, `exchange2013` or `exchange2010_sp2`
    #[arg(long, value_name = "VERSION", help_heading = "Mailbox")]
    version: Option<String>,
    /// Which mail is the first: `now`, `unread`, or from a time on [default: now]
    #[arg(long, value_name = "WHEN", help_heading = "Which mail")]
    start: Option<String>,
    /// Condition such as `subject contains order` or `not sender equals a@example.com`; may be repeated
    #[arg(long, value_name = "CONDITION", help_heading = "Which mail")]
    filter: Vec<String>,
    /// Seconds between two looks [default: 60]
    #[arg(long, value_name = "SECONDS", help_heading = "Which mail")]
    interval: Option<u64>,
    /// `oldest_first` or `newest_first`
    #[arg(long, value_name = "ORDER", help_heading = "Which mail")]
    order: Option<String>,
    /// How many mails are fetched at once [default: 20]
    #[arg(long, value_name = "NUMBER", help_heading = "Which mail")]
    batch: Option<u32>,
    /// Name of a declared spool folder
    #[arg(long, value_name = "NAME", help_heading = "Delivery")]
    spool: Option<String>,
    /// `files` or `maildir` [default: files]
    #[arg(long, value_name = "LAYOUT", help_heading = "Delivery")]
    layout: Option<String>,
    /// Whether text and HTML are in the envelope [default: true]
    #[arg(long, value_name = "true|false", help_heading = "Content")]
    body: Option<bool>,
    /// Whether attachments are delivered as files [default: true]
    #[arg(long, value_name = "true|false", help_heading = "Content")]
    attachments: Option<bool>,
    /// Whether pictures inside the HTML are among them [default: true]
    #[arg(long, value_name = "true|false", help_heading = "Content")]
    inline: Option<bool>,
    /// Whether the mail is delivered as it is (MIME) [default: true]
    #[arg(long, value_name = "true|false", help_heading = "Content")]
    mime: Option<bool>,
    /// Whether the entry id for MAPI programs is asked for [default: false]
    #[arg(long, value_name = "true|false", help_heading = "Content")]
    entry_id: Option<bool>,
    /// Largest text or HTML; what is longer is cut off [default: 1 MiB]
    #[arg(long, value_name = "BYTES", help_heading = "Content")]
    most_body_bytes: Option<u64>,
    /// Largest attachment; one that is larger is left out [default: 160 MiB]
    #[arg(long, value_name = "BYTES", help_heading = "Content")]
    most_attachment_bytes: Option<u64>,
    /// Largest mail that is taken as MIME; of a larger one the parts are taken [default: 256 MiB]
    #[arg(long, value_name = "BYTES", help_heading = "Content")]
    most_mime_bytes: Option<u64>,
    /// Whether delivered mails are marked as read [default: true]
    #[arg(long, value_name = "true|false", help_heading = "Afterwards")]
    mark_read: Option<bool>,
    /// Category that delivered mails get
    #[arg(long, value_name = "CATEGORY", help_heading = "Afterwards")]
    category: Option<String>,
    /// Folder that delivered mails are moved to
    #[arg(
        long,
        value_name = "PATH",
        conflicts_with = "delete_to",
        help_heading = "Afterwards"
    )]
    move_to: Option<String>,
    /// Where delivered mails are deleted to: `deleted_items`, `recoverable` or `nowhere`
    #[arg(long, value_name = "PLACE", help_heading = "Afterwards")]
    delete_to: Option<String>,
    /// How often a mail is tried that can not be delivered [default: 10]
    #[arg(long, value_name = "NUMBER", help_heading = "Afterwards")]
    attempts: Option<u32>,
    /// Folder that mails are moved to that were given up
    #[arg(long, value_name = "PATH", help_heading = "Afterwards")]
    failed_to: Option<String>,
}

impl Settings {
    /// The members of the API.
    ///
    /// # Errors
    /// When the file can not be read, or a condition has not the form of one.
    pub(super) fn members(&self) -> Result<Map<String, Value>, Failure> {
        let mut members = match &self.from_file {
            Some(path) => draft_file::read(path)?,
            None => Map::new(),
        };
        for shown in SHOWN_ALONE {
            members.remove(shown);
        }
        let texts = [
            ("name", &self.name),
            ("description", &self.description),
            ("credential", &self.credential),
            ("mailbox", &self.mailbox),
            ("folder", &self.folder),
            ("endpoint", &self.endpoint),
            ("impersonate_by", &self.impersonate_by),
            ("version", &self.version),
            ("start", &self.start),
            ("order", &self.order),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                members.insert(name.to_owned(), value.as_str().into());
            }
        }
        if let Some(seconds) = self.interval {
            members.insert("interval_s".to_owned(), seconds.into());
        }
        if let Some(batch) = self.batch {
            members.insert("batch".to_owned(), batch.into());
        }
        if let Some(Value::Object(labels)) = pairs::labels(&self.label)? {
            for (key, value) in labels {
                set(&mut members, "labels", &key, value);
            }
        }
        if !self.filter.is_empty() {
            let filters: Result<Vec<Value>, Failure> =
                self.filter.iter().map(|text| condition(text)).collect();
            members.insert("filters".to_owned(), filters?.into());
        }
        for (name, value) in [("spool", &self.spool), ("layout", &self.layout)] {
            if let Some(value) = value {
                set(&mut members, "delivery", name, value.as_str());
            }
        }
        if let Some(path) = &self.ca_bundle_file {
            members.insert("ca_bundle".to_owned(), ca_bundle(path)?);
        }
        self.content(&mut members);
        self.afterwards(&mut members);
        if let Some(attempts) = self.attempts {
            set(&mut members, "retries", "attempts", attempts);
        }
        if let Some(folder) = &self.failed_to {
            set(&mut members, "retries", "folder", folder.as_str());
        }
        Ok(members)
    }

    fn content(&self, members: &mut Map<String, Value>) {
        for (name, value) in [
            ("body", self.body),
            ("attachments", self.attachments),
            ("inline", self.inline),
            ("mime", self.mime),
            ("entry_id", self.entry_id),
        ] {
            if let Some(value) = value {
                set(members, "content", name, value);
            }
        }
        for (name, value) in [
            ("most_body_bytes", self.most_body_bytes),
            ("most_attachment_bytes", self.most_attachment_bytes),
            ("most_mime_bytes", self.most_mime_bytes),
        ] {
            if let Some(value) = value {
                set(members, "content", name, value);
            }
        }
    }

    fn afterwards(&self, members: &mut Map<String, Value>) {
        let mut put = |name: &str, value: Value| set(members, "afterwards", name, value);
        if let Some(mark) = self.mark_read {
            put("mark_read", mark.into());
        }
        if let Some(category) = &self.category {
            put("category", category.as_str().into());
        }
        if let Some(folder) = &self.move_to {
            put("then", "move".into());
            put("folder", folder.as_str().into());
            put("delete_to", Value::Null);
        }
        if let Some(place) = &self.delete_to {
            put("then", "delete".into());
            put("delete_to", place.as_str().into());
            put("folder", Value::Null);
        }
    }
}

/// A condition: what it looks at, how, and with what.
fn condition(text: &str) -> Result<Value, Failure> {
    let (not, words) = match text.trim().strip_prefix("not ") {
        Some(words) => (true, words),
        None => (false, text.trim()),
    };
    let mut parts = words.splitn(3, ' ');
    let (field, how, value) = (parts.next(), parts.next(), parts.next());
    match (field, how, value) {
        (Some(field), Some(how), Some(value)) => Ok(json!({
            "field": field, "test": how, "value": value.trim(), "not": not,
        })),
        _ => Err(Failure::usage(format!(
            "--filter: `{text}` is no condition; FIELD TEST VALUE is expected, such as \
             `subject contains order`"
        ))),
    }
}

/// Each member of the API has a flag of its own name, or one of these.
pub(super) fn in_words_of_the_command(mut failure: Failure) -> Failure {
    for (place, _) in failure.fields_mut() {
        let flag = match place.as_str() {
            "/interval_s" => "--interval".to_owned(),
            "/delivery/spool" => "--spool".to_owned(),
            "/delivery/layout" => "--layout".to_owned(),
            "/afterwards/category" => "--category".to_owned(),
            "/afterwards/folder" => "--move-to".to_owned(),
            "/afterwards/delete_to" => "--delete-to".to_owned(),
            "/retries/attempts" => "--attempts".to_owned(),
            "/retries/folder" => "--failed-to".to_owned(),
            "/ca_bundle" => "--ca-bundle-file".to_owned(),
            "/afterwards/then" => "--move-to or --delete-to".to_owned(),
            other => in_general(other),
        };
        *place = flag;
    }
    failure
}

/// The flag of a place that has no name of its own among them.
fn in_general(pointer: &str) -> String {
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    match parts.as_slice() {
        ["filters", number, ..] => match number.parse::<u32>() {
            Ok(number) => format!("--filter, number {}", number.saturating_add(1)),
            Err(_) => "--filter".to_owned(),
        },
        ["filters"] => "--filter".to_owned(),
        ["labels", ..] => "--label".to_owned(),
        [name] | ["content" | "afterwards", name] => format!("--{}", name.replace('_', "-")),
        _ => pointer.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_as_flags() {
        for (pointer, flag) in [
            ("/filters/0/value", "--filter, number 1"),
            ("/content/most_body_bytes", "--most-body-bytes"),
            ("/impersonate_by", "--impersonate-by"),
        ] {
            assert_eq!(in_general(pointer), flag);
        }
    }

    #[test]
    fn conditions_are_read_as_they_are_said() {
        let read = condition("not subject contains a b  c").unwrap();
        let expected =
            json!({"field": "subject", "test": "contains", "value": "a b  c", "not": true});
        assert_eq!(read, expected);
        for bad in ["", "subject", "subject contains"] {
            assert!(
                condition(bad)
                    .unwrap_err()
                    .to_string()
                    .contains("FIELD TEST VALUE")
            );
        }
    }
}
