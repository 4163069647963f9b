//! The settings of a consumer as they are typed: flags over a file.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use super::SHOWN_ALONE;
use super::places::flag;
use crate::cli::credential::{draft_file, pairs};
use crate::cli::members::{ca_bundle, set};
use crate::failure::Failure;

/// Settings of a consumer.
#[derive(Debug, Default, Args)]
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
    /// Where the service is, such as `https://api.example.com/v2`; a host that the credential is bound to
    #[arg(long, value_name = "URL", help_heading = "Service")]
    base_url: Option<String>,
    /// Where it is connected to instead, as host:port; may be repeated
    #[arg(long, value_name = "ADDRESS", help_heading = "Service")]
    address: Vec<String>,
    /// PEM file of the only authorities trusted for the service
    #[arg(long, value_name = "FILE", help_heading = "Service")]
    ca_bundle_file: Option<PathBuf>,
    /// Version of HTTP: `negotiated`, `http1` or `http2` [default: negotiated]
    #[arg(long, value_name = "VERSION", help_heading = "Service")]
    http: Option<String>,
    /// Slug or id of the credential whose tokens are sent
    #[arg(long, value_name = "CREDENTIAL", help_heading = "Token")]
    credential: Option<String>,
    /// Part of the credential's scopes, divided by spaces [default: all of them]
    #[arg(long, value_name = "SCOPES", help_heading = "Token")]
    scope: Option<String>,
    /// Header that the token goes into [default: authorization]
    #[arg(long, value_name = "NAME", help_heading = "Token")]
    token_header: Option<String>,
    /// What stands before the token; empty for the token alone [default: Bearer]
    #[arg(long, value_name = "WORD", help_heading = "Token")]
    token_prefix: Option<String>,
    /// Status of an answer that says that the token is of no use; may be repeated [default: 401]
    #[arg(long, value_name = "STATUS", help_heading = "Token")]
    rejected_status: Vec<u16>,
    /// Header of such an answer and what it holds, as NAME=TEXT
    #[arg(long, value_name = "NAME=TEXT", help_heading = "Token")]
    rejected_header: Option<String>,
    /// What the body of such an answer holds
    #[arg(long, value_name = "TEXT", help_heading = "Token")]
    rejected_body: Option<String>,
    /// Largest body that is kept to be sent again with another token [default: 64 KiB]
    #[arg(long, value_name = "BYTES", help_heading = "Token")]
    replay_bytes: Option<u64>,
    /// Header that is set in each request, as NAME=VALUE; may be repeated
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Requests")]
    header: Vec<String>,
    /// The same with a value that is secret and read from a file, or from standard input if that is
    /// `-`; may be repeated
    #[arg(long, value_name = "NAME=@FILE", help_heading = "Requests")]
    secret_header: Vec<String>,
    /// Header of the caller that does not travel on; may be repeated
    #[arg(long, value_name = "NAME", help_heading = "Requests")]
    remove_header: Vec<String>,
    /// Whether cookies travel on [default: false]
    #[arg(long, value_name = "true|false", help_heading = "Requests")]
    cookies: Option<bool>,
    /// Whether connections may be upgraded, as for WebSocket [default: false]
    #[arg(long, value_name = "true|false", help_heading = "Requests")]
    upgrades: Option<bool>,
    /// Seconds until the connection stands [default: 5]
    #[arg(long, value_name = "SECONDS", help_heading = "Requests")]
    connect_timeout_s: Option<u64>,
    /// Seconds from the request until the header of the answer [default: 60]
    #[arg(long, value_name = "SECONDS", help_heading = "Requests")]
    answer_timeout_s: Option<u64>,
    /// Seconds between two pieces of a body [default: 300]
    #[arg(long, value_name = "SECONDS", help_heading = "Requests")]
    idle_timeout_s: Option<u64>,
    /// Who may send requests: `api_key`, or `loopback` for programs on the machine of grantd too
    /// [default: `api_key`]
    #[arg(long, value_name = "WHO", help_heading = "Callers")]
    callers: Option<String>,
    /// Name by which it is reached, besides its path; may be repeated
    #[arg(long, value_name = "HOST", help_heading = "Callers")]
    host: Vec<String>,
    /// Method that is let through; may be repeated [default: all]
    #[arg(long, value_name = "METHOD", help_heading = "What is let through")]
    allow_method: Vec<String>,
    /// Path, with all below it, that is let through; may be repeated [default: all]
    #[arg(long, value_name = "PATH", help_heading = "What is let through")]
    allow_path: Vec<String>,
    /// Requests each second over a while [default: no limit]
    #[arg(long, value_name = "NUMBER", help_heading = "What is let through")]
    requests_per_second: Option<u64>,
    /// Requests that may come at once beyond that [default: a second's worth]
    #[arg(long, value_name = "NUMBER", help_heading = "What is let through")]
    burst: Option<u64>,
    /// Requests that are under way at once [default: no limit]
    #[arg(long, value_name = "NUMBER", help_heading = "What is let through")]
    concurrent: Option<u64>,
}

