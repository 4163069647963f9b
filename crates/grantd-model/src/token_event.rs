//! The history of tokens: one event for each request to an authorization server.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{ActorRef, CredentialId, EventId, Invalid, Timestamp};

/// Why a token was requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventCause {
    /// Somebody asked for a token and there was none.
    Demand,
    /// The token at hand was near its end.
    Renewal,
    /// A person had it renewed at once.
    Person,
    /// Nobody asked for one for long, and whether there would be one was to be known.
    Idle,
}

impl EventCause {
    /// The name in records and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Demand => "demand",
            Self::Renewal => "renewal",
            Self::Person => "person",
            Self::Idle => "idle",
        }
    }
}

impl fmt::Display for EventCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl TryFrom<&str> for EventCause {
    type Error = Invalid;

    fn try_from(text: &str) -> Result<Self, Invalid> {
        [Self::Demand, Self::Renewal, Self::Person, Self::Idle]
            .into_iter()
            .find(|cause| cause.name() == text)
            .ok_or_else(|| {
                let expected = "one of `demand`, `renewal`, `person`, `idle` is expected";
                Invalid::new("unknown_word", expected)
            })
    }
}

/// How a token request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventResult {
    /// With a token.
    Issued {
        /// How long it lives, from when it was asked for.
        lifetime: Duration,
        /// Whether it is the one that was there before; some servers give the same until it ends.
        same: bool,
    },
    /// Without one.
    Failed {
        /// Stable, `snake_case`; what retries, metrics and filters read.
        class: String,
        /// What happened, for people; no secret.
        detail: String,
        /// What can be done, where that is known.
        remedy: Option<String>,
        /// When it is tried again at the earliest.
        retry_at: Option<Timestamp>,
    },
}

/// A request to an authorization server and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenEvent {
    /// Its id; later events sort later.
    pub id: EventId,
    /// When it ended.
    pub at: Timestamp,
    /// For which credential.
    pub credential: CredentialId,
    /// Why.
    pub cause: EventCause,
    /// On whose behalf.
    pub actor: ActorRef,
    /// How long it took.
    pub duration: Duration,
    /// The version of the secret that was tried last; absent if none could be had.
    pub secret_version: Option<u32>,
    /// How it ended.
    pub result: EventResult,
}
