//! The one access model: grants.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Invalid, Labels, ObjectId, ScopeSet};

/// What is done. Admin includes manage, manage includes read; token and use stand alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// See settings, health and history.
    Read,
    /// Get access tokens.
    Token,
    /// Send requests through HTTP consumers, which get the token and keep it.
    Use,
    /// Add, change and delete.
    Manage,
    /// Set bounds, make keys, read the audit log.
    Admin,
}

impl Action {
    /// Whether who may do this may also do the other.
    #[must_use]
    pub const fn includes(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Read, Self::Read)
                | (Self::Token, Self::Token)
                | (Self::Use, Self::Use)
                | (Self::Manage, Self::Manage | Self::Read)
                | (Self::Admin, Self::Admin | Self::Manage | Self::Read)
        )
    }
}

/// What a grant is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Everything, now and later.
    All,
    /// These things, by id: a slug that is used again does not inherit access.
    Ids(BTreeSet<ObjectId>),
    /// Things with these labels.
    Labels(LabelSelector),
}

/// Selects what carries every one of these labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LabelSelector(pub Labels);

impl LabelSelector {
    /// Whether a thing with these labels is selected; a selector without labels selects nothing.
    #[must_use]
    pub fn selects(&self, labels: &Labels) -> bool {
        !self.0.is_empty() && labels.contains_all(&self.0)
    }
}

/// Which scopes a token may be asked with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeLimit {
    /// Those of the credential.
    #[default]
    Any,
    /// These at most.
    Set(ScopeSet),
}

/// One thing that is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// What may be done.
    pub action: Action,
    /// To what.
    pub on: Target,
    /// With which scopes, where the action is token.
    #[serde(default)]
    pub scopes: ScopeLimit,
}

impl Grant {
    /// A grant of an action on everything with any scope.
    #[must_use]
    pub const fn everywhere(action: Action) -> Self {
        Self {
            action,
            on: Target::All,
            scopes: ScopeLimit::Any,
        }
    }

    /// Whether it allows the action on a thing.
    #[must_use]
    pub fn allows(&self, action: Action, id: &ObjectId, labels: &Labels) -> bool {
        self.action.includes(action)
            && match &self.on {
                Target::All => true,
                Target::Ids(ids) => ids.contains(id),
                Target::Labels(selector) => selector.selects(labels),
            }
    }

    /// Whether it allows the action on everything.
    #[must_use]
    pub const fn allows_everywhere(&self, action: Action) -> bool {
        self.action.includes(action) && matches!(self.on, Target::All)
    }

    /// Whether the other allows nothing that this one does not.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let on = match (&self.on, &other.on) {
            (Target::All, _) => true,
            (Target::Ids(mine), Target::Ids(theirs)) => theirs.is_subset(mine),
            (Target::Labels(mine), Target::Labels(theirs)) => mine.selects(&theirs.0),
            _ => false,
        };
        let scopes = match (&self.scopes, &other.scopes) {
            (ScopeLimit::Any, _) => true,
            (ScopeLimit::Set(mine), ScopeLimit::Set(theirs)) => mine.contains_all(theirs),
            (ScopeLimit::Set(_), ScopeLimit::Any) => other.action != Action::Token,
        };
        self.action.includes(other.action) && on && scopes
    }
}

/// A named set of grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything, tokens included.
    Admin,
    /// Makes and changes credentials inside the bounds that an admin set.
    Editor,
    /// Sees.
    Viewer,
}

impl Role {
    /// All of them, from the one that may do most.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Editor, Self::Viewer];

    /// The name in records and on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Editor => "editor",
            Self::Viewer => "viewer",
        }
    }

    /// What the role may do.
    #[must_use]
    pub fn grants(self) -> Vec<Grant> {
        match self {
            Self::Admin => vec![
                Grant::everywhere(Action::Admin),
                Grant::everywhere(Action::Token),
                Grant::everywhere(Action::Use),
            ],
            Self::Editor => vec![Grant::everywhere(Action::Manage)],
            Self::Viewer => vec![Grant::everywhere(Action::Read)],
        }
    }
}

impl TryFrom<&str> for Role {
    type Error = Invalid;

    fn try_from(text: &str) -> Result<Self, Invalid> {
        let mut all = Self::ALL.into_iter();
        all.find(|role| role.name() == text).ok_or_else(|| {
            Invalid::new(
                "unknown_word",
                "one of `admin`, `editor`, `viewer` is expected",
            )
        })
    }
}

/// The things that an actor may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visibility {
    /// Everything.
    All,
    /// What stands in the list or matches a selector.
    Some {
        /// By id.
        ids: BTreeSet<ObjectId>,
        /// By labels.
        selectors: Vec<LabelSelector>,
    },
}

impl Visibility {
    /// What these grants let one do this to.
    #[must_use]
    pub fn of(grants: &[Grant], action: Action) -> Self {
        let mut seen = BTreeSet::new();
        let mut selectors = Vec::new();
        for grant in grants.iter().filter(|grant| grant.action.includes(action)) {
            match &grant.on {
                Target::All => return Self::All,
                Target::Ids(ids) => seen.extend(ids.iter().cloned()),
                Target::Labels(selector) => selectors.push(selector.clone()),
            }
        }
        Self::Some {
            ids: seen,
            selectors,
        }
    }

    /// Whether a thing is seen.
    #[must_use]
    pub fn sees(&self, id: &ObjectId, labels: &Labels) -> bool {
        match self {
            Self::All => true,
            Self::Some { ids, selectors } => {
                ids.contains(id) || selectors.iter().any(|selector| selector.selects(labels))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(text: &str) -> Grant {
        serde_json_like(text)
    }

    fn serde_json_like(text: &str) -> Grant {
        let mut parts = text.split(' ');
        let action = match parts.next() {
            Some("read") => Action::Read,
            Some("token") => Action::Token,
            Some("use") => Action::Use,
            Some("manage") => Action::Manage,
            _ => Action::Admin,
        };
        let on = match parts.next() {
            Some("all") | None => Target::All,
            Some(label) => {
                let (key, value) = label.split_once('=').unwrap();
                let labels = [(key.try_into().unwrap(), value.try_into().unwrap())];
                Target::Labels(LabelSelector(
                    Labels::try_from(std::collections::BTreeMap::from(labels)).unwrap(),
                ))
            }
        };
        let scopes = match parts.next() {
            None => ScopeLimit::Any,
            Some(scopes) => ScopeLimit::Set(ScopeSet::parse(&scopes.replace(',', " ")).unwrap()),
        };
        Grant { action, on, scopes }
    }

    #[test]
    fn a_part_is_covered_and_more_is_not() {
        for (mine, theirs, covered) in [
            ("admin all", "manage team=a", true),
            ("admin all", "token all", false),
            ("token all", "token team=a", true),
            ("use all", "use team=a", true),
            ("use team=a", "use all", false),
            ("token all", "use team=a", false),
            ("use all", "token team=a", false),
            ("admin all", "use team=a", false),
            ("token team=a", "token all", false),
            ("token team=a", "token team=b", false),
            ("token team=a x,y", "token team=a x", true),
            ("token team=a x", "token team=a x,y", false),
            ("token team=a x", "token team=a", false),
            ("read all", "manage all", false),
        ] {
            assert_eq!(
                grant(mine).covers(&grant(theirs)),
                covered,
                "{mine} / {theirs}"
            );
        }
    }

    #[test]
    fn an_empty_selector_selects_nothing() {
        assert!(!LabelSelector(Labels::default()).selects(&Labels::default()));
    }
}
