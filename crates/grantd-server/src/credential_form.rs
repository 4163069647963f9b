//! A credential on its way in: the form that people fill, and its parsing into a draft.
//!
//! Every fault is found in one go and named by its place; what was mended quietly is told as a
//! notice.

mod authentication;
mod fields;
mod parse;
mod words;

use std::collections::BTreeMap;

use grantd_model::Secret;
use serde::Deserialize;
use serde_json::Number;
use utoipa::ToSchema;

pub(crate) use authentication::Kept;
pub(crate) use parse::{new_secret, parse};
pub(crate) use words::{EncodingWord, MethodWord, ProviderWord, SourceWord};

/// A credential as it is sent. `name`, `client_id`, a secret, `token_endpoint` and `scope` (or
/// `no_scope`) are expected, the rest may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Sales Email Credentials",
    "client_id": "sales-email-listener",
    "client_secret": "the secret that the authorization server gave",
    "token_endpoint": "https://login.example.com/oauth2/authorize-service",
    "scope": "https://outlook.office365.com/.default",
    "token_endpoint_auth_method": "client_secret_basic"
}))]
pub(crate) struct CredentialForm {
    /// What people call it: 1 to 120 characters, unique without regard to case.
    #[schema(example = "Sales Email Credentials", min_length = 1, max_length = 120)]
    pub(crate) name: Option<String>,
    /// The short name; derived from the name if absent. It never changes.
    #[schema(example = "sales-email-credentials")]
    pub(crate) slug: Option<String>,
    /// What it is for: at most 2000 characters.
    #[schema(max_length = 2000)]
    pub(crate) description: Option<String>,
    /// Who answers for it, with a way to reach them: at most 200 characters.
    #[schema(max_length = 200)]
    pub(crate) owner: Option<String>,
    /// What it is sorted and granted by: at most 32.
    #[schema(value_type = Option<BTreeMap<String, String>>)]
    pub(crate) labels: Option<BTreeMap<String, Option<String>>>,
    /// The authorization server's make: `generic`, `entra`, `adfs`, `okta`, `auth0` or `google`.
    #[schema(value_type = Option<ProviderWord>)]
    pub(crate) provider: Option<String>,
    /// The client's registration at the authorization server.
    #[schema(example = "sales-email-listener", min_length = 1, max_length = 512)]
    pub(crate) client_id: Option<String>,
    /// `internal`: the secret is sealed here. `external`: it is read from a secret source.
    #[schema(value_type = Option<SourceWord>)]
    pub(crate) secret_source: Option<String>,
    /// The client secret, write-only.
    #[schema(value_type = Option<String>, write_only)]
    pub(crate) client_secret: Option<Secret<String>>,
    /// Where an external secret is.
    pub(crate) client_secret_reference: Option<SecretReferenceForm>,
    /// Where tokens are requested: https, or http on this machine.
    #[schema(example = "https://login.example.com/oauth2/authorize-service")]
    pub(crate) token_endpoint: Option<String>,
    /// The scopes asked for, divided by spaces, case-sensitive.
    #[schema(example = "https://outlook.office365.com/.default")]
    pub(crate) scope: Option<String>,
    /// Says that this server takes no scope.
    pub(crate) no_scope: Option<bool>,
    /// `client_secret_basic` (the default) or `client_secret_post`.
    #[schema(value_type = Option<MethodWord>)]
    pub(crate) token_endpoint_auth_method: Option<String>,
    /// `percent` (the default, RFC 6749 section 2.3.1) or `raw`, with `client_secret_basic`.
    #[schema(value_type = Option<EncodingWord>)]
    pub(crate) basic_encoding: Option<String>,
    /// When the secret ends at the authorization server, RFC 3339.
    pub(crate) secret_expires_at: Option<String>,
    /// Sent as `audience`.
    pub(crate) audience: Option<String>,
    /// Sent as `resource`, each (RFC 8707): at most 16.
    #[schema(max_items = 16)]
    pub(crate) resources: Option<Vec<String>>,
    /// Extra form parameters of the token request: at most 32.
    #[schema(max_items = 32)]
    pub(crate) parameters: Option<Vec<ParameterForm>>,
    /// Extra headers of the token request: at most 32; secret unless said otherwise.
    #[schema(max_items = 32)]
    pub(crate) headers: Option<Vec<ParameterForm>>,
    /// Until the connection stands: 1 to 60 s, 10 if absent.
    #[schema(value_type = Option<u64>, minimum = 1, maximum = 60)]
    pub(crate) connect_timeout_s: Option<Number>,
    /// The request as a whole: 1 to 300 s, 30 if absent.
    #[schema(value_type = Option<u64>, minimum = 1, maximum = 300)]
    pub(crate) request_timeout_s: Option<Number>,
    /// PEM certificates of the only authorities trusted for the token endpoint.
    pub(crate) ca_bundle: Option<String>,
    /// The HTTP proxy that token requests leave through: `http://host:port`.
    pub(crate) egress_proxy: Option<String>,
    /// Hosts that a token may be sent to; set by an admin.
    pub(crate) bound_hosts: Option<Vec<String>>,
    /// Mailboxes that may be opened with it; set by an admin.
    pub(crate) allowed_mailboxes: Option<Vec<String>>,
}

/// The secret that is to take the place of the current one: a value, or a reference.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSecretForm {
    /// `internal`: the secret is sealed here. `external`: it is read from a secret source.
    #[schema(value_type = Option<SourceWord>)]
    pub(crate) secret_source: Option<String>,
    /// The client secret, write-only.
    #[schema(value_type = Option<String>, write_only)]
    pub(crate) client_secret: Option<Secret<String>>,
    /// Where an external secret is.
    pub(crate) client_secret_reference: Option<SecretReferenceForm>,
}

/// Points at a secret in a secret source.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretReferenceForm {
    /// The name of the source.
    #[schema(example = "team-files")]
    pub(crate) source: Option<String>,
    /// Where in it.
    #[schema(example = "sales/client-secret")]
    pub(crate) path: Option<String>,
    /// JSON pointer into a value that is a JSON document.
    pub(crate) key: Option<String>,
    /// Which version, where the source keeps several.
    pub(crate) version: Option<String>,
}

/// An extra form parameter or header.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParameterForm {
    /// The name on the wire.
    pub(crate) name: Option<String>,
    /// The value; left out in an update, a secret one stays as it is.
    #[schema(value_type = Option<String>)]
    pub(crate) value: Option<Secret<String>>,
    /// Whether the value is sealed and never shown.
    pub(crate) secret: Option<bool>,
}