impl Settings {
    /// The members of the API; those with secrets among them.
    ///
    /// # Errors
    /// When a file can not be read, or a pair is none.
    pub(super) fn members(&self) -> Result<Map<String, Value>, Failure> {
        let mut members = match &self.from_file {
            Some(path) => draft_file::read(path)?,
            None => Map::new(),
        };
        for shown in SHOWN_ALONE {
            members.remove(shown);
        }
        self.texts(&mut members);
        for (name, value) in [("cookies", self.cookies), ("upgrades", self.upgrades)] {
            if let Some(value) = value {
                members.insert(name.to_owned(), value.into());
            }
        }
        if let Some(bytes) = self.replay_bytes {
            members.insert("replay_bytes".to_owned(), bytes.into());
        }
        for (part, name, number) in [
            ("timeouts", "connect_s", self.connect_timeout_s),
            ("timeouts", "answer_s", self.answer_timeout_s),
            ("timeouts", "idle_s", self.idle_timeout_s),
            ("limits", "requests_per_second", self.requests_per_second),
            ("limits", "burst", self.burst),
            ("limits", "concurrent", self.concurrent),
        ] {
            if let Some(number) = number {
                set(&mut members, part, name, number);
            }
        }
        if let Some(Value::Object(labels)) = pairs::labels(&self.label)? {
            for (key, value) in labels {
                set(&mut members, "labels", &key, value);
            }
        }
        self.rejected(&mut members)?;
        let [plain, secret] = self.headers();
        if let Some(headers) = pairs::parameters(plain, secret)? {
            members.insert("headers".to_owned(), headers);
        }
        if let Some(path) = &self.ca_bundle_file {
            members.insert("ca_bundle".to_owned(), ca_bundle(path)?);
        }
        Ok(members)
    }

    fn texts(&self, members: &mut Map<String, Value>) {
        for (name, text) in [
            ("name", &self.name),
            ("description", &self.description),
            ("base_url", &self.base_url),
            ("http", &self.http),
            ("credential", &self.credential),
            ("scope", &self.scope),
            ("token_header", &self.token_header),
            ("token_prefix", &self.token_prefix),
            ("callers", &self.callers),
        ] {
            if let Some(text) = text {
                members.insert(name.to_owned(), text.as_str().into());
            }
        }
        for (name, texts) in [
            ("addresses", &self.address),
            ("remove_headers", &self.remove_header),
            ("hosts", &self.host),
            ("methods", &self.allow_method),
            ("paths", &self.allow_path),
        ] {
            if !texts.is_empty() {
                members.insert(name.to_owned(), json!(texts));
            }
        }
    }

