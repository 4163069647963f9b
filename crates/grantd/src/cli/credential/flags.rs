//! Flags that say what a credential should be; the same for adding and for changing.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Map, Value, json};

use super::pairs;
use crate::cli::members::ca_bundle;
use crate::failure::Failure;

/// What a credential should be, apart from its secret.
#[derive(Debug, Default, Args)]
pub(super) struct SettingFlags {
    /// What people call it
    #[arg(long)]
    name: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Who answers for it, with a way to reach them
    #[arg(long, value_name = "TEXT")]
    owner: Option<String>,
    /// Label, as KEY=VALUE; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    label: Vec<String>,
    /// Make of the authorization server
    #[arg(long, value_parser = PossibleValuesParser::new(["generic", "entra", "adfs", "okta", "auth0", "google"]))]
    provider: Option<String>,
    /// The client's registration at the authorization server
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// URL at which tokens are requested
    #[arg(long, value_name = "URL")]
    token_endpoint: Option<String>,
    /// Scopes, divided by spaces
    #[arg(long, value_name = "SCOPES", conflicts_with = "no_scope")]
    scope: Option<String>,
    /// The authorization server takes no scope
    #[arg(long)]
    no_scope: bool,
    /// How id and secret are sent: in the Authorization header (the default), or in the body. The
    /// body is recommended for Entra, and otherwise for clients that can not use the header
    #[arg(long, value_name = "METHOD", value_parser = PossibleValuesParser::new(["client_secret_basic", "client_secret_post"]))]
    auth_method: Option<String>,
    /// How id and secret are written into the Authorization header: as RFC 6749 asks (the default),
    /// or as they are
    #[arg(long, value_name = "ENCODING", value_parser = PossibleValuesParser::new(["percent", "raw"]))]
    basic_encoding: Option<String>,
    /// When the secret ends at the authorization server, such as 2027-01-31T09:00:00Z
    #[arg(long, value_name = "TIME")]
    secret_expires_at: Option<String>,
    /// Sent as `audience`
    #[arg(long, value_name = "TEXT", help_heading = "Advanced")]
    audience: Option<String>,
    /// Sent as `resource`; may be repeated
    #[arg(long, value_name = "URI", help_heading = "Advanced")]
    resource: Vec<String>,
    /// Extra form parameter, as NAME=VALUE; may be repeated
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Advanced")]
    parameter: Vec<String>,
    /// Extra form parameter whose value is secret and read from a file; may be repeated
    #[arg(long, value_name = "NAME=@FILE", help_heading = "Advanced")]
    secret_parameter: Vec<String>,
    /// Extra header, as NAME=VALUE; may be repeated
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Advanced")]
    header: Vec<String>,
    /// Extra header whose value is secret and read from a file; may be repeated
    #[arg(long, value_name = "NAME=@FILE", help_heading = "Advanced")]
    secret_header: Vec<String>,
    /// Until the connection stands, in seconds: 1 to 60, 10 by default
    #[arg(long, value_name = "SECONDS", help_heading = "Advanced")]
    connect_timeout_s: Option<u64>,
    /// The token request as a whole, in seconds: 1 to 300, 30 by default
    #[arg(long, value_name = "SECONDS", help_heading = "Advanced")]
    request_timeout_s: Option<u64>,
    /// PEM file of the only authorities trusted for the token endpoint
    #[arg(long, value_name = "FILE", help_heading = "Advanced")]
    ca_bundle_file: Option<PathBuf>,
    /// HTTP proxy that token requests leave through, as http://host:port
    #[arg(long, value_name = "URL", help_heading = "Advanced")]
    egress_proxy: Option<String>,
    /// Host that a token may be sent to, set by an admin; may be repeated
    #[arg(long, value_name = "HOST", help_heading = "Advanced")]
    bound_host: Vec<String>,
    /// Mailbox that may be opened with it, set by an admin; may be repeated
    #[arg(long, value_name = "ADDRESS", help_heading = "Advanced")]
    allowed_mailbox: Vec<String>,
}

impl SettingFlags {
    /// The flag and the name of the extra parameter or header that a JSON pointer points into.
    pub(super) fn pair(&self, pointer: &str) -> Option<String> {
        let mut parts = pointer.strip_prefix('/')?.split('/');
        let (plain, secret) = match parts.next()? {
            "parameters" => (
                ("--parameter", self.parameter.as_slice()),
                ("--secret-parameter", self.secret_parameter.as_slice()),
            ),
            "headers" => (
                ("--header", self.header.as_slice()),
                ("--secret-header", self.secret_header.as_slice()),
            ),
            _ => return None,
        };
        pairs::at(parts.next()?.parse().ok()?, plain, secret)
    }

    /// The members that were given; those with secrets among them.
    ///
    /// # Errors
    /// When a pair is none, or a file can not be read.
    pub(super) fn members(&self) -> Result<Map<String, Value>, Failure> {
        let mut members = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                members.insert(name.to_owned(), value);
            }
        };
        for (name, text) in [
            ("name", &self.name),
            ("description", &self.description),
            ("owner", &self.owner),
            ("provider", &self.provider),
            ("client_id", &self.client_id),
            ("token_endpoint", &self.token_endpoint),
            ("scope", &self.scope),
            ("token_endpoint_auth_method", &self.auth_method),
            ("basic_encoding", &self.basic_encoding),
            ("secret_expires_at", &self.secret_expires_at),
            ("audience", &self.audience),
            ("egress_proxy", &self.egress_proxy),
        ] {
            put(name, text.as_ref().map(|text| json!(text)));
        }
        for (name, texts) in [
            ("resources", &self.resource),
            ("bound_hosts", &self.bound_host),
            ("allowed_mailboxes", &self.allowed_mailbox),
        ] {
            put(name, (!texts.is_empty()).then(|| json!(texts)));
        }
        for (name, number) in [
            ("connect_timeout_s", self.connect_timeout_s),
            ("request_timeout_s", self.request_timeout_s),
        ] {
            put(name, number.map(|number| json!(number)));
        }
        put("no_scope", self.no_scope.then_some(Value::Bool(true)));
        put("labels", pairs::labels(&self.label)?);
        put(
            "parameters",
            pairs::parameters(
                ("--parameter", &self.parameter),
                ("--secret-parameter", &self.secret_parameter),
            )?,
        );
        put(
            "headers",
            pairs::parameters(
                ("--header", &self.header),
                ("--secret-header", &self.secret_header),
            )?,
        );
        if let Some(path) = &self.ca_bundle_file {
            members.insert("ca_bundle".to_owned(), ca_bundle(path)?);
        }
        Ok(members)
    }
}
