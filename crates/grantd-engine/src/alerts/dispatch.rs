//! Takes alerts out of the outbox and brings them to their channels, each channel by itself.

use std::collections::HashMap;
use std::time::Duration;

use grantd_model::{AlertChannel, AlertDelivery, ChannelId};
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

use super::list::KEPT_DELIVERIES;
use super::transmit::Transmission;
use crate::{Engine, EngineError};

/// How long after each attempt the next one is made: over more than a day.
const WAITS: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
];

/// The longest wait that a receiver may ask for.
const MOST_WAIT: Duration = Duration::from_hours(24);

/// The longest sleep: a clock that was set is noticed within this time.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// How long a channel rests whose outcome could not be written: the message would be sent again at once.
const AFTER_A_FAULT: Duration = Duration::from_mins(1);

/// How many are taken out at once.
const AT_ONCE: u32 = 20;

impl Engine {
    /// Delivers what is due until it is told to stop. What is on its way then is sent again after the next
    /// start, under the same id.
    pub(crate) async fn dispatch_alerts(&self, stop: CancellationToken) {
        let mut busy = HashMap::new();
        let mut working = JoinSet::new();
        loop {
            let wait = match self.begin_due(&mut busy, &mut working).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::warn!(%error, "alerts could not be read, it is tried again");
                    LOOK_AGAIN
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.alerts_due().notified() => {}
                () = tokio::time::sleep(wait) => {}
                Some(done) = working.join_next_with_id() => match done {
                    Ok((task, ())) => {
                        busy.remove(&task);
                    }
                    Err(error) => {
                        busy.remove(&error.id());
                        tracing::error!(%error, "delivering alerts was cut off");
                    }
                },
            }
        }
    }

    /// Begins with every channel to which something is due; tells how long nothing is.
    async fn begin_due(
        &self,
        busy: &mut HashMap<Id, ChannelId>,
        working: &mut JoinSet<()>,
    ) -> Result<Duration, EngineError> {
        let mut unit = self.parts().store.read().await?;
        let waiting = unit.alerts().waiting().await?;
        if waiting.is_empty() {
            return Ok(LOOK_AGAIN);
        }
        let channels = unit.channels().all().await?;
        drop(unit);
        let now = self.now();
        let mut wait = LOOK_AGAIN;
        for (id, _, first) in waiting {
            let channel = channels.iter().find(|it| it.id == id);
            let is_busy = busy.values().any(|it| *it == id);
            let Some(channel) = channel.filter(|it| it.settings.enabled && !is_busy) else {
                continue;
            };
            if first > now {
                wait = wait.min(first.since(now));
                continue;
            }
            let (engine, name) = (self.clone(), channel.name.clone());
            let task = working.spawn(async move {
                if let Err(error) = engine.deliver_due(id).await {
                    tracing::warn!(channel = %name, %error, "what became of alerts could not be written");
                    tokio::time::sleep(AFTER_A_FAULT).await;
                }
            });
            busy.insert(task.id(), id);
        }
        Ok(wait)
    }

    /// A little more or less, so that channels do not go in step.
    fn spread(&self, wait: Duration) -> Duration {
        let mut byte = [0];
        self.random().fill(&mut byte);
        wait.mul_f64(0.9 + f64::from(byte[0]) / 1280.0)
    }

    /// Delivers some of what is due, as long as the channel stays as it is: after a change all is taken out
    /// anew.
    async fn deliver_due(&self, id: ChannelId) -> Result<(), EngineError> {
        let mut unit = self.parts().store.read().await?;
        let taken_of = unit.channels().by_id(id).await?.map(|it| it.revision);
        let due = unit.alerts().due(id, self.now(), AT_ONCE).await?;
        drop(unit);
        for delivery in due {
            let mut unit = self.parts().store.read().await?;
            let channel = unit.channels().by_id(id).await?;
            drop(unit);
            let is_same = |it: &AlertChannel| it.settings.enabled && Some(it.revision) == taken_of;
            let Some(channel) = channel.filter(is_same) else {
                return Ok(());
            };
            let done = self.transmit(&channel, &delivery).await;
            self.note_attempt(&channel, &delivery, &done).await?;
        }
        Ok(())
    }

    async fn note_attempt(
        &self,
        channel: &AlertChannel,
        delivery: &AlertDelivery,
        done: &Transmission,
    ) -> Result<(), EngineError> {
        let now = self.now();
        let wait = WAITS.get(delivery.attempts as usize);
        let wait = wait.filter(|_| done.may_pass && !done.is_delivered());
        let wait = wait.map(|wait| {
            let asked = done.retry_after.unwrap_or_default().min(MOST_WAIT);
            asked.max(self.spread(*wait))
        });
        let kind = channel.settings.kind.name();
        self.parts().metrics.alert_tried(kind, done.is_delivered());
        let mut unit = self.parts().store.write().await?;
        let due_at = wait.map(|wait| now.plus(wait));
        let after = AlertDelivery {
            attempts: delivery.attempts.saturating_add(1),
            due_at,
            last: Some(done.end(now)),
            settled: done.settled.clone(),
            ..delivery.clone()
        };
        let is_noted = unit.alerts().replace(delivery, &after).await?;
        unit.alerts().prune_deliveries(KEPT_DELIVERIES).await?;
        unit.commit().await?;
        if !is_noted {
            tracing::info!(
                channel = %channel.name, alert = %delivery.id, class = %done.class,
                "the channel of an alert was changed while it was on its way"
            );
            return Ok(());
        }
        match (done.is_delivered(), due_at) {
            (true, _) if done.settled.iter().any(|it| it.refused.is_some()) => tracing::warn!(
                channel = %channel.name, alert = %delivery.id, detail = %done.detail,
                "an alert was delivered, but not to every receiver"
            ),
            (true, _) => {
                tracing::info!(channel = %channel.name, alert = %delivery.id, "an alert was delivered");
            }
            (false, Some(at)) => tracing::warn!(
                channel = %channel.name, alert = %delivery.id, class = %done.class, detail = %done.detail,
                again_at = %at, "an alert was not delivered"
            ),
            (false, None) => {
                self.parts().metrics.alert_given_up(kind);
                tracing::error!(
                    channel = %channel.name, alert = %delivery.id, class = %done.class, detail = %done.detail,
                    "an alert was given up"
                );
            }
        }
        Ok(())
    }
}
