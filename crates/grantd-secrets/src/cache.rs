//! Secrets as they were read, for a while: one read at a time for each, not too many in all, and what was
//! there before where the source can not be asked.
//!
//! Invariant: a source that can not be asked is asked by one reader at a time, ever more rarely; the others
//! get what was there before, or its fault, at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use grantd_model::Clock;
use tokio::sync::{Mutex as AsyncMutex, Semaphore};

use crate::outage::Outage;
use crate::{SecretRead, SourceError};

/// How many are kept.
const MOST_KEPT: usize = 20_000;

/// How many are read at once.
const AT_ONCE: usize = 16;

/// How long after a failure the same is not asked for again.
const AFTER_FAILURE: Duration = Duration::from_secs(2);

/// How long one is kept fresh that nobody asked for.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(24);

/// How long secrets are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheFor {
    /// Until they are read again at the next need.
    pub fresh: Duration,
    /// How much longer they serve while the source can not be asked.
    pub stale: Duration,
    /// How often what is in use is read again without need, to see whether it is another one; never if
    /// zero.
    pub look_again: Duration,
    /// How many reads there are in a second, at most.
    pub reads_per_second: u32,
}

impl CacheFor {
    /// Read at each need, and looked at every half minute: what is read is on this machine.
    pub const LOCAL: Self = Self {
        fresh: Duration::ZERO,
        stale: Duration::ZERO,
        look_again: Duration::from_secs(30),
        reads_per_second: 10_000,
    };

    /// Read at each need, and never different.
    pub const FIXED: Self = Self {
        look_again: Duration::ZERO,
        ..Self::LOCAL
    };
}

/// How fresh a secret has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// As fresh as the cache keeps it.
    Cached,
    /// Read from now on.
    PastCache,
}

/// Which secret, without the key inside it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) path: String,
    pub(crate) version: Option<String>,
}

/// What the cache gives.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) read: Arc<SecretRead>,
    /// Whether it was read just now.
    pub(crate) is_new: bool,
    /// Why it is what was there before: the source could not be asked.
    pub(crate) stale_because: Option<SourceError>,
    /// Whether it is another value than that of before.
    pub(crate) has_changed: bool,
}

#[derive(Default)]
struct Slot {
    state: AsyncMutex<State>,
    asked_at: Mutex<Duration>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    failed: Option<(SourceError, Duration)>,
}

struct Held {
    read: Arc<SecretRead>,
    at: Duration,
    digest: Vec<u8>,
}

/// The cache of one source.
pub(crate) struct Cache {
    settings: CacheFor,
    clock: Arc<dyn Clock>,
    slots: Mutex<HashMap<Place, Arc<Slot>>>,
    permits: Semaphore,
    outage: Outage,
    /// When the next read may begin.
    next_read: Mutex<Duration>,
}

impl Cache {
    pub(crate) fn new(settings: CacheFor, clock: Arc<dyn Clock>) -> Self {
        Self {
            settings,
            clock,
            slots: Mutex::default(),
            permits: Semaphore::new(AT_ONCE),
            outage: Outage::default(),
            next_read: Mutex::default(),
        }
    }

    /// A secret, read where that is due.
    pub(crate) async fn get(
        &self,
        place: &Place,
        freshness: Freshness,
        read: impl Future<Output = Result<SecretRead, SourceError>>,
    ) -> Result<Kept, SourceError> {
        let slot = self.slot(place);
        self.look_up(&slot, (freshness, self.settings.fresh), read)
            .await
    }

    async fn look_up(
        &self,
        slot: &Slot,
        (freshness, fresh): (Freshness, Duration),
        read: impl Future<Output = Result<SecretRead, SourceError>>,
    ) -> Result<Kept, SourceError> {
        let asked_at = self.clock.since_boot();
        let mut state = slot.state.lock().await;
        let now = self.clock.since_boot();
        if let Some(held) = &state.held {
            let is_fresh = match freshness {
                Freshness::Cached => now.saturating_sub(held.at) < fresh,
                Freshness::PastCache => false,
            };
            // one that was read while this one waited is as good as can be
            if is_fresh || held.at > asked_at {
                return Ok(held.kept());
            }
        }
        if let Some((error, at)) = &state.failed
            && now.saturating_sub(*at) < AFTER_FAILURE.min(self.settings.fresh)
        {
            return self.instead(&state, error.clone());
        }
        let done = {
            let _permit = self.permits.acquire().await;
            self.turn().await;
            match self.outage.ask(self.clock.since_boot()) {
                Ok(()) => read.await,
                Err(error) => return self.instead(&state, error),
            }
        };
        self.outage.note(&done, self.clock.since_boot());
        self.keep(&mut state, done)
    }

