//! Tries whether a message arrives at a channel.

use std::time::Duration;

use grantd_alerts::words;
use grantd_model::alert::{AlertData, AlertType};
use grantd_model::{Action, Actor, AlertDelivery, AlertId, AlertMessage, AuditAction, Slug};

use super::list::{KEPT_DELIVERIES, missing};
use super::transmit::Transmission;
use crate::directory::Effect;
use crate::{Engine, EngineError, access};

/// How a test of a channel went.
#[derive(Debug, Clone)]
pub struct ChannelTest {
    /// What the other side said.
    pub outcome: Transmission,
    /// How long it took.
    pub took: Duration,
}

impl Engine {
    /// Sends a message that says that it is a test, once, be the channel enabled or not.
    ///
    /// # Errors
    /// Without a grant to administer; when there is no such channel. That it does not arrive is the outcome.
    pub async fn test_channel(
        &self,
        actor: &Actor,
        name: &Slug,
    ) -> Result<ChannelTest, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let mut unit = self.parts().store.read().await?;
        let channel = unit.channels().by_name(name).await?;
        drop(unit);
        let channel = channel.ok_or_else(|| missing(name))?;
        let (now, begun) = (self.now(), self.since_boot());
        let mut data = AlertData {
            installation: self.installation_told(),
            detail: Some(format!("sent to the alert channel `{name}`")),
            ..AlertData::default()
        };
        data.summary = words::summary(AlertType::Test, now, &data);
        let message = AlertMessage {
            kind: AlertType::Test,
            timestamp: now,
            data,
        };
        let mut delivery = AlertDelivery {
            id: AlertId::new(now, self.random()),
            channel: channel.id,
            at: now,
            message,
            attempts: 1,
            due_at: None,
            last: None,
            settled: Vec::new(),
        };
        let outcome = self.transmit(&channel, &delivery).await;
        let took = self.since_boot().saturating_sub(begun);
        self.parts()
            .metrics
            .alert_tried(channel.settings.kind.name(), outcome.is_delivered());
        delivery.last = Some(outcome.end(self.now()));
        delivery.settled.clone_from(&outcome.settled);
        let mut unit = self.parts().store.write().await?;
        // one that was deleted meanwhile keeps no list
        let is_there = unit.channels().by_name(name).await?;
        if is_there.is_some_and(|it| it.id == channel.id) {
            unit.alerts().send(&delivery).await?;
            unit.alerts().prune_deliveries(KEPT_DELIVERIES).await?;
        }
        let detail = [
            ("origin", channel.settings.kind.origin().to_string()),
            ("result", outcome.class.clone()),
        ];
        let detail = detail.map(|(name, text)| (name.to_owned(), text)).into();
        let action = (AuditAction::ChannelTest, &channel);
        self.record_channel(unit.as_mut(), now, actor, action, detail)
            .await?;
        self.commit(unit, Effect::Nothing).await?;
        Ok(ChannelTest { outcome, took })
    }
}
