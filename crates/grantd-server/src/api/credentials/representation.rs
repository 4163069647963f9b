//! A credential as the API shows it: never a secret.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use grantd_model::parameter::ParameterValue;
use grantd_model::{
    Actor, AuthenticationMethod, BasicEncoding, Credential, Health, Notice, Parameter, Provider,
    ScopeSetting, SecretEntry, SecretReference, SecretValue, Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::health::HealthOut;
use crate::api::ActorOut;
use crate::app::App;
use crate::credential_form::{
    EncodingWord, MethodWord, ProviderWord, SecretReferenceForm, SourceWord,
};
use crate::precondition::etag;

/// A credential.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CredentialOut {
    /// Names it for ever.
    #[schema(example = "cred_06bq2k3d9hqpv1f8s0m4c7t5ug")]
    id: String,
    /// The short name by which it is addressed.
    #[schema(example = "sales-email-credentials")]
    slug: String,
    /// Whether tokens are given out.
    enabled: bool,
    /// Counts updates; the `ETag` is `"r<revision>"`.
    revision: u64,
    #[serde(flatten)]
    settings: SettingsOut,
    /// Its secrets in the order in which they are tried, without their values.
    secrets: Vec<SecretOut>,
    /// Whether it works, as far as its history tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<HealthOut>,
    /// When a token was last handed out, up to ten seconds ago; in lists alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
    /// When it was added.
    created_at: String,
    /// Who added it.
    created_by: ActorOut,
    /// When it was last changed.
    updated_at: String,
    /// Who changed it last.
    updated_by: ActorOut,
    /// What was accepted but should be known; only in the answer to a change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<crate::problem::FieldProblem>)]
    notices: Vec<Notice>,
}

/// What can be set of a credential, as it is now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SettingsOut {
    /// What people call it.
    name: String,
    /// What it is for.
    description: String,
    /// Who answers for it.
    owner: String,
    /// What it is sorted and granted by.
    labels: BTreeMap<String, String>,
    /// The authorization server's make.
    #[schema(value_type = ProviderWord)]
    provider: Provider,
    /// The client's registration at the authorization server.
    client_id: String,
    /// Where tokens are requested.
    token_endpoint: String,
    /// The scopes asked for, divided by spaces.
    scope: Option<String>,
    /// Whether the server takes no scope.
    no_scope: bool,
    /// `client_secret_basic` or `client_secret_post`.
    #[schema(value_type = MethodWord)]
    token_endpoint_auth_method: &'static str,
    /// `percent` or `raw`, with `client_secret_basic`.
    #[schema(value_type = Option<EncodingWord>)]
    basic_encoding: Option<BasicEncoding>,
    /// `internal` or `external`.
    #[schema(value_type = SourceWord)]
    secret_source: &'static str,
    /// Where an external secret is.
    #[schema(value_type = Option<SecretReferenceForm>)]
    client_secret_reference: Option<SecretReference>,
    /// When the secret ends at the authorization server, as far as people know.
    secret_expires_at: Option<String>,
    /// Sent as `audience`.
    audience: Option<String>,
    /// Sent as `resource`, each.
    resources: Vec<String>,
    /// Extra form parameters of the token request.
    parameters: Vec<ParameterOut>,
    /// Extra headers of the token request.
    headers: Vec<ParameterOut>,
    /// Until the connection stands, in seconds.
    connect_timeout_s: u64,
    /// The request as a whole, in seconds.
    request_timeout_s: u64,
    /// PEM certificates of the only authorities trusted.
    ca_bundle: Option<String>,
    /// The HTTP proxy that token requests leave through.
    egress_proxy: Option<String>,
    /// Hosts that a token may be sent to.
    bound_hosts: Vec<String>,
    /// Mailboxes that may be opened with it.
    allowed_mailboxes: Vec<String>,
}

/// A secret without its value.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SecretOut {
    /// Counts the secrets that the credential ever had.
    version: u32,
    /// `internal` or `external`.
    #[schema(value_type = SourceWord)]
    secret_source: &'static str,
    /// Where an external one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SecretReferenceForm>)]
    reference: Option<SecretReference>,
    /// When it was set.
    set_at: String,
    /// Who set it.
    set_by: ActorOut,
    /// When the authorization server last accepted it.
    last_used_at: Option<String>,
}

/// An extra parameter or header; the value of a secret one is absent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParameterOut {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    secret: bool,
}

