//! The fields of the form: from a channel's settings and back, and which one a fault is of.

use std::collections::BTreeMap;

use grantd_engine::ChannelSecretInput;
use grantd_model::alert::{ChatDraft, EmailDraft, WebhookDraft};
use grantd_model::{AlertChannel, ChannelDraft, FieldError};

use crate::console::fault::{self, Fault};
use crate::console::form::Form;
use crate::console::merge::Fields;
use crate::console::texts::Texts;

/// The fields of the form, apart from the secret, which is never given back.
pub(super) const FIELDS: Fields = Fields {
    single: &[
        "kind",
        "description",
        "url",
        "form",
        "host",
        "port",
        "security",
        "username",
        "from",
        "to",
        "labels",
        "ca_bundle",
    ],
    groups: &[
        ("enabled", &["ticks", "enabled"]),
        ("events", &["ticks", "events"]),
        ("objects", &["ticks", "objects"]),
    ],
    label: label_key,
    words,
};

/// The text of a field's label.
pub(super) fn label_key(field: &str) -> &'static str {
    match field {
        "name" => "field.name",
        "description" => "field.description",
        "ca_bundle" => "field.ca_bundle",
        "kind" => "alert_field.kind",
        "url" => "alert_field.url",
        "form" => "alert_field.form",
        "host" => "alert_field.host",
        "port" => "alert_field.port",
        "security" => "alert_field.security",
        "username" => "alert_field.username",
        "from" => "alert_field.from",
        "to" => "alert_field.to",
        "events" => "alert_field.events",
        "objects" => "alert_field.objects",
        "labels" => "alert_field.labels",
        "enabled" => "alert_field.enabled",
        _ => "alert_field.secret",
    }
}

/// The fields of a channel that is not there yet.
pub(super) fn defaults() -> Form {
    of_draft(&ChannelDraft::default())
}

/// The fields of a channel as it is kept.
pub(super) fn of_channel(channel: &AlertChannel) -> Form {
    let mut form = of_draft(&ChannelDraft::of(&channel.settings));
    form.put("name", channel.name.as_str());
    form
}

fn of_draft(draft: &ChannelDraft) -> Form {
    let mut form = Form::default();
    let webhook = draft.webhook.clone().unwrap_or_default();
    let email = draft.email.clone().unwrap_or_default();
    let chat = draft.chat.clone().unwrap_or_default();
    let labels = draft.labels.iter();
    let labels: Vec<String> = labels
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let port = email.port.map(|port| port.to_string());
    for (name, value) in [
        ("kind", draft.kind.clone()),
        ("description", draft.description.clone()),
        ("url", webhook.url),
        ("form", chat.form),
        ("host", email.host),
        ("port", port.unwrap_or_default()),
        ("security", email.security),
        ("username", email.username.unwrap_or_default()),
        ("from", email.from),
        ("to", email.to.join("\n")),
        ("labels", labels.join("\n")),
        ("ca_bundle", draft.ca_bundle.clone().unwrap_or_default()),
        ("ticks", "on".to_owned()),
    ] {
        form.put(name, value);
    }
    if draft.enabled {
        form.put("enabled", "on");
    }
    for event in &draft.events {
        form.add("events", event);
    }
    for object in &draft.objects {
        form.add("objects", object);
    }
    form
}

/// What was typed, as a draft. What belongs to another kind is left out.
pub(super) fn to_draft(form: &Form) -> ChannelDraft {
    let some = |name: &str| {
        let text = form.get(name).trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let lines = |name: &str| -> Vec<String> {
        let lines = form.get(name).lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect()
    };
    let text = |name: &str| form.get(name).trim().to_owned();
    let kind = form.get("kind");
    let email = || EmailDraft {
        host: text("host"),
        // one that can not be read is out of range
        port: some("port").map(|port| port.parse().unwrap_or(0)),
        security: text("security"),
        username: some("username"),
        from: text("from"),
        to: lines("to"),
    };
    let labels: BTreeMap<String, String> = lines("labels")
        .into_iter()
        .map(|line| match line.split_once('=') {
            Some((key, value)) => (key.trim().to_owned(), value.trim().to_owned()),
            None => (line, String::new()),
        })
        .collect();
    ChannelDraft {
        description: text("description"),
        enabled: form.is_ticked("enabled"),
        kind: kind.to_owned(),
        webhook: (kind == "webhook").then(|| WebhookDraft { url: text("url") }),
        email: (kind == "email").then(email),
        chat: (kind == "chat").then(|| ChatDraft {
            form: text("form"),
            origin: None,
        }),
        events: form.all("events").map(str::to_owned).collect(),
        objects: form.all("objects").map(str::to_owned).collect(),
        labels,
        ca_bundle: some("ca_bundle"),
    }
}

/// What was typed of the secret; what is kept where nothing was.
pub(super) fn to_input(form: &Form) -> ChannelSecretInput {
    match form.secret("secret") {
        Some(secret) => ChannelSecretInput::Given(secret),
        None => ChannelSecretInput::Keep,
    }
}

fn words(t: &Texts, form: &Form, label: &str) -> String {
    match label {
        "enabled" => {
            let key = if form.is_ticked("enabled") {
                "source.yes"
            } else {
                "source.no"
            };
            t.say(key).to_owned()
        }
        "events" | "objects" => form.all(label).collect::<Vec<_>>().join(", "),
        name => form.get(name).replace("\r\n", "\n").trim().to_owned(),
    }
}

/// Faults by their fields, in the order of the form.
pub(super) fn faults(errors: &[FieldError]) -> Vec<Fault> {
    fault::faults(errors, field_of)
}

fn field_of(pointer: &str) -> &'static str {
    const PLACES: [(&str, &str); 16] = [
        ("/name", "name"),
        ("/kind", "kind"),
        ("/description", "description"),
        ("/webhook/url", "url"),
        ("/chat/form", "form"),
        ("/email/host", "host"),
        ("/email/port", "port"),
        ("/email/security", "security"),
        ("/email/username", "username"),
        ("/email/from", "from"),
        ("/email/to", "to"),
        ("/events", "events"),
        ("/objects", "objects"),
        ("/labels", "labels"),
        ("/ca_bundle", "ca_bundle"),
        ("/secret", "secret"),
    ];
    fault::field_at(&PLACES, pointer).unwrap_or("secret")
}
