//! A channel as it is written down: in the API and in the store, without its secret.
//!
//! Invariant: what [`ChannelDraft::of`] writes, [`ChannelDraft::parse`] reads as the same.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    AlertEvent, AlertObject, ChannelKind, ChannelSettings, ChatForm, EmailSettings, HookUrl,
    SmtpSecurity,
};
use crate::credential::check_free_text;
use crate::endpoint::is_loopback;
use crate::faults::Faults;
use crate::listener::MailAddress;
use crate::text::check_line;
use crate::{FieldError, Invalid, LabelSelector, Labels, Origin};

/// The most receivers of a mail.
const MOST_RECEIVERS: usize = 20;

/// A channel as people write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelDraft {
    /// What it is for.
    pub description: String,
    /// Whether anything goes there.
    pub enabled: bool,
    /// `webhook`, `email` or `chat`.
    pub kind: String,
    /// Where to, if it is a webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookDraft>,
    /// How and to whom, if it is a mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailDraft>,
    /// How, if it is a chat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat: Option<ChatDraft>,
    /// `failing`, `recovered`, `expiring`.
    pub events: Vec<String>,
    /// `credential`, `listener`, `source`.
    pub objects: Vec<String>,
    /// Only of credentials with these labels, and of their listeners.
    pub labels: BTreeMap<String, String>,
    /// PEM certificates of the only authorities trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_bundle: Option<String>,
}

impl Default for ChannelDraft {
    fn default() -> Self {
        let events = AlertEvent::ALL.iter().map(|it| it.name().to_owned());
        let objects = AlertObject::ALL.iter().map(|it| it.name().to_owned());
        Self {
            description: String::new(),
            enabled: true,
            kind: "webhook".to_owned(),
            webhook: None,
            email: None,
            chat: None,
            events: events.collect(),
            objects: objects.collect(),
            labels: BTreeMap::new(),
            ca_bundle: None,
        }
    }
}

/// A webhook as people write it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookDraft {
    /// Where messages are posted.
    pub url: String,
}

/// A mail as people write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EmailDraft {
    /// The host of the mail server.
    pub host: String,
    /// Its port; that of the security if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// `starttls`, `tls`, or `none` (to this machine only).
    pub security: String,
    /// Who signs in; nobody if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The sender.
    pub from: String,
    /// Who gets it.
    pub to: Vec<String>,
}

impl Default for EmailDraft {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: None,
            security: SmtpSecurity::StartTls.name().to_owned(),
            username: None,
            from: String::new(),
            to: Vec::new(),
        }
    }
}

/// A chat as people write it; its URL is the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChatDraft {
    /// `slack`, `teams` or `text`.
    pub form: String,
    /// Where the URL leads; grantd takes it out of the URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

impl Default for ChatDraft {
    fn default() -> Self {
        Self {
            form: ChatForm::Text.name().to_owned(),
            origin: None,
        }
    }
}

impl ChannelDraft {
    /// Reads it.
    ///
    /// # Errors
    /// Everything that is wrong, each at its place.
    pub fn parse(&self) -> Result<ChannelSettings, Vec<FieldError>> {
        let mut faults = Faults::default();
        let f = &mut faults;
        f.check("/description", check_free_text(&self.description, 1000));
        let given = [
            self.webhook.is_some(),
            self.email.is_some(),
            self.chat.is_some(),
        ];
        let kind = match (self.kind.as_str(), given) {
            ("webhook", [_, false, false]) => webhook_of(f, self.webhook.as_ref()),
            ("email", [false, _, false]) => email_of(f, self.email.as_ref()),
            ("chat", [false, false, _]) => chat_of(f, self.chat.as_ref()),
            ("webhook" | "email" | "chat", _) => {
                let detail = "the settings of the kind alone are expected";
                f.check("/kind", Err(Invalid::new("too_much", detail)));
                None
            }
            (other, _) => {
                let kinds = [("webhook", ()), ("email", ()), ("chat", ())];
                f.named("/kind", other, &kinds);
                None
            }
        };
        let events = words(f, "/events", &self.events, |it| AlertEvent::try_from(it));
        let objects = words(f, "/objects", &self.objects, |it| AlertObject::try_from(it));
        let labels = labels_of(f, &self.labels);
        if let Some(bundle) = &self.ca_bundle {
            f.check("/ca_bundle", check_free_text(bundle, 200_000));
        }
        let settings = || {
            Some(ChannelSettings {
                description: self.description.clone(),
                enabled: self.enabled,
                events,
                objects,
                labels,
                kind: kind?,
                ca_bundle: self.ca_bundle.clone(),
            })
        };
        faults.or(settings())
    }

