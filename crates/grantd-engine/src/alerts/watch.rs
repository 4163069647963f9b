//! Looks from time to time at what troubles things, and writes what is to be told into the outbox.

use std::time::Duration;

use grantd_model::alert::{AlertData, AlertType, InstallationTold};
use grantd_model::{AlertChannel, AlertDelivery, AlertId, AlertMessage, Timestamp};
use grantd_store::WriteUnit;
use tokio_util::sync::CancellationToken;

use super::causes::{Alert, MOST_ALONE, folded, going_on, plan};
use super::observe::{Look, Subjects};
use crate::{Engine, EngineError};

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(10);

impl Engine {
    /// Looks until it is told to stop.
    pub(crate) async fn watch_for_alerts(&self, stop: CancellationToken) {
        loop {
            if let Err(error) = self.look_for_alerts().await {
                tracing::warn!(%error, "it could not be seen what to alert of, it is tried again");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Looks once. Without a channel nothing counts as told.
    async fn look_for_alerts(&self) -> Result<(), EngineError> {
        let now = self.now();
        let mut unit = self.parts().store.read().await?;
        let channels = unit.channels().all().await?;
        if !channels.iter().any(|it| it.settings.enabled) {
            return Ok(());
        }
        let causes = unit.alerts().causes().await?;
        let look = Look {
            settings: &self.parts().alerts,
            now,
            told: &causes,
        };
        let subjects = self.observe(unit.as_mut(), &look).await?;
        drop(unit);
        let plan = plan(causes, &subjects, now);
        if plan.is_empty() {
            return Ok(());
        }
        let mut unit = self.parts().store.write().await?;
        // one that was deleted meanwhile gets nothing any more
        let channels = unit.channels().all().await?;
        for alert in &plan.alone {
            for channel in wanting(&channels, alert) {
                let message = self.message(alert.kind, now, alert.data.clone());
                self.put_out(unit.as_mut(), channel, message, now).await?;
            }
        }
        for channel in &channels {
            let wanted = plan.together.iter().filter(|it| wants(channel, it));
            if let Some(data) = folded(wanted, now) {
                let message = self.message(AlertType::Many, now, data);
                self.put_out(unit.as_mut(), channel, message, now).await?;
            }
        }
        for cause in &plan.keep {
            unit.alerts().put_cause(cause).await?;
        }
        for (object, trouble) in &plan.forget {
            unit.alerts().forget_cause(object, *trouble).await?;
        }
        unit.commit().await?;
        self.alerts_due().notify_one();
        Ok(())
    }

    /// What troubles things now, whatever was told of it.
    pub(super) async fn troubles(&self, now: Timestamp) -> Result<Subjects, EngineError> {
        let mut unit = self.parts().store.read().await?;
        let look = Look {
            settings: &self.parts().alerts,
            now,
            told: &[],
        };
        Ok(self.observe(unit.as_mut(), &look).await?)
    }

    /// Tells a channel what others were told of that goes on, as far as it did not want that before.
    pub(super) async fn catch_up(
        &self,
        unit: &mut dyn WriteUnit,
        before: Option<&AlertChannel>,
        channel: &AlertChannel,
        (subjects, now): (&Subjects, Timestamp),
    ) -> Result<(), EngineError> {
        let causes = unit.alerts().causes().await?;
        let mut alerts = going_on(&causes, subjects, now);
        alerts.retain(|it| wants(channel, it) && !before.is_some_and(|was| wants(was, it)));
        let together = alerts.split_off(alerts.len().min(MOST_ALONE));
        for alert in alerts {
            let message = self.message(alert.kind, now, alert.data);
            self.put_out(unit, channel, message, now).await?;
        }
        if let Some(data) = folded(together.iter(), now) {
            let message = self.message(AlertType::Many, now, data);
            self.put_out(unit, channel, message, now).await?;
        }
        Ok(())
    }

    async fn put_out(
        &self,
        unit: &mut dyn WriteUnit,
        channel: &AlertChannel,
        message: AlertMessage,
        now: Timestamp,
    ) -> Result<(), EngineError> {
        let delivery = AlertDelivery {
            id: AlertId::new(now, self.random()),
            channel: channel.id,
            at: now,
            message,
            attempts: 0,
            due_at: Some(now),
            last: None,
            settled: Vec::new(),
        };
        Ok(unit.alerts().send(&delivery).await?)
    }

    fn message(&self, kind: AlertType, now: Timestamp, data: AlertData) -> AlertMessage {
        AlertMessage {
            kind,
            timestamp: now,
            data: AlertData {
                installation: self.installation_told(),
                ..data
            },
        }
    }

    /// Whose alerts they are.
    pub(super) fn installation_told(&self) -> InstallationTold {
        let settings = &self.parts().alerts;
        InstallationTold {
            badge: settings.badge.clone(),
            url: settings.console.as_ref().map(|it| format!("{it}/console/")),
        }
    }
}

fn wants(channel: &AlertChannel, alert: &Alert) -> bool {
    let settings = &channel.settings;
    settings.wants(alert.kind, alert.object, alert.labels.as_ref())
}

fn wanting<'a>(
    channels: &'a [AlertChannel],
    alert: &'a Alert,
) -> impl Iterator<Item = &'a AlertChannel> {
    channels.iter().filter(move |channel| wants(channel, alert))
}
