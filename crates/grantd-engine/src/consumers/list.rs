//! Lists consumers, with whether they are served.

use std::collections::BTreeMap;

use grantd_model::{Action, Actor, Consumer, CredentialId, ObjectId};
use grantd_store::repository::folded;
use grantd_store::{ConsumerQuery, CredentialReader, Page, Position, SortValue};

use super::find::find_for;
use crate::credentials::find::find;
use crate::{ConsumerRef, CredentialRef, Engine, EngineError, Listing, cursor};

/// Which consumers are wanted.
#[derive(Debug, Clone, Default)]
pub struct ConsumerFilter {
    /// A part of name, slug or base URL, without regard to case.
    pub part: Option<String>,
    /// Only those that use this credential.
    pub credential: Option<CredentialRef>,
    /// The most consumers: 1 to 200.
    pub limit: u32,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Whether requests are let through a consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsumerStanding {
    /// Somebody has disabled it.
    Disabled,
    /// Somebody has disabled its credential.
    CredentialDisabled,
    /// They are.
    Serving,
}

/// A consumer in a list.
#[derive(Debug, Clone)]
pub struct ListedConsumer {
    /// The consumer.
    pub consumer: Consumer,
    /// Whether its credential is enabled.
    pub is_credential_enabled: bool,
}

impl ListedConsumer {
    /// Whether requests are let through.
    #[must_use]
    pub const fn standing(&self) -> ConsumerStanding {
        if !self.consumer.enabled {
            ConsumerStanding::Disabled
        } else if !self.is_credential_enabled {
            ConsumerStanding::CredentialDisabled
        } else {
            ConsumerStanding::Serving
        }
    }
}

impl Engine {
    /// A page of the consumers that the actor may read, by name.
    ///
    /// # Errors
    /// When limit or cursor are wrong, or the credential does not exist.
    pub async fn list_consumers(
        &self,
        actor: &Actor,
        filter: &ConsumerFilter,
    ) -> Result<Listing<ListedConsumer>, EngineError> {
        let query = format!("consumers {:?} {:?}", filter.part, filter.credential);
        let page = cursor::page(filter.limit, filter.cursor.as_deref(), &query)?;
        let mut unit = self.parts().store.read().await?;
        let credential = match &filter.credential {
            Some(wanted) => Some(find(unit.credentials().as_mut(), wanted).await?.id),
            None => None,
        };
        let mut wanted = ConsumerQuery {
            part: filter.part.clone(),
            credential,
            page,
        };
        let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
        let (mut items, mut next) = (Vec::new(), None::<Position>);
        loop {
            let page = unit.consumers().page(&wanted).await?;
            let visible = page.items.into_iter().filter(|it| {
                let id = ObjectId::from(it.id);
                actor.may(Action::Read, &id, &it.settings.labels)
            });
            items.extend(visible);
            match page.next {
                Some(position) if items.len() < limit => wanted.page.after = Some(position),
                position => {
                    next = position.or(next);
                    break;
                }
            }
        }
        if items.len() > limit {
            items.truncate(limit);
            next = items.last().map(|last| Position {
                value: SortValue::Text(folded(last.settings.name.as_str())),
                id: last.id.to_string(),
            });
        }
        let mut enabled = BTreeMap::new();
        let mut listed = Vec::with_capacity(items.len());
        for consumer in items {
            let id = consumer.settings.credential;
            let is_credential_enabled = match enabled.get(&id) {
                Some(known) => *known,
                None => is_enabled(unit.credentials().as_mut(), id).await?,
            };
            enabled.insert(id, is_credential_enabled);
            listed.push(ListedConsumer {
                consumer,
                is_credential_enabled,
            });
        }
        let page = Page {
            items: listed,
            next,
        };
        Ok(cursor::listing(page, &query))
    }

    /// Whether requests are let through a consumer.
    ///
    /// # Errors
    /// When there is none that the actor may read.
    pub async fn consumer_standing(
        &self,
        actor: &Actor,
        wanted: &ConsumerRef,
    ) -> Result<ListedConsumer, EngineError> {
        let mut unit = self.parts().store.read().await?;
        let consumer = find_for(unit.consumers().as_mut(), actor, Action::Read, wanted).await?;
        let id = consumer.settings.credential;
        Ok(ListedConsumer {
            is_credential_enabled: is_enabled(unit.credentials().as_mut(), id).await?,
            consumer,
        })
    }

    /// The consumers that the actor may read, by the credential that they use: names by slug.
    ///
    /// # Errors
    /// When there is no credential that the actor may read.
    pub async fn consumers_of_credential(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
    ) -> Result<BTreeMap<String, String>, EngineError> {
        self.get_credential(actor, wanted).await?;
        let filter = ConsumerFilter {
            credential: Some(wanted.clone()),
            limit: 200,
            ..ConsumerFilter::default()
        };
        let listing = self.list_consumers(actor, &filter).await?;
        let named = listing.items.into_iter().map(|it| {
            let name = it.consumer.settings.name.to_string();
            (it.consumer.slug.to_string(), name)
        });
        Ok(named.collect())
    }
}

async fn is_enabled<R: CredentialReader + ?Sized>(
    credentials: &mut R,
    id: CredentialId,
) -> Result<bool, EngineError> {
    let credential = credentials.by_id(id).await?;
    Ok(credential.is_some_and(|it| it.enabled))
}