impl CredentialOut {
    /// Shows a credential.
    pub(crate) fn new(credential: &Credential, notices: Vec<Notice>) -> Self {
        Self {
            id: credential.id.to_string(),
            slug: credential.slug.to_string(),
            enabled: credential.enabled,
            revision: credential.revision.0,
            settings: SettingsOut::new(credential),
            secrets: credential
                .authentication
                .secret()
                .iter()
                .map(secret)
                .collect(),
            health: None,
            last_used_at: None,
            created_at: credential.created.at.to_string(),
            created_by: (&credential.created.by).into(),
            updated_at: credential.updated.at.to_string(),
            updated_by: (&credential.updated.by).into(),
            notices,
        }
    }

    /// The same with its health.
    pub(crate) fn with_health(self, health: &Health) -> Self {
        Self {
            health: Some(HealthOut::from(health)),
            ..self
        }
    }

    /// The same with when a token was last handed out.
    pub(crate) fn with_last_use(self, at: Option<Timestamp>) -> Self {
        Self {
            last_used_at: at.as_ref().map(Timestamp::to_string),
            ..self
        }
    }

    /// As an answer with its `ETag` and, where it can be had, its health.
    pub(crate) async fn respond(
        (app, actor): (&App, &Actor),
        status: StatusCode,
        credential: Credential,
        notices: Vec<Notice>,
    ) -> Response {
        let shown = [credential];
        // what was done is told in any case
        let health = app.engine.health_of(actor, &shown).await;
        let [credential] = &shown;
        let mut out = Self::new(credential, notices);
        if let Some(health) = health.ok().as_deref().and_then(<[Health]>::first) {
            out = out.with_health(health);
        }
        (status, [(ETAG, etag(credential.revision))], Json(out)).into_response()
    }
}

impl SettingsOut {
    /// Shows what can be set.
    pub(crate) fn new(credential: &Credential) -> Self {
        let settings = &credential.settings;
        let current = &credential.authentication.secret().current.value;
        let encoding = match credential.authentication.method() {
            AuthenticationMethod::ClientSecretBasic(encoding) => Some(encoding),
            AuthenticationMethod::ClientSecretPost => None,
        };
        Self {
            name: settings.name.to_string(),
            description: settings.description.clone(),
            owner: settings.owner.clone(),
            labels: settings
                .labels
                .iter()
                .map(|(key, value)| (key.to_string(), value.to_string()))
                .collect(),
            provider: settings.provider,
            client_id: settings.client_id.to_string(),
            token_endpoint: settings.token_endpoint.to_string(),
            scope: settings.scope.scopes().map(ToString::to_string),
            no_scope: matches!(settings.scope, ScopeSetting::NotTaken),
            token_endpoint_auth_method: credential.authentication.method().iana_name(),
            basic_encoding: encoding,
            secret_source: source(current),
            client_secret_reference: reference(current),
            secret_expires_at: settings
                .secret_expires_at
                .as_ref()
                .map(Timestamp::to_string),
            audience: settings.audience.as_ref().map(ToString::to_string),
            resources: settings.resources.iter().map(ToString::to_string).collect(),
            parameters: parameters(&credential.parameters),
            headers: parameters(&credential.headers),
            connect_timeout_s: settings.timeouts.connect.as_secs(),
            request_timeout_s: settings.timeouts.request.as_secs(),
            ca_bundle: settings.ca_bundle.clone(),
            egress_proxy: settings.egress_proxy.as_ref().map(ToString::to_string),
            bound_hosts: settings.bound_hosts.clone(),
            allowed_mailboxes: settings.allowed_mailboxes.clone(),
        }
    }
}

fn secret(entry: &SecretEntry) -> SecretOut {
    SecretOut {
        version: entry.version,
        secret_source: source(&entry.value),
        reference: reference(&entry.value),
        set_at: entry.set.at.to_string(),
        set_by: (&entry.set.by).into(),
        last_used_at: entry.last_used_at.as_ref().map(Timestamp::to_string),
    }
}

const fn source(value: &SecretValue) -> &'static str {
    match value {
        SecretValue::Internal(_) => "internal",
        SecretValue::External(_) => "external",
    }
}

fn reference(value: &SecretValue) -> Option<SecretReference> {
    match value {
        SecretValue::Internal(_) => None,
        SecretValue::External(reference) => Some(reference.clone()),
    }
}

fn parameters(parameters: &[Parameter<ParameterValue>]) -> Vec<ParameterOut> {
    let one = |parameter: &Parameter<ParameterValue>| {
        let value = match &parameter.value {
            ParameterValue::Plain(value) => Some(value.clone()),
            ParameterValue::Secret { .. } => None,
        };
        ParameterOut {
            name: parameter.name.clone(),
            secret: value.is_none(),
            value,
        }
    };
    parameters.iter().map(one).collect()
}