    /// The settings as people would write them.
    #[must_use]
    pub fn of(settings: &ChannelSettings) -> Self {
        let labels = settings.labels.iter().flat_map(|it| it.0.iter());
        let mut draft = Self {
            description: settings.description.clone(),
            enabled: settings.enabled,
            kind: settings.kind.name().to_owned(),
            webhook: None,
            email: None,
            chat: None,
            events: settings
                .events
                .iter()
                .map(|it| it.name().to_owned())
                .collect(),
            objects: settings
                .objects
                .iter()
                .map(|it| it.name().to_owned())
                .collect(),
            labels: labels
                .map(|(key, value)| (key.to_string(), value.to_string()))
                .collect(),
            ca_bundle: settings.ca_bundle.clone(),
        };
        match &settings.kind {
            ChannelKind::Webhook(url) => {
                let url = url.as_str().to_owned();
                draft.webhook = Some(WebhookDraft { url });
            }
            ChannelKind::Email(email) => {
                draft.email = Some(EmailDraft {
                    host: email.host.clone(),
                    port: Some(email.port),
                    security: email.security.name().to_owned(),
                    username: email.username.clone(),
                    from: email.from.to_string(),
                    to: email.to.iter().map(ToString::to_string).collect(),
                });
            }
            ChannelKind::Chat(form, origin) => {
                draft.chat = Some(ChatDraft {
                    form: form.name().to_owned(),
                    origin: Some(origin.to_string()),
                });
            }
        }
        draft
    }
}

fn words<T: Ord>(
    f: &mut Faults,
    place: &str,
    given: &[String],
    read: impl Fn(&str) -> Result<T, Invalid>,
) -> BTreeSet<T> {
    if given.is_empty() {
        let detail = "at least one is expected";
        f.check(place, Err(Invalid::new("required", detail)));
    }
    let given = given.iter().enumerate();
    given
        .filter_map(|(number, word)| f.take(&format!("{place}/{number}"), read(word)))
        .collect()
}

fn labels_of(f: &mut Faults, given: &BTreeMap<String, String>) -> Option<LabelSelector> {
    let labels = Labels::read(f, given)?;
    (!labels.is_empty()).then_some(LabelSelector(labels))
}

fn webhook_of(f: &mut Faults, draft: Option<&WebhookDraft>) -> Option<ChannelKind> {
    let url = draft.map_or("", |it| it.url.trim());
    let url = f.take("/webhook/url", HookUrl::try_from(url))?;
    Some(ChannelKind::Webhook(url))
}

fn chat_of(f: &mut Faults, draft: Option<&ChatDraft>) -> Option<ChannelKind> {
    let missing = ChatDraft::default();
    let draft = draft.unwrap_or(&missing);
    let forms = ChatForm::ALL.map(|it| (it.name(), it));
    let form = f.named("/chat/form", &draft.form, &forms);
    let origin = draft.origin.clone().unwrap_or_default();
    // the URL is not here: where it is missing, so is its origin
    let origin = f.take("/secret", Origin::try_from(origin));
    Some(ChannelKind::Chat(form?, origin?))
}

fn email_of(f: &mut Faults, draft: Option<&EmailDraft>) -> Option<ChannelKind> {
    let missing = EmailDraft::default();
    let draft = draft.unwrap_or(&missing);
    let kinds = SmtpSecurity::ALL.map(|it| (it.name(), it));
    let security = f.named("/email/security", &draft.security, &kinds);
    let port = draft.port.unwrap_or(match security {
        Some(SmtpSecurity::Tls) => 465,
        Some(SmtpSecurity::None) => 25,
        _ => 587,
    });
    f.range("/email/port", port.into(), 1, 65_535);
    let host = draft.host.trim();
    let url = f.take("/email/host", server(host, port));
    if security == Some(SmtpSecurity::None) && url.as_ref().is_some_and(|it| !is_loopback(it)) {
        let detail = "`starttls` or `tls` is expected; without it mail goes to this machine only";
        f.check("/email/security", Err(Invalid::new("tls_required", detail)));
    }
    if let Some(username) = &draft.username {
        f.check("/email/username", check_line(username, 320));
    }
    let from = f.take("/email/from", ascii(draft.from.trim()));
    if draft.to.is_empty() || draft.to.len() > MOST_RECEIVERS {
        let detail = format!("1 to {MOST_RECEIVERS} addresses are expected");
        f.check("/email/to", Err(Invalid::new("out_of_range", detail)));
    }
    let mut to = Vec::with_capacity(draft.to.len());
    for (number, address) in draft.to.iter().enumerate() {
        to.extend(f.take(&format!("/email/to/{number}"), ascii(address.trim())));
    }
    Some(ChannelKind::Email(EmailSettings {
        host: host.to_owned(),
        port,
        security: security?,
        username: draft.username.clone(),
        from: from?,
        to,
        origin: Origin::of(&url?),
    }))
}

