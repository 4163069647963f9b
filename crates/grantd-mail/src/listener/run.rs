//! The life of one listener: look, deliver, do afterwards, wait, and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use grantd_engine::{EngineError, ListenerMemory, MailProgress};
use grantd_model::health::Failing;
use grantd_model::{Listener, ListenerPhase, ListenerState, Revision};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::pace;
use super::strikes::Strikes;
use crate::delivery::Delivery;
use crate::fault::MailFault;
use crate::mailbox::Mailbox;
use crate::works::Works;

/// How many actions and letters are worked off in one go.
const DUE_AT_ONCE: u32 = 100;

/// How often it is written down that a listener looked and found nothing.
const NOTE_EVERY: Duration = Duration::from_secs(30);

/// One listener that runs.
pub(crate) struct Runner {
    pub(crate) works: Arc<Works>,
    pub(crate) memory: ListenerMemory,
    pub(crate) listener: Listener,
    pub(crate) mailbox: Arc<dyn Mailbox>,
    pub(crate) delivery: Arc<dyn Delivery>,
    pub(crate) state: Mutex<ListenerState>,
    pub(crate) stop: CancellationToken,
    /// By how many halvings less is asked for at once.
    pub(crate) smaller: AtomicU32,
    pub(crate) strikes: Strikes,
    /// Whether something may be written down that is still to be delivered.
    pub(crate) may_pend: AtomicBool,
    /// The credential as it was when the last look failed.
    failed_with: Mutex<Option<Revision>>,
}

/// Why a step ended before its end.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The listener is to end.
    Ending,
    /// Something failed.
    Fault(MailFault),
    /// Some mails could not be had; the others were delivered.
    HeldUp(MailFault),
    /// What was done can not be remembered.
    Memory(EngineError),
}

impl From<MailFault> for Stopped {
    fn from(fault: MailFault) -> Self {
        Self::Fault(fault)
    }
}

impl Runner {
    pub(crate) fn new(
        works: Arc<Works>,
        memory: ListenerMemory,
        listener: Listener,
        stop: CancellationToken,
    ) -> Self {
        let mailbox = Arc::new(works.mailbox(memory.engine(), &listener.settings));
        let delivery = works.delivery(&listener.settings, Some(listener.id));
        Self {
            works,
            memory,
            listener,
            mailbox,
            delivery,
            state: Mutex::default(),
            stop,
            smaller: AtomicU32::new(0),
            strikes: Strikes::default(),
            may_pend: AtomicBool::new(true),
            failed_with: Mutex::default(),
        }
    }

    /// Runs until it is told to stop.
    pub(crate) async fn run(self) {
        let mut times = 0;
        while let Err(error) = self.begin().await {
            tracing::warn!(listener = %self.listener.slug, %error, "an email listener can not begin, it is tried again");
            times += 1;
            if self.pause(Duration::from_secs(times.min(30))).await {
                return;
            }
        }
        loop {
            let wait = match self.step().await {
                Ok(()) => self.worked().await,
                Err(Stopped::Ending) => return,
                Err(Stopped::Memory(error)) => {
                    tracing::warn!(listener = %self.listener.slug, %error, "an email listener can not remember what it did, it is tried again");
                    let fault = MailFault::Transient {
                        class: "store_failed",
                        detail: format!("what was done can not be remembered: {error}"),
                    };
                    self.look_failed(fault).await
                }
                Err(Stopped::Fault(fault) | Stopped::HeldUp(fault)) => {
                    self.look_failed(fault).await
                }
            };
            if self.pause(wait).await {
                return;
            }
        }
    }

    /// Waits; tells whether the listener is to end.
    async fn pause(&self, wait: Duration) -> bool {
        tokio::select! {
            () = self.stop.cancelled() => true,
            () = self.wait_or_poke(wait) => false,
        }
    }

