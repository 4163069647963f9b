//! Lists listeners, with how they fare.

use std::collections::BTreeMap;

use grantd_model::{Action, Actor, Listener, ListenerState, MailHour, ObjectId, Timestamp};
use grantd_store::{ListenerQuery, Position, Waiting};

use super::find::find_for;
use crate::credentials::find::find;
use crate::{CredentialRef, Engine, EngineError, ListenerRef, Listing, cursor};

/// The most listeners in trouble that are told.
const MOST_TROUBLED: u32 = 20;

/// Which listeners are wanted.
#[derive(Debug, Clone, Default)]
pub struct ListenerFilter {
    /// A part of name, slug or mailbox, without regard to case.
    pub part: Option<String>,
    /// Only those that use this credential.
    pub credential: Option<CredentialRef>,
    /// The most listeners: 1 to 200.
    pub limit: u32,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// How a listener fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListenerStanding {
    /// Somebody stopped it.
    Paused,
    /// It has not looked yet.
    Starting,
    /// Its last look failed.
    Failing,
    /// It works, and some mails were given up.
    GivenUp,
    /// It works.
    Working,
}

/// A listener in a list.
#[derive(Debug, Clone)]
pub struct ListedListener {
    /// The listener.
    pub listener: Listener,
    /// How far it has come.
    pub state: ListenerState,
    /// What waits.
    pub waiting: Waiting,
}

impl ListedListener {
    /// How it fares.
    #[must_use]
    pub fn standing(&self) -> ListenerStanding {
        if self.listener.paused {
            ListenerStanding::Paused
        } else if self.state.failing.is_some() {
            ListenerStanding::Failing
        } else if self.state.looked_at.is_none() {
            ListenerStanding::Starting
        } else if self.waiting.given_up > 0 {
            ListenerStanding::GivenUp
        } else {
            ListenerStanding::Working
        }
    }
}

impl Engine {
    /// A page of the listeners that the actor may read, by name.
    ///
    /// # Errors
    /// When limit or cursor are wrong, or the credential does not exist.
    pub async fn list_listeners(
        &self,
        actor: &Actor,
        filter: &ListenerFilter,
    ) -> Result<Listing<ListedListener>, EngineError> {
        let query = format!("listeners {:?} {:?}", filter.part, filter.credential);
        let page = cursor::page(filter.limit, filter.cursor.as_deref(), &query)?;
        let mut unit = self.parts().store.read().await?;
        let credential = match &filter.credential {
            Some(wanted) => Some(find(unit.credentials().as_mut(), wanted).await?.id),
            None => None,
        };
        let mut wanted = ListenerQuery {
            part: filter.part.clone(),
            credential,
            page,
        };
        let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
        let (mut items, mut next) = (Vec::new(), None::<Position>);
        loop {
            let page = unit.listeners().page(&wanted).await?;
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
                value: grantd_store::SortValue::Text(grantd_store::repository::folded(
                    last.settings.name.as_str(),
                )),
                id: last.id.to_string(),
            });
        }
        let mut listed = Vec::with_capacity(items.len());
        for listener in items {
            let mut mail = unit.mail();
            listed.push(ListedListener {
                state: mail.state(listener.id).await?.unwrap_or_default(),
                waiting: mail.waiting(listener.id).await?,
                listener,
            });
        }
        let page = grantd_store::Page {
            items: listed,
            next,
        };
        Ok(cursor::listing(page, &query))
    }

    /// How a listener fares.
    ///
    /// # Errors
    /// When there is none that the actor may read.
    pub async fn listener_standing(
        &self,
        actor: &Actor,
        wanted: &ListenerRef,
    ) -> Result<ListedListener, EngineError> {
        let mut unit = self.parts().store.read().await?;
        let listener = find_for(unit.listeners().as_mut(), actor, Action::Read, wanted).await?;
        let mut mail = unit.mail();
        Ok(ListedListener {
            state: mail.state(listener.id).await?.unwrap_or_default(),
            waiting: mail.waiting(listener.id).await?,
            listener,
        })
    }

    /// The listeners that the actor may read, and that fail or have given mails up; at most 20, paused
    /// ones left out.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn troubled_listeners(
        &self,
        actor: &Actor,
    ) -> Result<Vec<ListedListener>, EngineError> {
        let mut unit = self.parts().store.read().await?;
        let ids = unit.mail().troubled(MOST_TROUBLED * 10).await?;
        let mut listed = Vec::new();
        for id in ids {
            let Some(listener) = unit.listeners().by_id(id).await? else {
                continue;
            };
            let object = ObjectId::from(id);
            if listener.paused || !actor.may(Action::Read, &object, &listener.settings.labels) {
                continue;
            }
            let mut mail = unit.mail();
            listed.push(ListedListener {
                state: mail.state(id).await?.unwrap_or_default(),
                waiting: mail.waiting(id).await?,
                listener,
            });
            if listed.len() >= MOST_TROUBLED as usize {
                break;
            }
        }
        Ok(listed)
    }

    /// What a listener did by the hour, from then on; the earliest hours first.
    ///
    /// # Errors
    /// When there is none that the actor may read.
    pub async fn list_mail_hours(
        &self,
        actor: &Actor,
        wanted: &ListenerRef,
        from: Timestamp,
    ) -> Result<Vec<MailHour>, EngineError> {
        let mut unit = self.parts().store.read().await?;
        let listener = find_for(unit.listeners().as_mut(), actor, Action::Read, wanted).await?;
        Ok(unit.mail().hours(listener.id, from).await?)
    }

    /// The listeners that the actor may read, by the credential that they use: names by slug.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn listeners_of_credential(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
    ) -> Result<BTreeMap<String, String>, EngineError> {
        self.get_credential(actor, wanted).await?;
        let filter = ListenerFilter {
            credential: Some(wanted.clone()),
            limit: 200,
            ..ListenerFilter::default()
        };
        let listing = self.list_listeners(actor, &filter).await?;
        let named = listing.items.into_iter().map(|it| {
            let name = it.listener.settings.name.to_string();
            (it.listener.slug.to_string(), name)
        });
        Ok(named.collect())
    }
}
