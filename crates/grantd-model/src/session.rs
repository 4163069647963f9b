//! Sessions: what a browser shows after somebody has signed in.

use std::time::Duration;

use crate::{SessionId, Timestamp, UserId};

/// How far the signing in has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionStage {
    /// The password was right, the second factor is awaited.
    SecondFactor,
    /// Signed in.
    SignedIn,
}

impl SessionStage {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SecondFactor => "second_factor",
            Self::SignedIn => "signed_in",
        }
    }
}

/// A session as it is kept: what the browser shows only as a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Names it in lists; it opens nothing.
    pub id: SessionId,
    /// SHA-256 of what the browser shows, which is random.
    pub digest: [u8; 32],
    /// Whose.
    pub user: UserId,
    /// How far the signing in has come.
    pub stage: SessionStage,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, up to a minute ago.
    pub seen_at: Timestamp,
    /// When it ends however much it is used.
    pub ends_at: Timestamp,
    /// Where the browser was then; may be empty.
    pub address: String,
    /// What the browser called itself then; may be empty.
    pub agent: String,
}

impl Session {
    /// Whether it is over, if one may be idle for so long.
    #[must_use]
    pub fn is_over(&self, idle: Duration, now: Timestamp) -> bool {
        now >= self.ends_at || now >= self.seen_at.plus(idle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::tests::Counting;

    #[test]
    fn it_ends_when_idle_and_at_its_end() {
        let at = Timestamp::from_seconds;
        let (now, random) = (at(1000), Counting::default());
        let session = Session {
            id: SessionId::new(now, &random),
            digest: [0; 32],
            user: UserId::new(now, &random),
            stage: SessionStage::SignedIn,
            created_at: now,
            seen_at: at(1100),
            ends_at: at(2000),
            address: String::new(),
            agent: String::new(),
        };
        let idle = Duration::from_mins(5);
        for (time, over) in [(1100, false), (1399, false), (1400, true), (2000, true)] {
            assert_eq!(session.is_over(idle, at(time)), over, "{time}");
        }
        assert!(session.is_over(Duration::from_hours(9), at(2000)));
    }
}
