//! The words for alerts: what happened, to what kind of thing, and how the message is called.

use serde::{Deserialize, Serialize};

use crate::Invalid;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $($(#[$each:meta])* $variant:ident = $word:literal,)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum $name { $($(#[$each])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word in documents.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl TryFrom<&str> for $name {
            type Error = Invalid;

            fn try_from(text: &str) -> Result<Self, Invalid> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(Invalid::new(
                        "unknown_word",
                        concat!("one of" $(, " `", $word, "`")*, " is expected"),
                    )),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                Self::try_from(text.as_str())
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> Self {
                word.name().to_owned()
            }
        }
    };
}

words!(
    /// What a channel may want to be told of.
    AlertEvent,
    /// Something does not work.
    Failing = "failing",
    /// It works again.
    Recovered = "recovered",
    /// A secret ends soon, or has ended.
    Expiring = "expiring",
);

words!(
    /// The kinds of things that alerts are of.
    AlertObject,
    /// A credential.
    Credential = "credential",
    /// An email listener.
    Listener = "listener",
    /// A secret source.
    Source = "source",
);

words!(
    /// The type of a message, as webhooks get it.
    AlertType,
    /// A credential gives no tokens.
    CredentialFailing = "credential.failing",
    /// A credential gives tokens again.
    CredentialRecovered = "credential.recovered",
    /// The secret of a credential ends soon, or has ended.
    CredentialExpiring = "credential.expiring",
    /// A listener delivers nothing.
    ListenerFailing = "listener.failing",
    /// A listener works again.
    ListenerRecovered = "listener.recovered",
    /// Mail waits long until it is delivered.
    ListenerLagging = "listener.lagging",
    /// Mail is delivered in time again.
    ListenerCaughtUp = "listener.caught_up",
    /// Mails were given up.
    ListenerGaveUp = "listener.gave_up",
    /// A secret source can not be asked.
    SourceFailing = "source.failing",
    /// A secret source answers again.
    SourceRecovered = "source.recovered",
    /// So much happened at once that it is told in one message.
    Many = "alerts.many",
    /// Somebody tries the channel.
    Test = "alerts.test",
);

impl AlertType {
    /// What a channel has to want to be told of it; none for what is told in any case.
    #[must_use]
    pub const fn event(self) -> Option<AlertEvent> {
        Some(match self {
            Self::CredentialFailing
            | Self::ListenerFailing
            | Self::ListenerLagging
            | Self::ListenerGaveUp
            | Self::SourceFailing => AlertEvent::Failing,
            Self::CredentialRecovered
            | Self::ListenerRecovered
            | Self::ListenerCaughtUp
            | Self::SourceRecovered => AlertEvent::Recovered,
            Self::CredentialExpiring => AlertEvent::Expiring,
            Self::Many | Self::Test => return None,
        })
    }
}
