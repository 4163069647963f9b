//! An alert channel as the API takes one.

use std::collections::BTreeMap;

use grantd_engine::ChannelSecretInput;
use grantd_model::{ChannelDraft, Secret, Slug};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::json_body::{JsonBytes, without_value};
use crate::problem::Problem;

/// An alert channel. What is left out has its default.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of ChannelDraft")]
#[schema(example = json!({"name": "on-call", "kind": "webhook",
    "webhook": {"url": "https://alerts.example.com/grantd"}, "events": ["failing", "recovered"]}))]
pub(crate) struct ChannelForm {
    /// What it is called, for ever: lower-case letters and digits with single hyphens.
    #[schema(example = "on-call")]
    name: String,
    /// Of a webhook the signing secret (`whsec_…`; grantd makes one where it is left out), of a mail the
    /// password, of a chat the URL of its incoming webhook. It is never shown again.
    #[schema(write_only)]
    secret: Option<String>,
    /// What people set besides.
    #[schema(inline)]
    #[serde(flatten)]
    settings: ChannelSettingsForm,
}

/// What people set of an alert channel.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of ChannelDraft")]
pub(crate) struct ChannelSettingsForm {
    /// What it is for.
    #[schema(required = false)]
    description: String,
    /// Whether anything goes there.
    #[schema(required = false, example = true)]
    enabled: bool,
    /// `webhook`, `email` or `chat`.
    #[schema(required = false, example = "webhook")]
    kind: String,
    /// Where to, if it is a webhook.
    webhook: Option<WebhookForm>,
    /// How and to whom, if it is a mail.
    email: Option<EmailForm>,
    /// How, if it is a chat.
    chat: Option<ChatFormOut>,
    /// What it is told of: `failing`, `recovered`, `expiring`.
    #[schema(required = false, example = json!(["failing", "recovered", "expiring"]))]
    events: Vec<String>,
    /// Of which kinds of things: `credential`, `listener`, `source`.
    #[schema(required = false, example = json!(["credential", "listener", "source"]))]
    objects: Vec<String>,
    /// Only of credentials with all these labels, and of their listeners.
    #[schema(required = false, example = json!({"team": "sales"}))]
    labels: BTreeMap<String, String>,
    /// PEM certificates of the only authorities trusted.
    ca_bundle: Option<String>,
}

/// A webhook, signed as Standard Webhooks says.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of WebhookDraft")]
pub(crate) struct WebhookForm {
    /// Where messages are posted; http to this machine alone.
    #[schema(example = "https://alerts.example.com/grantd")]
    url: String,
}

/// A mail.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of EmailDraft")]
pub(crate) struct EmailForm {
    /// The host of the mail server.
    #[schema(example = "mail.example.com")]
    host: String,
    /// Its port: 587, 465 or 25 by default, as `security` has it.
    #[schema(minimum = 1, example = 587)]
    port: Option<u16>,
    /// `starttls`, `tls`, or `none`, which is for this machine alone.
    #[schema(required = false, example = "starttls")]
    security: String,
    /// Who signs in; nobody if absent.
    #[schema(example = "grantd")]
    username: Option<String>,
    /// The sender.
    #[schema(example = "grantd@example.com")]
    from: String,
    /// Who gets it: at most 20.
    #[schema(example = json!(["ops@example.com"]))]
    to: Vec<String>,
}

/// The incoming webhook of a chat, whose URL is the secret.
#[derive(Debug, ToSchema)]
#[schema(as = ChatForm)]
#[expect(dead_code, reason = "documents the JSON form of ChatDraft")]
pub(crate) struct ChatFormOut {
    /// `slack` (and Mattermost, Rocket.Chat), `teams`, or `text` for `{"text": …}`.
    #[schema(required = false, example = "slack")]
    form: String,
    /// Where its URL leads; grantd takes it out of the URL.
    #[schema(example = "https://hooks.slack.com")]
    origin: Option<String>,
}

/// A document taken apart: what is settings, what is secret, and the name.
pub(super) struct Taken {
    pub(super) name: Option<String>,
    pub(super) input: ChannelSecretInput,
    pub(super) draft: ChannelDraft,
}

/// Takes a document apart. Where no secret is given it is kept, if there is one.
pub(super) fn take(document: Value) -> Result<Taken, Problem> {
    let Value::Object(mut members) = document else {
        return Err(Problem::unreadable("", "a JSON object is expected"));
    };
    let name = member(&mut members, "name")?;
    let secret: Option<Secret<String>> = member(&mut members, "secret")?;
    Ok(Taken {
        name,
        input: secret.map_or(ChannelSecretInput::Keep, ChannelSecretInput::Given),
        draft: JsonBytes::from_value(&Value::Object(members)).read()?,
    })
}

/// The name of a channel that is to be.
pub(super) fn name(text: Option<String>) -> Result<Slug, Problem> {
    let text = text.unwrap_or_default();
    Slug::try_from(text).map_err(|fault| Problem::fields(vec![fault.at("/name")]))
}

/// Takes one member out of a document.
fn member<T: DeserializeOwned>(
    members: &mut Map<String, Value>,
    name: &str,
) -> Result<Option<T>, Problem> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => serde_json::from_value(value).map(Some).map_err(|error| {
            // an error of serde repeats the value where that is text
            let detail = match name {
                "secret" => "a string is expected".to_owned(),
                _ => without_value(&error.to_string()),
            };
            Problem::unreadable(&format!("/{name}"), &detail)
        }),
    }
}
