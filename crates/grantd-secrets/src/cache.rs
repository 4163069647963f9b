//! Secrets as they were read, for a while: one read at a time for each, not too many in all, and what was
//! there before where the source can not be asked.
//!
//! Invariant: a source that can not be asked is asked by one reader at a time, ever more rarely; the others
//! get what was there before, or its fault, at once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use grantd_model::{Clock, SecretReference, Timestamp};
use tokio::sync::{Mutex as AsyncMutex, Semaphore};

use crate::error::Extent;
use crate::outage::{FIRST_WAIT, LONGEST_WAIT, Outage};
use crate::{SecretRead, SourceError};

/// How many are kept.
const MOST_KEPT: usize = 20_000;

/// How many are read at once.
const AT_ONCE: usize = 16;

/// How many are read at once of those that are well while others fail.
const BESIDE: usize = 2;

/// How long a place is remembered at which there never was anything.
const EMPTY_FOR: Duration = Duration::from_mins(1);

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

impl Place {
    pub(crate) fn of(reference: &SecretReference) -> Self {
        Self {
            path: reference.path.clone(),
            version: reference.version.clone(),
        }
    }
}

/// What the cache gives.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) read: Arc<SecretRead>,
    /// Why it is what was there before: the source could not be asked.
    pub(crate) stale_because: Option<SourceError>,
    /// Whether it is another value than that of before.
    pub(crate) has_changed: bool,
}

#[derive(Default)]
struct Slot {
    state: AsyncMutex<State>,
    asked_at: Mutex<Duration>,
    /// Since when what was there before is served.
    stale_since: Mutex<Option<Timestamp>>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    failed: Option<Failed>,
    /// What was read last, be it gone since: the next value is compared with it.
    seen: Option<Seen>,
}

struct Held {
    read: Arc<SecretRead>,
    at: Duration,
    /// Which one of all reads it was.
    number: u64,
}

struct Failed {
    error: SourceError,
    at: Duration,
    /// How long the same is not asked for again.
    wait: Duration,
}

struct Seen {
    digest: Vec<u8>,
    /// When this was last looked at, by the time since boot.
    at: Duration,
}