/// An address that every server takes: others need SMTPUTF8 (RFC 6531).
fn ascii(text: &str) -> Result<MailAddress, Invalid> {
    if !text.is_ascii() {
        let detail = "an address of ASCII characters is expected";
        return Err(Invalid::new("not_ascii", detail));
    }
    MailAddress::try_from(text)
}

/// Host and port as a URL of https would have them.
fn server(host: &str, port: u16) -> Result<Url, Invalid> {
    let wrong = || {
        Invalid::new(
            "invalid_host",
            "a host such as `mail.example.com` is expected, without scheme and port",
        )
    };
    let odd = |c: char| c.is_whitespace() || c.is_control() || "/\\@?#%".contains(c);
    if host.is_empty() || host.len() > 253 || host.contains(odd) {
        return Err(wrong());
    }
    let is_v6 = host.starts_with('[') && host.ends_with(']');
    if host.contains(':') && !is_v6 {
        return Err(wrong());
    }
    Url::parse(&format!("https://{host}:{port}/")).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email() -> ChannelDraft {
        ChannelDraft {
            kind: "email".to_owned(),
            email: Some(EmailDraft {
                host: "mail.example.com".to_owned(),
                username: Some("grantd".to_owned()),
                from: "grantd@example.com".to_owned(),
                to: vec!["ops@example.com".to_owned()],
                ..EmailDraft::default()
            }),
            ..ChannelDraft::default()
        }
    }

    fn webhook() -> ChannelDraft {
        ChannelDraft {
            webhook: Some(WebhookDraft {
                url: "https://alerts.example.com/in?x=1".to_owned(),
            }),
            labels: BTreeMap::from([("team/one".to_owned(), "Sales".to_owned())]),
            events: vec!["failing".to_owned()],
            ca_bundle: Some("-----BEGIN CERTIFICATE-----".to_owned()),
            ..ChannelDraft::default()
        }
    }

    fn chat() -> ChannelDraft {
        ChannelDraft {
            kind: "chat".to_owned(),
            chat: Some(ChatDraft {
                form: "slack".to_owned(),
                origin: Some("https://hooks.slack.com".to_owned()),
            }),
            enabled: false,
            ..ChannelDraft::default()
        }
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for draft in [email(), webhook(), chat()] {
            let settings = draft.parse().unwrap();
            assert_eq!(ChannelDraft::of(&settings).parse(), Ok(settings));
        }
        let settings = email().parse().unwrap();
        let ChannelKind::Email(email) = &settings.kind else {
            unreachable!()
        };
        assert_eq!(
            (email.port, email.origin.as_str()),
            (587, "https://mail.example.com:587")
        );
    }

    #[test]
    fn what_is_wrong_is_named_by_its_place() {
        let change = |mut draft: ChannelDraft, change: &dyn Fn(&mut ChannelDraft)| {
            change(&mut draft);
            let faults = draft.parse().unwrap_err();
            let places: Vec<&str> = faults.iter().map(|it| it.pointer.as_str()).collect();
            places.join(" ")
        };
        let mail = |edit: &'static dyn Fn(&mut EmailDraft)| {
            change(email(), &|it| edit(it.email.as_mut().unwrap()))
        };
        assert_eq!(mail(&|it| it.host = "a:1".to_owned()), "/email/host");
        assert_eq!(mail(&|it| it.host = "a/b".to_owned()), "/email/host");
        assert_eq!(
            mail(&|it| it.security = "none".to_owned()),
            "/email/security"
        );
        assert_eq!(mail(&|it| it.to.clear()), "/email/to");
        assert_eq!(
            mail(&|it| it.to.push("jö@example.com".to_owned())),
            "/email/to/1"
        );
        assert_eq!(
            mail(&|it| it.from = "a@b\r\nX: y".to_owned()),
            "/email/from"
        );
        assert_eq!(
            change(webhook(), &|it| it.kind = "pager".to_owned()),
            "/kind"
        );
        assert_eq!(
            change(webhook(), &|it| it.kind = "email".to_owned()),
            "/kind"
        );
        assert_eq!(change(webhook(), &|it| it.events.clear()), "/events");
        let odd = |it: &mut ChannelDraft| it.events.push("odd".to_owned());
        assert_eq!(change(webhook(), &odd), "/events/1");
        let label = |it: &mut ChannelDraft| {
            it.labels.insert("A".to_owned(), "x".to_owned());
        };
        assert_eq!(change(webhook(), &label), "/labels/A");
        let without = |it: &mut ChannelDraft| it.chat = None;
        assert_eq!(change(chat(), &without), "/secret");
    }
}
