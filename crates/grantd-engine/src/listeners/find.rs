//! Finds one listener by slug or id.

use std::fmt;
use std::str::FromStr;

use grantd_model::{Action, Actor, Invalid, Listener, ListenerId, ObjectId, Slug};
use grantd_store::ListenerReader;

use crate::{Engine, EngineError};

/// Names a listener in a route or a command: by slug or by id. Only ids hold `_`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ListenerRef {
    /// By id.
    Id(ListenerId),
    /// By slug.
    Slug(Slug),
}

impl FromStr for ListenerRef {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.contains('_') {
            text.parse().map(Self::Id)
        } else {
            Slug::try_from(text).map(Self::Slug)
        }
    }
}

impl fmt::Display for ListenerRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Slug(slug) => slug.fmt(f),
        }
    }
}

/// Finds it, if the actor may do this to it. Who may not even see it is told that it does not exist.
pub(crate) async fn find_for<R: ListenerReader + ?Sized>(
    reader: &mut R,
    actor: &Actor,
    action: Action,
    wanted: &ListenerRef,
) -> Result<Listener, EngineError> {
    let found = match wanted {
        ListenerRef::Id(id) => reader.by_id(*id).await?,
        ListenerRef::Slug(slug) => reader.by_slug(slug).await?,
    };
    let missing = || EngineError::NotFound {
        what: "email listener",
        name: wanted.to_string(),
    };
    let listener = found.ok_or_else(missing)?;
    let (id, labels) = (ObjectId::from(listener.id), &listener.settings.labels);
    if actor.may(action, &id, labels) {
        Ok(listener)
    } else if actor.may(Action::Read, &id, labels) {
        Err(EngineError::Forbidden {
            action,
            on: format!(" on the email listener `{}`", listener.slug),
        })
    } else {
        Err(missing())
    }
}

impl Engine {
    /// One listener.
    ///
    /// # Errors
    /// When there is none that the actor may read.
    pub async fn get_listener(
        &self,
        actor: &Actor,
        wanted: &ListenerRef,
    ) -> Result<Listener, EngineError> {
        let mut unit = self.parts().store.read().await?;
        find_for(unit.listeners().as_mut(), actor, Action::Read, wanted).await
    }
}
