//! How often tokens are handed out, counted by who, of what, and in which minute.

use crate::{ActorRef, CredentialId, Timestamp};

/// How somebody's wish for a token ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UsageResult {
    /// With a token.
    HandedOut,
    /// Without one.
    Failed,
}

impl UsageResult {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HandedOut => "handed_out",
            Self::Failed => "failed",
        }
    }
}

/// How often, within one minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageCount {
    /// The beginning of the minute.
    pub minute: Timestamp,
    /// Of which credential.
    pub credential: CredentialId,
    /// By whom.
    pub actor: ActorRef,
    /// How it ended.
    pub result: UsageResult,
    /// How often.
    pub count: u64,
}

/// How often, within one hour, by one actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageHour {
    /// The beginning of the hour.
    pub hour: Timestamp,
    /// By whom.
    pub actor: ActorRef,
    /// How it ended.
    pub result: UsageResult,
    /// How often.
    pub count: u64,
    /// The beginning of the last minute in which it happened.
    pub last: Timestamp,
}

/// What is counted by the hour, of all credentials together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HourKind {
    /// A token was issued.
    Issued,
    /// A token request failed, with this class.
    Failed(String),
    /// A token was handed out.
    HandedOut,
    /// A token was wanted and none was there.
    Refused,
}

impl HourKind {
    /// The text in records.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Issued => "issued".to_owned(),
            Self::Failed(class) => format!("failed {class}"),
            Self::HandedOut => "handed_out".to_owned(),
            Self::Refused => "refused".to_owned(),
        }
    }

    /// Reads the text of a record; one that is not known counts as refused.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        match (text, text.strip_prefix("failed ")) {
            (_, Some(class)) => Self::Failed(class.to_owned()),
            ("issued", None) => Self::Issued,
            ("handed_out", None) => Self::HandedOut,
            (_, None) => Self::Refused,
        }
    }
}

impl From<UsageResult> for HourKind {
    fn from(result: UsageResult) -> Self {
        match result {
            UsageResult::HandedOut => Self::HandedOut,
            UsageResult::Failed => Self::Refused,
        }
    }
}

/// How often something happened within an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourCount {
    /// The beginning of the hour.
    pub hour: Timestamp,
    /// What.
    pub kind: HourKind,
    /// How often.
    pub count: u64,
}
