//! An alert channel: where alerts go, how, and which.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{AlertEvent, AlertObject, AlertType, HookUrl};
use crate::listener::MailAddress;
use crate::{Change, ChannelId, LabelSelector, Labels, Origin, Revision, Sealed, Slug, Timestamp};

/// How long after a rotation a webhook is signed with the earlier secret as well.
pub const SIGNED_TWICE_FOR: Duration = Duration::from_hours(24);

/// Where alerts go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertChannel {
    /// Its id, for ever.
    pub id: ChannelId,
    /// Its name, for ever.
    pub name: Slug,
    /// Counts updates.
    pub revision: Revision,
    /// What people set.
    pub settings: ChannelSettings,
    /// The signing secret of a webhook, the password of a mailbox, or the URL of a chat.
    pub secret: Option<ChannelSecret>,
    /// The signing secret before the current one.
    pub earlier: Option<ChannelSecret>,
    /// The highest version that its secret ever had.
    pub secret_counter: u32,
    /// When and by whom it was added.
    pub created: Change,
    /// When and by whom it was last changed.
    pub updated: Change,
}

/// A secret of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSecret {
    /// Never used twice.
    pub version: u32,
    /// The value.
    pub sealed: Sealed,
    /// When and by whom it was set.
    pub set: Change,
}

impl AlertChannel {
    /// The secrets that are good now, the current one first.
    pub fn secrets(&self, now: Timestamp) -> impl Iterator<Item = &ChannelSecret> {
        let is_fresh = |current: &ChannelSecret| now < current.set.at.plus(SIGNED_TWICE_FOR);
        let earlier = self
            .earlier
            .as_ref()
            .filter(|_| self.secret.as_ref().is_some_and(is_fresh));
        self.secret.iter().chain(earlier)
    }
}

/// What people set of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSettings {
    /// What it is for.
    pub description: String,
    /// Whether anything goes there.
    pub enabled: bool,
    /// What it is told of.
    pub events: BTreeSet<AlertEvent>,
    /// Of which kinds of things.
    pub objects: BTreeSet<AlertObject>,
    /// Only of credentials with these labels, and of their listeners.
    pub labels: Option<LabelSelector>,
    /// What it is.
    pub kind: ChannelKind,
    /// PEM certificates of the only authorities trusted.
    pub ca_bundle: Option<String>,
}

impl ChannelSettings {
    /// Whether it wants to be told of this, of such a thing, with these labels if that has labels.
    #[must_use]
    pub fn wants(&self, what: AlertType, object: AlertObject, labels: Option<&Labels>) -> bool {
        let selected = match (&self.labels, labels) {
            (None, _) => true,
            (Some(selector), Some(labels)) => selector.selects(labels),
            (Some(_), None) => false,
        };
        let event = what.event().is_none_or(|it| self.events.contains(&it));
        self.enabled && event && selected && self.objects.contains(&object)
    }

    /// Whether a secret that was given for one may be sent by the other: to the same place, that is known
    /// by the same authorities, in the same way.
    #[must_use]
    pub fn is_bound_alike(&self, other: &Self) -> bool {
        self.kind.way() == other.kind.way()
            && self.kind.origin() == other.kind.origin()
            && self.ca_bundle == other.ca_bundle
    }
}

/// What a channel is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelKind {
    /// A POST that is signed as Standard Webhooks says.
    Webhook(HookUrl),
    /// A mail.
    Email(EmailSettings),
    /// A POST to the incoming webhook of a chat at this origin; the URL is the secret.
    Chat(ChatForm, Origin),
}

impl ChannelKind {
    /// The name in documents.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "webhook",
            Self::Email(_) => "email",
            Self::Chat(..) => "chat",
        }
    }

    /// How the secret is sent, for what it is bound to.
    #[must_use]
    pub fn way(&self) -> String {
        match self {
            Self::Webhook(_) | Self::Chat(..) => self.name().to_owned(),
            Self::Email(email) => format!("email {}", email.security.name()),
        }
    }

    /// The origin that the secret is sent to, and bound to. That of a mail server is the one that https
    /// would have there.
    #[must_use]
    pub fn origin(&self) -> Origin {
        match self {
            Self::Webhook(url) => url.origin(),
            Self::Email(email) => email.origin.clone(),
            Self::Chat(_, origin) => origin.clone(),
        }
    }

    /// Whether it works with a secret alone.
    #[must_use]
    pub const fn needs_secret(&self) -> bool {
        match self {
            Self::Webhook(_) | Self::Chat(..) => true,
            Self::Email(email) => email.username.is_some(),
        }
    }
}

/// How mails are handed to a server (RFC 5321, submission RFC 6409).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailSettings {
    /// The host of the server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept secret.
    pub security: SmtpSecurity,
    /// Who signs in; nobody if absent.
    pub username: Option<String>,
    /// The sender.
    pub from: MailAddress,
    /// Who gets it; never empty.
    pub to: Vec<MailAddress>,
    /// Host and port as an origin.
    pub origin: Origin,
}

/// How the connection to a mail server is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS after `STARTTLS` (RFC 3207); no mail without it.
    StartTls,
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// None: to this machine only.
    None,
}

impl SmtpSecurity {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::StartTls, Self::Tls, Self::None];

    /// The name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StartTls => "starttls",
            Self::Tls => "tls",
            Self::None => "none",
        }
    }
}

/// What a chat's incoming webhook takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatForm {
    /// Slack, and what is compatible with it: Mattermost, Rocket.Chat.
    Slack,
    /// Microsoft Teams: an Adaptive Card.
    Teams,
    /// `{"text": …}`.
    Text,
}

impl ChatForm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Slack, Self::Teams, Self::Text];

    /// The name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Teams => "teams",
            Self::Text => "text",
        }
    }
}
