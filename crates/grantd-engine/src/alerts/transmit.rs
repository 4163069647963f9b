//! Brings one message to one channel, once, and says how that ended.

use std::sync::Arc;
use std::time::Duration;

use grantd_alerts::{HandedOver, MailText, SigningSecret, chat, hand_over, webhook};
use grantd_model::alert::{ChannelKind, DeliveryEnd, EmailSettings, HookUrl, SettledReceiver};
use grantd_model::listener::MailAddress;
use grantd_model::{AlertChannel, AlertDelivery, Secret, Timestamp};
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
    /// The receivers of a mail that need no further attempt.
    pub settled: Vec<SettledReceiver>,
}

impl Transmission {
    fn delivered(detail: String) -> Self {
        Self {
            class: DeliveryEnd::DELIVERED.to_owned(),
            detail,
            remedy: None,
            may_pass: false,
            retry_after: None,
            settled: Vec::new(),
        }
    }

    fn failed(class: &str, detail: String, remedy: &str) -> Self {
        Self {
            class: class.to_owned(),
            detail,
            remedy: Some(remedy.to_owned()),
            may_pass: true,
            retry_after: None,
            settled: Vec::new(),
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
    /// Brings a message to a channel, once; a mail to those who need it still.
    pub(super) async fn transmit(
        &self,
        channel: &AlertChannel,
        delivery: &AlertDelivery,
    ) -> Transmission {
        let now = self.now();
        let message = &delivery.message;
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
                let request = webhook::request(url, &signing, (delivery.id, now), message);
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
            ChannelKind::Email(email) => self.mail(channel, email, secrets.first(), delivery).await,
        };
        let parts = parts_of_urls(&secrets);
        let hidden: Vec<&Secret<String>> = secrets.iter().chain(&parts).collect();
        let told = done.settled.iter_mut().filter_map(|it| it.refused.as_mut());
        for said in told.chain([&mut done.detail]) {
            *said = redact(said, &hidden);
        }
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
        delivery: &AlertDelivery,
    ) -> Transmission {
        let settled = delivery.settled.clone();
        let is_left = |to: &&MailAddress| settled.iter().all(|it| it.address != to.as_str());
        let left: Vec<MailAddress> = email.to.iter().filter(is_left).cloned().collect();
        if left.is_empty() {
            return of_receivers(HandedOver::default(), settled);
        }
        let mail = MailText::of(email, delivery.id, &delivery.message);
        let outbound = self.parts().outbound.as_ref();
        let bundle = channel.settings.ca_bundle.as_deref();
        match hand_over(outbound, email, bundle, password, (&mail, &left)).await {
            Ok(handed) => of_receivers(handed, settled),
            Err(error) => Transmission {
                may_pass: error.may_pass(),
                settled,
                ..Transmission::failed(error.class(), error.to_string(), &error.remedy())
            },
        }
    }
}

/// How a mail ended, out of what became of it now and what was settled before: another attempt is for those
/// that were put off, and it is delivered once nobody is and somebody has it.
fn of_receivers(handed: HandedOver, mut settled: Vec<SettledReceiver>) -> Transmission {
    let told = |what: &str, receivers: &[(String, String)]| {
        let each = receivers.iter().map(|(to, said)| format!("{to} ({said})"));
        let each: Vec<String> = each.collect();
        (!each.is_empty()).then(|| format!("{what} for {}", each.join(", ")))
    };
    let taken = handed.taken.into_iter().map(|it| (it, None));
    let refused = handed
        .refused
        .into_iter()
        .map(|(it, said)| (it, Some(said)));
    settled.extend(
        taken
            .chain(refused)
            .map(|(address, refused)| SettledReceiver { address, refused }),
    );
    let refused: Vec<_> = settled
        .iter()
        .filter_map(|it| Some((it.address.clone(), it.refused.clone()?)))
        .collect();
    let parts = [
        handed.reply,
        told("put off", &handed.put_off),
        told("refused", &refused),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let detail = match parts.as_slice() {
        [] => "every receiver has it".to_owned(),
        parts => parts.join("; "),
    };
    let done = if !handed.put_off.is_empty() {
        let remedy = "It is tried again for those whom the mail server put off.";
        Transmission::failed("put_off", detail, remedy)
    } else if refused.len() < settled.len() {
        Transmission::delivered(detail)
    } else {
        let remedy = "Check the receivers, and what the mail server lets this user send.";
        Transmission {
            may_pass: false,
            ..Transmission::failed("refused", detail, remedy)
        }
    };
    Transmission { settled, ..done }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        let of = of.iter();
        of.map(|(to, said)| ((*to).to_owned(), (*said).to_owned()))
            .collect()
    }

    #[test]
    fn a_mail_is_tried_again_for_those_who_were_put_off_and_its_end_tells_of_all() {
        let first = HandedOver {
            reply: Some("250 queued".to_owned()),
            taken: vec!["a".to_owned()],
            refused: pairs(&[("b", "550 who")]),
            put_off: pairs(&[("c", "451 grey"), ("d", "452 full")]),
        };
        let first = of_receivers(first, Vec::new());
        assert_eq!((first.class.as_str(), first.may_pass), ("put_off", true));
        let detail = "250 queued; put off for c (451 grey), d (452 full); refused for b (550 who)";
        assert_eq!(first.detail, detail);
        let settled: Vec<&str> = first.settled.iter().map(|it| it.address.as_str()).collect();
        assert_eq!(settled, ["a", "b"]);
        let second = HandedOver {
            refused: pairs(&[("c", "550 who"), ("d", "550 who")]),
            ..HandedOver::default()
        };
        let second = of_receivers(second, first.settled);
        assert!(second.is_delivered(), "one has it");
        let detail = "refused for b (550 who), c (550 who), d (550 who)";
        assert_eq!(second.detail, detail);
        assert_eq!(second.settled.len(), 4);
    }

    #[test]
    fn a_mail_that_nobody_takes_is_not_delivered() {
        let handed = HandedOver {
            refused: pairs(&[("a", "550 who")]),
            ..HandedOver::default()
        };
        let done = of_receivers(handed, Vec::new());
        assert_eq!((done.class.as_str(), done.may_pass), ("refused", false));
        assert_eq!(done.detail, "refused for a (550 who)");
    }
}
