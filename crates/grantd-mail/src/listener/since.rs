//! From when on mail is new.

use grantd_model::listener::StartFrom;
use grantd_model::{ListenerPhase, ListenerState, Timestamp};

use super::run::Runner;
use crate::mailbox::{Change, Changes};

/// Whether a mail is from a time on; one of which that is not known is.
pub(crate) fn is_from(received: Option<Timestamp>, from: Option<Timestamp>) -> bool {
    match (received, from) {
        (Some(received), Some(from)) => received >= from,
        _ => true,
    }
}

/// A time so much earlier.
fn before(at: Timestamp, span: std::time::Duration) -> Timestamp {
    let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(at.as_micros().saturating_sub(micros))
}

impl Runner {
    /// When the listener begins, by the clock of the server: when it last looked, or was added. What came
    /// since is new, however long it took until the first look went well.
    pub(crate) fn begins_at(&self, state: &ListenerState, changes: &Changes) -> Timestamp {
        let now = self.works.now();
        let from = state.looked_at.unwrap_or(self.listener.created.at);
        let server_now = changes.server_now.unwrap_or(now);
        let began = before(server_now, now.since(from));
        // servers tell when a mail was received in whole seconds
        Timestamp::from_seconds(began.as_seconds())
    }

    /// What is from before was delivered or passed over, and may be forgotten by now: marks are kept for
    /// a while, and what came since the last look was seen by nobody.
    fn horizon(&self, state: &ListenerState) -> Timestamp {
        let kept = before(self.works.now(), self.memory.keeps());
        state.looked_at.map_or(kept, |looked| looked.min(kept))
    }

    /// From when on a mail that is changed is taken for a new one.
    pub(crate) fn changed_since(&self, state: &ListenerState) -> Option<Timestamp> {
        let kept = before(self.works.now(), self.memory.keeps());
        state.began_at.map(|began| began.max(kept))
    }

    /// Whether a mail that is in the folder when it is read through is to be delivered.
    pub(crate) fn is_wanted_of_old(&self, change: &Change, state: &ListenerState) -> bool {
        if state.phase == ListenerPhase::Resyncing {
            // everything that was there at the beginning was marked
            let horizon = self.horizon(state);
            return state.began_at.is_some_and(|began| began >= horizon)
                || is_from(change.received_at, Some(horizon));
        }
        let came_meanwhile = is_from(change.received_at, state.began_at);
        match self.listener.settings.start {
            StartFrom::Now => came_meanwhile,
            StartFrom::Unread => came_meanwhile || !change.is_read,
            StartFrom::Since(at) => came_meanwhile || is_from(change.received_at, Some(at)),
        }
    }
}
