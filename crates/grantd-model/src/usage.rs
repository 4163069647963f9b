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
