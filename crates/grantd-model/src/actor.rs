//! Who acts. Every method of the engine takes one.

use serde::{Deserialize, Serialize};

use crate::{Action, Grant, KeyId, Labels, ObjectId, Timestamp, UserId, Visibility};

/// Who acts, with what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// grantd itself: renewals, clean-up.
    System,
    /// The holder of an API key.
    Key {
        /// The key.
        id: KeyId,
        /// Its name.
        name: String,
        /// What it may do.
        grants: Vec<Grant>,
        /// When it ends.
        expires_at: Option<Timestamp>,
    },
    /// A person at the console.
    User {
        /// The user.
        id: UserId,
        /// The user name.
        name: String,
        /// What the user's roles allow.
        grants: Vec<Grant>,
    },
    /// A program that shows a token of its platform's issuer.
    Workload {
        /// The issuer of its token.
        issuer: String,
        /// The subject of its token.
        subject: String,
        /// What its access rules allow.
        grants: Vec<Grant>,
    },
}

impl Actor {
    /// Whether the actor may do this to a thing.
    #[must_use]
    pub fn may(&self, action: Action, id: &ObjectId, labels: &Labels) -> bool {
        match self.grants() {
            None => true,
            Some(grants) => grants.iter().any(|grant| grant.allows(action, id, labels)),
        }
    }

    /// Whether the actor may do this to everything.
    #[must_use]
    pub fn may_everywhere(&self, action: Action) -> bool {
        match self.grants() {
            None => true,
            Some(grants) => grants.iter().any(|grant| grant.allows_everywhere(action)),
        }
    }

    /// The things to which the actor may do this.
    #[must_use]
    pub fn visibility(&self, action: Action) -> Visibility {
        match self.grants() {
            None => Visibility::All,
            Some(grants) => Visibility::of(grants, action),
        }
    }

    /// What the actor may do; `None` is everything.
    #[must_use]
    pub fn grants(&self) -> Option<&[Grant]> {
        match self {
            Self::System => None,
            Self::Key { grants, .. }
            | Self::User { grants, .. }
            | Self::Workload { grants, .. } => Some(grants),
        }
    }

    /// The actor as it is written into records.
    #[must_use]
    pub fn reference(&self) -> ActorRef {
        match self {
            Self::System => ActorRef::System,
            Self::Key { id, name, .. } => ActorRef::Key {
                id: *id,
                name: name.clone(),
            },
            Self::User { id, name, .. } => ActorRef::User {
                id: *id,
                name: name.clone(),
            },
            Self::Workload {
                issuer, subject, ..
            } => ActorRef::Workload {
                issuer: issuer.clone(),
                subject: subject.clone(),
            },
        }
    }
}

/// An actor in a record: who it was, with the name of that day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ActorRef {
    /// grantd itself.
    System,
    /// The holder of an API key.
    Key {
        /// The key.
        id: KeyId,
        /// Its name then.
        name: String,
    },
    /// A person at the console.
    User {
        /// The user.
        id: UserId,
        /// The user name then.
        name: String,
    },
    /// A program that showed a token of its platform's issuer.
    Workload {
        /// The issuer of its token.
        issuer: String,
        /// The subject of its token.
        subject: String,
    },
}
