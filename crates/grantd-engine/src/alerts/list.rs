//! Lists alert channels, and what went there.

use grantd_model::alert::{ChannelKind, HookUrl};
use grantd_model::{Action, Actor, AlertChannel, AlertDelivery, Slug, Timestamp};

use crate::{Engine, EngineError, access};

/// How many deliveries of a channel are kept beside those that wait.
pub(crate) const KEPT_DELIVERIES: u32 = 200;

/// An alert channel, and how it fares.
#[derive(Debug, Clone)]
pub struct ShownChannel {
    /// The channel. Who may not administer sees no query of its URL.
    pub channel: AlertChannel,
    /// How many alerts wait for it.
    pub waiting: u64,
    /// When the first of them is tried.
    pub next_at: Option<Timestamp>,
    /// The alert that was tried last.
    pub last: Option<AlertDelivery>,
}

impl Engine {
    /// All alert channels, by name.
    ///
    /// # Errors
    /// Without a grant to read everything: alerts tell of everything.
    pub async fn channels(&self, actor: &Actor) -> Result<Vec<ShownChannel>, EngineError> {
        access::everywhere(actor, Action::Read)?;
        let mut unit = self.parts().store.read().await?;
        let all = unit.channels().all().await?;
        let waiting = unit.alerts().waiting().await?;
        let last = unit.alerts().last_tried().await?;
        drop(unit);
        let is_admin = actor.may_everywhere(Action::Admin);
        let shown = all.into_iter().map(|mut channel| {
            if !is_admin {
                hide_query(&mut channel);
            }
            let waits = waiting.iter().find(|(id, ..)| *id == channel.id);
            ShownChannel {
                waiting: waits.map_or(0, |(_, number, _)| *number),
                next_at: waits.map(|(.., first)| *first),
                last: last.iter().find(|it| it.channel == channel.id).cloned(),
                channel,
            }
        });
        Ok(shown.collect())
    }

    /// One alert channel.
    ///
    /// # Errors
    /// Without a grant to read everything; when there is none of this name.
    pub async fn channel(&self, actor: &Actor, name: &Slug) -> Result<ShownChannel, EngineError> {
        let mut all = self.channels(actor).await?.into_iter();
        all.find(|shown| shown.channel.name == *name)
            .ok_or_else(|| missing(name))
    }

    /// What went to a channel last, or is on its way there, newest first.
    ///
    /// # Errors
    /// Without a grant to read everything; when there is no such channel.
    pub async fn alert_deliveries(
        &self,
        actor: &Actor,
        name: &Slug,
    ) -> Result<Vec<AlertDelivery>, EngineError> {
        access::everywhere(actor, Action::Read)?;
        let mut unit = self.parts().store.read().await?;
        let channel = unit.channels().by_name(name).await?;
        let channel = channel.ok_or_else(|| missing(name))?;
        Ok(unit
            .alerts()
            .deliveries(channel.id, KEPT_DELIVERIES)
            .await?)
    }
}

/// Some receivers are let in by what stands in the query.
fn hide_query(channel: &mut AlertChannel) {
    let ChannelKind::Webhook(url) = &mut channel.settings.kind else {
        return;
    };
    let mut bare = url.url().clone();
    bare.set_query(None);
    if let Ok(bare) = HookUrl::try_from(bare.as_str()) {
        *url = bare;
    }
}

pub(super) fn missing(name: &Slug) -> EngineError {
    EngineError::NotFound {
        what: "alert channel",
        name: name.to_string(),
    }
}