/// The cache of one source.
pub(crate) struct Cache {
    settings: CacheFor,
    clock: Arc<dyn Clock>,
    slots: Mutex<HashMap<Place, Arc<Slot>>>,
    permits: Semaphore,
    outage: Outage,
    /// For paths that are well while others fail.
    beside: Semaphore,
    /// Counts reads as they begin.
    reads: AtomicU64,
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
            beside: Semaphore::new(BESIDE),
            reads: AtomicU64::new(0),
            next_read: Mutex::default(),
        }
    }

    /// Takes over what another one has seen, without the values: they are read again, and one that is
    /// different is noticed. What is not served any more is left behind.
    pub(crate) fn adopt(&self, before: &Self, is_served: impl Fn(&str) -> bool) {
        let before = before.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        for (place, slot) in before.iter().filter(|(place, _)| is_served(&place.path)) {
            // one that is being read right now is compared with nothing
            let Ok(mut state) = slot.state.try_lock() else {
                continue;
            };
            let adopted = Slot {
                state: AsyncMutex::new(State {
                    seen: state.seen.take(),
                    ..State::default()
                }),
                asked_at: Mutex::new(slot.asked_at()),
                stale_since: Mutex::default(),
            };
            slots.insert(place.clone(), Arc::new(adopted));
        }
    }

    /// Whether the source can not be asked.
    pub(crate) fn is_out(&self) -> bool {
        self.outage.is_on()
    }

    /// A secret, read where that is due.
    pub(crate) async fn get(
        &self,
        place: &Place,
        freshness: Freshness,
        read: impl Future<Output = Result<SecretRead, SourceError>>,
    ) -> Result<Kept, SourceError> {
        let slot = self.slot(place);
        let freshness = (freshness, self.settings.fresh);
        let kept = self.look_up(&slot, &place.path, freshness, read).await;
        if kept.as_ref().is_ok_and(|kept| kept.stale_because.is_some()) {
            slot.is_stale(self.clock.now());
        }
        kept
    }

    /// Since when something is served that was there before.
    pub(crate) fn stale_since(&self) -> Option<Timestamp> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.values().filter_map(|slot| slot.stale_since()).min()
    }

    async fn look_up(
        &self,
        slot: &Slot,
        path: &str,
        (freshness, fresh): (Freshness, Duration),
        read: impl Future<Output = Result<SecretRead, SourceError>>,
    ) -> Result<Kept, SourceError> {
        let asked_at = self.reads.load(Ordering::Acquire);
        let mut state = slot.state.lock().await;
        let now = self.clock.since_boot();
        if let Some(held) = &state.held {
            let is_fresh = match freshness {
                Freshness::Cached => now.saturating_sub(held.at) < fresh,
                Freshness::PastCache => false,
            };
            // one whose reading began while this one waited is as good as can be
            if is_fresh || held.number > asked_at {
                return Ok(held.kept());
            }
        }
        if let Some(failed) = &state.failed
            && now.saturating_sub(failed.at) < failed.wait
            // what failed in an outage that is over is asked for anew
            && failed.at >= self.outage.over_at()
        {
            return self.instead(&state, failed.error.clone());
        }
        let number = self.reads.fetch_add(1, Ordering::AcqRel) + 1;
        let is_well = state.failed.is_none();
        match self.ask(path, is_well, read).await {
            Ok(done) => {
                let kept = self.keep(&mut state, number, done);
                if !kept.as_ref().is_ok_and(|kept| kept.stale_because.is_some()) {
                    slot.is_current();
                }
                kept
            }
            Err(not_asked) => self.instead(&state, not_asked),
        }
    }

    /// Asks the source in its turn. One that is well, as far as anybody knows, is not held up by others that
    /// fail.
    ///
    /// # Errors
    /// When it is not asked at all, because of an outage.
    pub(crate) async fn ask<T>(
        &self,
        path: &str,
        is_well: bool,
        read: impl Future<Output = Result<T, SourceError>>,
    ) -> Result<Result<T, SourceError>, SourceError> {
        if !(is_well && self.outage.is_unsure()) {
            self.outage.look(self.clock.since_boot())?;
        }
        let turn = async {
            let permit = self.permits.acquire().await;
            self.turn().await;
            permit
        };
        // whoever waits does not wait for what can not be asked any more
        let _permit = tokio::select! {
            permit = turn => Some(permit),
            () = self.outage.begins() => None,
        };
        // but where all fail, the others do not wait for each of them
        let beside = if is_well && self.outage.is_unsure() {
            self.beside.try_acquire().ok()
        } else {
            None
        };
        if beside.is_none() {
            self.outage.ask(self.clock.since_boot())?;
        }
        let done = read.await;
        self.note(path, &done);
        Ok(done)
    }

    /// Reads what is there now, be there an outage or not. It is kept only where somebody uses it already.
    pub(crate) async fn test(
        &self,
        place: &Place,
        read: impl Future<Output = Result<SecretRead, SourceError>>,
    ) -> Result<Kept, SourceError> {
        let done = {
            let _permit = self.permits.acquire().await;
            read.await
        };
        self.note(&place.path, &done);
        let slot = {
            let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            slots.get(place).cloned()
        };
        match slot {
            Some(slot) if done.is_ok() => {
                let number = self.reads.fetch_add(1, Ordering::AcqRel) + 1;
                slot.is_current();
                self.keep(&mut *slot.state.lock().await, number, done)
            }
            _ => done.map(|read| Kept {
                read: Arc::new(read),
                stale_because: None,
                has_changed: false,
            }),
        }
    }

    fn note<T>(&self, path: &str, done: &Result<T, SourceError>) {
        let now = self.clock.since_boot();
        let was_out = self.outage.is_on();
        self.outage.note(path, done, now);
        if self.outage.is_on() && !was_out {
            // those who had a place in the row gave it up
            let mut next = self
                .next_read
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *next = now;
        }
    }

    fn keep(
        &self,
        state: &mut State,
        number: u64,
        done: Result<SecretRead, SourceError>,
    ) -> Result<Kept, SourceError> {
        let now = self.clock.since_boot();
        match done {
            Ok(read) => {
                let digest = digest(&SHA256, read.value.expose().as_bytes());
                let digest = digest.as_ref().to_vec();
                let before = state.seen.as_ref().map(|it| &it.digest);
                let has_changed = before.is_some_and(|before| *before != digest);
                let held = Held {
                    read: Arc::new(read),
                    at: now,
                    number,
                };
                let kept = Kept {
                    has_changed,
                    ..held.kept()
                };
                state.held = Some(held);
                state.seen = Some(Seen { digest, at: now });
                state.failed = None;
                Ok(kept)
            }
            Err(error) => {
                state.failed = Some(self.failed(state.failed.take(), &error, now));
                if !error.may_pass() {
                    if let Some(seen) = &mut state.seen {
                        seen.at = now;
                    }
                    // it is not there any more, or not for us: what was there is not served either
                    state.held = None;
                }
                self.instead(state, error)
            }
        }
    }

    /// How long the same is not asked for again: ever longer where the fault may be of this path alone, as the
    /// outage takes care of the others.
    fn failed(&self, before: Option<Failed>, error: &SourceError, now: Duration) -> Failed {
        let mut wait = FIRST_WAIT;
        if error.extent() == Extent::Unknown {
            if let Some(before) = before.filter(|it| it.error.extent() == Extent::Unknown) {
                wait = (before.wait * 2).clamp(FIRST_WAIT, LONGEST_WAIT);
            }
            wait = wait.max(error.asks_to_wait().min(LONGEST_WAIT));
        }
        if self.settings.fresh.is_zero() && error.class() != "no_answer" {
            // what is read at each need is on this machine, and answers at once or hangs
            wait = Duration::ZERO;
        }
        Failed {
            error: error.clone(),
            at: now,
            wait,
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

    /// What is to be read again, because it was looked at long enough ago and somebody uses it.
    pub(crate) fn due(&self) -> Vec<Place> {
        let after = self.settings.look_again;
        let now = self.clock.since_boot();
        // while the source can not be asked nothing is due, and then one sees whether that is over
        let most = match self.outage.look(now) {
            Err(_) => 0,
            Ok(()) if self.outage.is_on() && !self.outage.is_unsure() => 1,
            Ok(()) => usize::MAX,
        };
        let over_at = self.outage.over_at();
        let mut due = Vec::new();
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|place, slot| {
            let unused_for = now.saturating_sub(slot.asked_at());
            // one that is being read is not waited for
            let Ok(state) = slot.state.try_lock() else {
                return true;
            };
            let Some(seen) = &state.seen else {
                return unused_for < EMPTY_FOR;
            };
            let waits = state.failed.as_ref().is_some_and(|failed| {
                now.saturating_sub(failed.at) < failed.wait && failed.at >= over_at
            });
            if due.len() < most
                && !waits
                && !after.is_zero()
                && now.saturating_sub(seen.at) >= after
            {
                due.push(place.clone());
            }
            unused_for < FORGOTTEN_AFTER
        });
        due
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
        let kept = self.look_up(&slot, &place.path, freshness, read);
        Some(kept.await)
    }

    /// How many are kept.
    pub(crate) fn len(&self) -> usize {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.len()
    }
}

impl Slot {
    fn is_stale(&self, now: Timestamp) {
        let mut since = self
            .stale_since
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        since.get_or_insert(now);
    }

    fn is_current(&self) {
        *self
            .stale_since
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn stale_since(&self) -> Option<Timestamp> {
        *self
            .stale_since
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn asked_at(&self) -> Duration {
        *self.asked_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn kept(&self) -> Kept {
        Kept {
            read: Arc::clone(&self.read),
            stale_because: None,
            has_changed: false,
        }
    }
}
