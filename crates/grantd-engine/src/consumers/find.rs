//! Finds one consumer by slug or id.

use std::fmt;
use std::str::FromStr;

use grantd_model::{Action, Actor, Consumer, ConsumerId, Invalid, ObjectId, Slug};
use grantd_store::ConsumerReader;

use crate::{Engine, EngineError};

/// Names a consumer in a route or a command: by slug or by id. Only ids hold `_`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ConsumerRef {
    /// By id.
    Id(ConsumerId),
    /// By slug.
    Slug(Slug),
}

impl FromStr for ConsumerRef {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.contains('_') {
            text.parse().map(Self::Id)
        } else {
            Slug::try_from(text).map(Self::Slug)
        }
    }
}

impl fmt::Display for ConsumerRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Slug(slug) => slug.fmt(f),
        }
    }
}

/// Finds it, if the actor may do this to it. Who may not even see it is told that it does not exist.
pub(crate) async fn find_for<R: ConsumerReader + ?Sized>(
    reader: &mut R,
    actor: &Actor,
    action: Action,
    wanted: &ConsumerRef,
) -> Result<Consumer, EngineError> {
    let found = match wanted {
        ConsumerRef::Id(id) => reader.by_id(*id).await?,
        ConsumerRef::Slug(slug) => reader.by_slug(slug).await?,
    };
    let missing = || EngineError::NotFound {
        what: "HTTP consumer",
        name: wanted.to_string(),
    };
    let consumer = found.ok_or_else(missing)?;
    let (id, labels) = (ObjectId::from(consumer.id), &consumer.settings.labels);
    if actor.may(action, &id, labels) {
        Ok(consumer)
    } else if actor.may(Action::Read, &id, labels) {
        Err(EngineError::Forbidden {
            action,
            on: format!(" on the HTTP consumer `{}`", consumer.slug),
        })
    } else {
        Err(missing())
    }
}

impl Engine {
    /// One consumer.
    ///
    /// # Errors
    /// When there is none that the actor may read.
    pub async fn get_consumer(
        &self,
        actor: &Actor,
        wanted: &ConsumerRef,
    ) -> Result<Consumer, EngineError> {
        let mut unit = self.parts().store.read().await?;
        find_for(unit.consumers().as_mut(), actor, Action::Read, wanted).await
    }
}