    fn keep(
        &self,
        state: &mut State,
        done: Result<SecretRead, SourceError>,
    ) -> Result<Kept, SourceError> {
        let now = self.clock.since_boot();
        match done {
            Ok(read) => {
                let digest = digest(&SHA256, read.value.expose().as_bytes());
                let digest = digest.as_ref().to_vec();
                let before = state.held.as_ref().map(|it| &it.digest);
                let has_changed = before.is_some_and(|before| *before != digest);
                let held = Held {
                    read: Arc::new(read),
                    at: now,
                    digest,
                };
                let kept = Kept {
                    is_new: true,
                    has_changed,
                    ..held.kept()
                };
                state.held = Some(held);
                state.failed = None;
                Ok(kept)
            }
            Err(error) => {
                state.failed = Some((error.clone(), now));
                if !error.may_pass() {
                    // it is not there any more, or not for us: what was there is not served either
                    state.held = None;
                }
                self.instead(state, error)
            }
        }
    }

    /// What was there before, as long as it may serve, or the error.
    fn instead(&self, state: &State, error: SourceError) -> Result<Kept, SourceError> {
        let now = self.clock.since_boot();
        let longest = self.settings.fresh + self.settings.stale;
        match &state.held {
            Some(held) if error.may_pass() && now.saturating_sub(held.at) < longest => Ok(Kept {
                stale_because: Some(error),
                ..held.kept()
            }),
            _ => Err(error),
        }
    }

    /// Waits until the next read may begin, so that a cold start does not fall on the source at once.
    async fn turn(&self) {
        let step = Duration::from_secs(1) / self.settings.reads_per_second.max(1);
        let wait = {
            let mut next = self
                .next_read
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let now = self.clock.since_boot();
            let turn = (*next).max(now);
            *next = turn + step;
            turn.saturating_sub(now)
        };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    fn slot(&self, place: &Place) -> Arc<Slot> {
        let now = self.clock.since_boot();
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MOST_KEPT && !slots.contains_key(place) {
            let oldest = slots.iter().min_by_key(|(_, slot)| slot.asked_at());
            let oldest = oldest.map(|(place, _)| place.clone());
            oldest.and_then(|place| slots.remove(&place));
        }
        let slot = Arc::clone(slots.entry(place.clone()).or_default());
        *slot.asked_at.lock().unwrap_or_else(PoisonError::into_inner) = now;
        slot
    }

    /// What is to be read again, because it was read long enough ago and somebody uses it.
    pub(crate) fn due(&self) -> Vec<Place> {
        let after = self.settings.look_again;
        if after.is_zero() {
            return Vec::new();
        }
        let now = self.clock.since_boot();
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|_, slot| now.saturating_sub(slot.asked_at()) < FORGOTTEN_AFTER);
        let due = slots.iter().filter(|(_, slot)| {
            // one that is being read is not waited for
            slot.state.try_lock().is_ok_and(|state| {
                let read = state.held.as_ref();
                read.is_some_and(|it| now.saturating_sub(it.at) >= after)
            })
        });
        due.map(|(place, _)| place.clone()).collect()
    }

    /// Reads one again without counting that as use.
    pub(crate) async fn refresh(
        &self,
        place: &Place,
        read: impl Future<Output = Result<SecretRead, SourceError>>,
    ) -> Option<Result<Kept, SourceError>> {
        let slot = {
            let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.get(place)?)
        };
        let freshness = (Freshness::Cached, self.settings.look_again);
        Some(self.look_up(&slot, freshness, read).await)
    }

    /// How many are kept.
    pub(crate) fn len(&self) -> usize {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.len()
    }
}

impl Slot {
    fn asked_at(&self) -> Duration {
        *self.asked_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn kept(&self) -> Kept {
        Kept {
            read: Arc::clone(&self.read),
            is_new: false,
            stale_because: None,
            has_changed: false,
        }
    }
}
