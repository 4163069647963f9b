//! Brings one message to one channel, once, and says how that ended.

use std::sync::Arc;
use std::time::Duration;

use grantd_alerts::{MailText, SigningSecret, chat, hand_over, webhook};
use grantd_model::alert::{ChannelKind, DeliveryEnd, EmailSettings, HookUrl};
use grantd_model::{AlertChannel, AlertId, AlertMessage, Secret, Timestamp};
use grantd_net::{NetError, Request, Response};
use grantd_oauth::{parse_retry_after, redact};
use http::StatusCode;
use http::header::RETRY_AFTER;

use crate::Engine;

/// The fewest characters of a part of a URL that is taken for secret: `services` is none.
const FEWEST_HIDDEN: usize = 9;

/// The longest answer that is quoted, in characters.
const MOST_QUOTED: usize = 200;

/// How bringing a message to a channel ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transmission {
    /// `delivered`, or what kind of fault; stable, `snake_case`.
    pub class: String,
    /// What the other side said, or what happened.
    pub detail: String,
    /// What can be done.
    pub remedy: Option<String>,
    /// Whether another attempt may end better.
    pub may_pass: bool,
    /// How long the other side asks to wait.
    pub retry_after: Option<Duration>,
}

impl Transmission {
    fn delivered(detail: String) -> Self {
        Self {
            class: DeliveryEnd::DELIVERED.to_owned(),
            detail,
            remedy: None,
            may_pass: false,
            retry_after: None,
        }
    }

    fn failed(class: &str, detail: String, remedy: &str) -> Self {
        Self {
            class: class.to_owned(),
            detail,
            remedy: Some(remedy.to_owned()),
            may_pass: true,
            retry_after: None,
        }
    }

    /// Whether the other side took it.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        self.class == DeliveryEnd::DELIVERED
    }

    /// How it ended, as it is kept.
    pub(super) fn end(&self, at: Timestamp) -> DeliveryEnd {
        DeliveryEnd {
            at,
            class: self.class.clone(),
            detail: self.detail.clone(),
        }
    }
}

impl Engine {
    /// Brings a message to a channel, once.
    pub(super) async fn transmit(
        &self,
        channel: &AlertChannel,
        id: AlertId,
        message: &AlertMessage,
    ) -> Transmission {
        let now = self.now();
        let secrets = match self.channel_secrets(channel, now) {
            Ok(secrets) => secrets,
            Err(error) => {
                let remedy = "Give the secret of the channel again.";
                return Transmission::failed("seal_broken", error.to_string(), remedy);
            }
        };
        let settings = &channel.settings;
        let mut done = match &settings.kind {
            ChannelKind::Webhook(url) => {
                let parsed = secrets.iter().map(SigningSecret::parse);
                let signing: Vec<SigningSecret> = parsed.filter_map(Result::ok).collect();
                let request = webhook::request(url, &signing, (id, now), message);
                self.post(channel, request).await
            }
            ChannelKind::Chat(form, _) => {
                let url = secrets
                    .first()
                    .map(|it| HookUrl::try_from(it.expose().as_str()));
                if let Some(Ok(url)) = url {
                    let request = chat::request(*form, &url, message);
                    self.post(channel, request).await
                } else {
                    let detail = "the URL of the chat can not be read".to_owned();
                    Transmission::failed("seal_broken", detail, "Give the URL again.")
                }
            }
            ChannelKind::Email(email) => {
                self.mail(channel, email, secrets.first(), (id, message))
                    .await
            }
        };
        let parts = parts_of_urls(&secrets);
        let hidden: Vec<&Secret<String>> = secrets.iter().chain(&parts).collect();
        done.detail = redact(&done.detail, &hidden);
        done
    }

    async fn post(&self, channel: &AlertChannel, mut request: Request) -> Transmission {
        request.ca_bundle = channel.settings.ca_bundle.as_deref().map(Arc::from);
        match self.parts().outbound.send(request).await {
            Ok(response) => self.judged(&response),
            // it has taken the message; what it says to that is of no interest
            Err(failure) => match &failure.error {
                NetError::TooLarge { status, .. } if status.is_success() => {
                    Transmission::delivered(status.to_string())
                }
                error => Transmission::failed(error.code(), error.to_string(), &error.remedy()),
            },
        }
    }

    fn judged(&self, response: &Response) -> Transmission {
        let status = response.status;
        let said = if response.quotable {
            quoted(&response.body)
        } else {
            String::new()
        };
        let detail = if said.is_empty() {
            format!("status {}", status.as_u16())
        } else {
            format!("status {}: {said}", status.as_u16())
        };
        if status.is_success() {
            return Transmission::delivered(detail);
        }
        let (class, remedy) = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => (
                "refused",
                "Check the URL and the secret, and whether the receiver still knows this webhook.",
            ),
            StatusCode::NOT_FOUND | StatusCode::GONE => (
                "gone",
                "Check the URL: the receiver knows no such webhook any more.",
            ),
            StatusCode::TOO_MANY_REQUESTS => ("rate_limited", "It is tried again later."),
            status if status.is_redirection() => (
                "redirected",
                "Give the URL that it leads to: redirects are not followed.",
            ),
            status if status.is_server_error() => (
                "server_error",
                "Look into the log of the receiver; it is tried again.",
            ),
            _ => (
                "refused",
                "Look into the log of the receiver: it did not take the message.",
            ),
        };
        let told = response.headers.get(RETRY_AFTER);
        let told = told.and_then(|value| value.to_str().ok());
        Transmission {
            // Standard Webhooks: the receiver wants no more of them
            may_pass: status != StatusCode::GONE,
            retry_after: told.and_then(|value| parse_retry_after(value, self.now())),
            ..Transmission::failed(class, detail, remedy)
        }
    }

    async fn mail(
        &self,
        channel: &AlertChannel,
        email: &EmailSettings,
        password: Option<&Secret<String>>,
        (id, message): (AlertId, &AlertMessage),
    ) -> Transmission {
        let mail = MailText::of(email, id, message);
        let outbound = self.parts().outbound.as_ref();
        let bundle = channel.settings.ca_bundle.as_deref();
        match hand_over(outbound, email, bundle, password, &mail).await {
            Ok(said) if said.refused.is_empty() => Transmission::delivered(said.reply),
            Ok(said) => {
                let refused = said.refused.join(", ");
                Transmission::delivered(format!("{}; refused for {refused}", said.reply))
            }
            Err(error) => Transmission {
                may_pass: error.may_pass(),
                ..Transmission::failed(error.class(), error.to_string(), &error.remedy())
            },
        }
    }
}

/// What lets somebody in by the URL of a chat stands in its path or query, and a chat may repeat that alone.
fn parts_of_urls(secrets: &[Secret<String>]) -> Vec<Secret<String>> {
    let mut parts = Vec::new();
    for secret in secrets {
        if let Ok(url) = HookUrl::try_from(secret.expose().as_str()) {
            let segments = url.url().path().split('/');
            let pieces = segments.chain(url.url().query());
            let pieces = pieces.filter(|piece| piece.len() >= FEWEST_HIDDEN);
            parts.extend(pieces.map(Secret::from));
        }
    }
    parts
}

/// The begin of an answer, as one line.
fn quoted(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    line.chars()
        .filter(|c| !c.is_control())
        .take(MOST_QUOTED)
        .collect()
}