    /// Waits, or until something is to be done at once: what people ask for is told as a change.
    async fn wait_or_poke(&self, wait: Duration) {
        let mut changes = self.memory.changes();
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(deadline) => return,
                told = changes.changed() => {
                    if told.is_err() {
                        return;
                    }
                    let waiting = self.memory.waiting(self.listener.id).await;
                    let due = waiting.ok().and_then(|it| it.next_at);
                    if due.is_some_and(|due| due <= self.works.now()) || self.is_mended().await {
                        return;
                    }
                }
            }
        }
    }

    /// Whether somebody has changed the credential since the last look failed: that may be what helps.
    async fn is_mended(&self) -> bool {
        let failed_with = *self.failed_with.lock().await;
        match failed_with {
            None => false,
            before => self.memory.credential_revision(&self.listener).await.ok() != before,
        }
    }

    /// Reads what is remembered, and throws away what an earlier run has begun.
    async fn begin(&self) -> Result<(), EngineError> {
        let state = self.memory.state(self.listener.id).await?;
        *self.state.lock().await = state;
        if let Err(fault) = self.delivery.clear(None).await {
            tracing::debug!(listener = %self.listener.slug, class = fault.class(), "nothing was cleared");
        }
        Ok(())
    }

    /// One step: what is new, then what is due. What is due never holds up what is new, and is not tried
    /// while the server can not be asked for anything.
    async fn step(&self) -> Result<(), Stopped> {
        self.still_wanted()?;
        let credential = self.memory.credential(&self.listener).await;
        credential.map_err(|error| crate::works::credential_fault(&error))?;
        match self.look().await {
            Ok(()) => self.work_off().await,
            Err(held_up @ (Stopped::HeldUp(_) | Stopped::Fault(MailFault::Disk { .. }))) => {
                self.work_off().await?;
                Err(held_up)
            }
            Err(stopped) => Err(stopped),
        }
    }

    async fn work_off(&self) -> Result<(), Stopped> {
        loop {
            let now = self.works.now();
            let due = self.memory.due(self.listener.id, now, DUE_AT_ONCE).await;
            let (actions, letters) = due.map_err(Stopped::Memory)?;
            if actions.is_empty() && letters.is_empty() {
                return Ok(());
            }
            self.do_afterwards(actions).await?;
            self.deliver_letters(letters).await?;
        }
    }

    /// Does what is due with mails that are delivered.
    pub(crate) async fn do_due_actions(&self) -> Result<(), Stopped> {
        let now = self.works.now();
        let due = self.memory.due(self.listener.id, now, DUE_AT_ONCE).await;
        let (actions, _) = due.map_err(Stopped::Memory)?;
        self.do_afterwards(actions).await
    }

    /// All went well: how long until the next look.
    async fn worked(&self) -> Duration {
        self.smaller.store(0, Ordering::Relaxed);
        self.strikes.clear();
        *self.failed_with.lock().await = None;
        let now = self.works.now();
        let mut state = self.state.lock().await;
        let failed = state.failing.take().is_some() | state.next_look_at.take().is_some();
        let noted = state.looked_at;
        let is_old = |at| now.since(at) >= NOTE_EVERY || state.delivered_at > noted;
        let due = noted.is_none_or(is_old);
        if failed || due {
            state.looked_at = Some(now);
            let progress = MailProgress {
                state: Some(state.clone()),
                ..MailProgress::default()
            };
            if let Err(error) = self.memory.keep(self.listener.id, progress).await {
                tracing::warn!(listener = %self.listener.slug, %error, "it is not noted that an email listener works");
                state.looked_at = noted;
            }
        }
        drop(state);
        if failed {
            tracing::info!(listener = %self.listener.slug, "an email listener works again");
        }
        let waiting = self.memory.waiting(self.listener.id).await;
        let due = waiting.ok().and_then(|it| it.next_at);
        let until_due = due.map(|due| due.since(now).max(Duration::from_millis(200)));
        let interval = self.listener.settings.interval;
        until_due.map_or(interval, |until| until.min(interval))
    }

    /// Something failed: how long nothing is tried.
    async fn look_failed(&self, fault: MailFault) -> Duration {
        let revision = self.memory.credential_revision(&self.listener).await;
        *self.failed_with.lock().await = revision.ok();
        let now = self.works.now();
        let mut state = self.state.lock().await;
        match &fault {
            MailFault::Cursor { .. } => {
                state.cursor = None;
                if state.phase == ListenerPhase::Following {
                    state.phase = ListenerPhase::Resyncing;
                }
            }
            MailFault::TimedOut { .. } => {
                let smaller = &self.smaller;
                smaller.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
        let before = state.failing.take();
        let is_new = before.as_ref().is_none_or(|it| it.class != fault.class());
        let times = before.as_ref().map_or(1, |it| it.times.saturating_add(1));
        let wait = pace::wait(&fault, times);
        if is_new {
            tracing::warn!(listener = %self.listener.slug, class = fault.class(), %fault, "an email listener fails");
        }
        state.failing = Some(Failing {
            since: before.map_or(now, |it| it.since),
            last_at: now,
            times,
            class: fault.class().to_owned(),
            detail: fault.to_string(),
            remedy: fault.remedy(),
        });
        state.next_look_at = Some(now.plus(wait));
        let progress = MailProgress {
            state: Some(state.clone()),
            ..MailProgress::default()
        };
        drop(state);
        if let Err(error) = self.memory.keep(self.listener.id, progress).await {
            tracing::warn!(listener = %self.listener.slug, %error, "it is not noted why an email listener fails");
        }
        wait
    }

    /// Keeps what was done.
    pub(crate) async fn keep(&self, progress: MailProgress) -> Result<(), Stopped> {
        let kept = self.memory.keep(self.listener.id, progress).await;
        kept.map_err(Stopped::Memory)
    }

    /// Ends the step where the listener is to end.
    pub(crate) fn still_wanted(&self) -> Result<(), Stopped> {
        if self.stop.is_cancelled() {
            Err(Stopped::Ending)
        } else {
            Ok(())
        }
    }
}