    fn rejected(&self, members: &mut Map<String, Value>) -> Result<(), Failure> {
        let mut put = |name: &str, value: Value| set(members, "rejected", name, value);
        if !self.rejected_status.is_empty() {
            put("statuses", json!(self.rejected_status));
        }
        if let Some(pair) = &self.rejected_header {
            let (name, text) = pairs::split("--rejected-header", pair, "NAME=TEXT")?;
            put("header", json!({"name": name, "contains": text}));
        }
        if let Some(text) = &self.rejected_body {
            put("body", text.as_str().into());
        }
        Ok(())
    }

    /// The flags of headers with what was given, in the order in which they are sent.
    fn headers(&self) -> [(&str, &[String]); 2] {
        [
            ("--header", &self.header),
            ("--secret-header", &self.secret_header),
        ]
    }

    /// A failure whose places are named as they were typed.
    pub(super) fn in_words(&self, mut failure: Failure) -> Failure {
        for (place, _) in failure.fields_mut() {
            // a test has the settings in a part of its body
            let within = ["/draft/", "/overrides/"].into_iter();
            let mut inner = within.filter_map(|part| place.strip_prefix(part));
            let pointer = inner.next().map(|rest| format!("/{rest}"));
            let pointer = pointer.as_ref().unwrap_or(place);
            *place = self.header_flag(pointer).unwrap_or_else(|| flag(pointer));
        }
        failure
    }

    /// The flag and the name of the header that a pointer leads into.
    fn header_flag(&self, pointer: &str) -> Option<String> {
        let rest = pointer.strip_prefix("/headers/")?;
        let position = rest.split('/').next()?.parse().ok()?;
        let [plain, secret] = self.headers();
        pairs::at(position, plain, secret)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(flatten)]
        settings: Settings,
    }

    fn typed(arguments: &[&str]) -> Settings {
        let all = ["test"].iter().chain(arguments);
        Typed::try_parse_from(all).unwrap().settings
    }

    #[test]
    fn each_flag_is_a_member() {
        let settings = typed(&[
            "--name=CRM",
            "--label=team=sales",
            "--base-url=https://api.crm.example",
            "--address=a:1",
            "--address=b:2",
            "--token-prefix=",
            "--rejected-status=401",
            "--rejected-status=403",
            "--rejected-header=www-authenticate=a=b",
            "--header=accept=text/plain",
            "--cookies=true",
            "--answer-timeout-s=9",
            "--allow-method=GET",
            "--allow-path=/a",
            "--concurrent=3",
        ]);
        let expected = json!({
            "name": "CRM", "labels": {"team": "sales"}, "base_url": "https://api.crm.example",
            "addresses": ["a:1", "b:2"], "token_prefix": "",
            "rejected": {"statuses": [401, 403], "header": {"name": "www-authenticate", "contains": "a=b"}},
            "headers": [{"name": "accept", "value": "text/plain", "secret": false}],
            "cookies": true, "timeouts": {"answer_s": 9}, "methods": ["GET"], "paths": ["/a"],
            "limits": {"concurrent": 3},
        });
        assert_eq!(Value::Object(settings.members().unwrap()), expected);
        assert_eq!(typed(&[]).members().unwrap(), Map::new());
        let wrong = typed(&["--secret-header=x-key=hunter2"]);
        let fault = wrong.members().unwrap_err().to_string();
        assert!(
            fault.contains("--secret-header") && !fault.contains("hunter2"),
            "{fault}"
        );
    }

    #[test]
    fn places_are_told_as_they_were_typed() {
        let settings = typed(&["--header=accept=a", "--secret-header=x-key=@file"]);
        for (pointer, expected) in [
            ("/headers/0/value", "--header accept"),
            ("/draft/headers/1/name", "--secret-header x-key"),
            ("/overrides/headers/2/value", "--header or --secret-header"),
            ("/overrides/base_url", "--base-url"),
            ("/method", "--method"),
        ] {
            let place = (pointer.to_owned(), "wrong".to_owned());
            let failure = Failure::usage("values are wrong").with_fields(vec![place]);
            let told = settings.in_words(failure).to_string();
            assert!(told.contains(&format!("  {expected}: wrong")), "{told}");
        }
    }
}
