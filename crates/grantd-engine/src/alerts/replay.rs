//! Has an alert brought to its channel again.

use grantd_model::alert::DeliveryEnd;
use grantd_model::{Action, Actor, AlertDelivery, AlertId, AuditAction, Slug};

use super::list::{KEPT_DELIVERIES, missing};
use crate::directory::Effect;
use crate::{Engine, EngineError, access};

impl Engine {
    /// Has an alert of the list delivered again at once, with all its attempts before it, under the same id:
    /// one that was given up, or waits, or was delivered. A mail that not every receiver has goes to the
    /// others alone. To a disabled channel it goes once that is enabled.
    ///
    /// # Errors
    /// Without a grant to administer; when there is no such channel, or no such alert on its list.
    pub async fn replay_alert(
        &self,
        actor: &Actor,
        name: &Slug,
        id: AlertId,
    ) -> Result<(), EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let now = self.now();
        let mut unit = self.parts().store.write().await?;
        let channel = unit.channels().by_name(name).await?;
        let channel = channel.ok_or_else(|| missing(name))?;
        let listed = unit
            .alerts()
            .deliveries(channel.id, KEPT_DELIVERIES)
            .await?;
        let found = listed.into_iter().find(|it| it.id == id);
        let before = found.ok_or_else(|| EngineError::NotFound {
            what: "alert",
            name: id.to_string(),
        })?;
        let mut after = AlertDelivery {
            attempts: 0,
            due_at: Some(now),
            ..before.clone()
        };
        let is_done = before.last.as_ref().is_some_and(DeliveryEnd::is_delivered);
        if is_done && before.settled.iter().all(|it| it.refused.is_none()) {
            after.settled.clear();
        }
        after.settled.retain(|it| it.refused.is_none());
        unit.alerts().replace(&before, &after).await?;
        let action = (AuditAction::ChannelReplay, &channel);
        let detail = vec![("alert".to_owned(), id.to_string())];
        self.record_channel(unit.as_mut(), now, actor, action, detail)
            .await?;
        self.commit(unit, Effect::Nothing).await?;
        self.alerts_due().notify_one();
        Ok(())
    }
}
