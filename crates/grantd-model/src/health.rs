//! Whether a credential works, as far as its history tells.

use std::time::Duration;

use crate::{Credential, Invalid, Timestamp};

/// How many days before the end of a secret people are warned, first to last.
pub const EXPIRY_WARNING_DAYS: [u64; 3] = [60, 30, 7];

/// What is kept of a credential's history, to tell its health.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HealthRecord {
    /// The generation that it tells of; for another one it tells nothing.
    pub token_generation: u64,
    /// When it last gave a token.
    pub valid_at: Option<Timestamp>,
    /// Why it gives none since; absent while it works.
    pub failing: Option<Failing>,
}

/// A credential that gives no tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// Since when.
    pub since: Timestamp,
    /// When it failed last.
    pub last_at: Timestamp,
    /// How often in a row.
    pub times: u64,
    /// What kind of failure the last one was; `snake_case`.
    pub class: String,
    /// What happened, for people; no secret.
    pub detail: String,
    /// What can be done, where that is known.
    pub remedy: Option<String>,
}

/// Whether a credential works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HealthState {
    /// Nobody may have tokens of it.
    Disabled,
    /// As it is now, it has not been tried.
    NeverValidated,
    /// It gave a token last.
    Valid {
        /// When.
        at: Timestamp,
    },
    /// It gave none last.
    Failing(Failing),
}

/// The health of a credential: whether it works, and whether its secret ends soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Whether it works.
    pub state: HealthState,
    /// When it last gave a token, as it is now.
    pub valid_at: Option<Timestamp>,
    /// How long its secret still lasts, where that is known; zero if it is over.
    pub secret_left: Option<Duration>,
}

impl Health {
    /// The health of this credential, from what is kept of its history.
    #[must_use]
    pub fn of(credential: &Credential, record: Option<&HealthRecord>, now: Timestamp) -> Self {
        let record = record.filter(|record| record.token_generation == credential.token_generation);
        let valid_at = record.and_then(|record| record.valid_at);
        let state = match (record.and_then(|record| record.failing.clone()), valid_at) {
            _ if !credential.enabled => HealthState::Disabled,
            (Some(failing), _) => HealthState::Failing(failing),
            (None, Some(at)) => HealthState::Valid { at },
            (None, None) => HealthState::NeverValidated,
        };
        Self {
            state,
            valid_at,
            secret_left: credential
                .settings
                .secret_expires_at
                .map(|end| end.since(now)),
        }
    }

    /// The whole days that the secret still lasts, if they are few enough to warn of.
    #[must_use]
    pub fn secret_warning_days(&self) -> Option<u64> {
        let days = self.secret_left?.as_secs() / (24 * 3600);
        (days < EXPIRY_WARNING_DAYS[0]).then_some(days)
    }
}

/// Where a credential stands among others: the one thing about it that people should see first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It gave no token last.
    Failing,
    /// Its secret is over, or ends within the first warning.
    SecretEnds,
    /// As it is now, it has not been tried.
    NeverValidated,
    /// It gave a token last.
    Valid,
    /// Nobody may have tokens of it.
    Disabled,
}

impl Standing {
    /// All of them, from the one that needs somebody most.
    pub const ALL: [Self; 5] = [
        Self::Failing,
        Self::SecretEnds,
        Self::NeverValidated,
        Self::Valid,
        Self::Disabled,
    ];

    /// The name in filters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::SecretEnds => "secret_ends",
            Self::NeverValidated => "never_validated",
            Self::Valid => "valid",
            Self::Disabled => "disabled",
        }
    }

    /// Its place among all of them, from 0.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::Failing => 0,
            Self::SecretEnds => 1,
            Self::NeverValidated => 2,
            Self::Valid => 3,
            Self::Disabled => 4,
        }
    }

    /// Secrets that end before this are warned of now.
    #[must_use]
    pub fn warned_before(now: Timestamp) -> Timestamp {
        now.plus(Duration::from_hours(24 * EXPIRY_WARNING_DAYS[0]))
    }
}

impl TryFrom<&str> for Standing {
    type Error = Invalid;

    fn try_from(text: &str) -> Result<Self, Invalid> {
        let mut all = Self::ALL.into_iter();
        all.find(|standing| standing.name() == text).ok_or_else(|| {
            Invalid::new(
                "unknown_word",
                "one of `failing`, `secret_ends`, `never_validated`, `valid`, `disabled` is expected",
            )
        })
    }
}

impl Health {
    /// Where the credential stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        match (&self.state, self.secret_warning_days()) {
            (HealthState::Disabled, _) => Standing::Disabled,
            (HealthState::Failing(_), _) => Standing::Failing,
            (_, Some(_)) => Standing::SecretEnds,
            (HealthState::NeverValidated, None) => Standing::NeverValidated,
            (HealthState::Valid { .. }, None) => Standing::Valid,
        }
    }
}

impl HealthRecord {
    /// What is kept after a token was given.
    #[must_use]
    pub const fn succeeded(token_generation: u64, at: Timestamp) -> Self {
        Self {
            token_generation,
            valid_at: Some(at),
            failing: None,
        }
    }

    /// What is kept after a failure, given what was kept before.
    #[must_use]
    pub fn failed(
        before: Option<Self>,
        token_generation: u64,
        at: Timestamp,
        (class, detail, remedy): (String, String, Option<String>),
    ) -> Self {
        let before = before
            .filter(|before| before.token_generation == token_generation)
            .unwrap_or_default();
        let (since, times) = match &before.failing {
            Some(failing) => (failing.since, failing.times.saturating_add(1)),
            None => (at, 1),
        };
        Self {
            token_generation,
            valid_at: before.valid_at,
            failing: Some(Failing {
                since,
                last_at: at,
                times,
                class,
                detail,
                remedy,
            }),
        }
    }
}
