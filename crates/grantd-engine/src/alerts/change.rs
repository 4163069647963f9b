//! Adds, changes and deletes alert channels.

use grantd_model::alert::DeliveryEnd;
use grantd_model::{
    Action, Actor, AlertChannel, AlertDelivery, AuditAction, Change, ChannelDraft, ChannelId,
    ChannelSettings, Invalid, ObjectId, Revision, Secret, Slug, Timestamp,
};
use grantd_net::check_ca_bundle;
use grantd_store::{StoreError, WriteUnit};

use super::list::missing;
use super::secret::{ChannelSecretInput, fault, with_origin};
use super::told::{differences, summary};
use crate::directory::Effect;
use crate::{Engine, EngineError, access};

/// The most channels.
const MOST_CHANNELS: usize = 50;

/// The most alerts that wait for one channel.
const MOST_WAITING: u32 = 10_000;

/// A channel as it is now, with the signing secret that grantd has just made for it.
#[derive(Debug)]
pub struct ChangedChannel {
    /// The channel.
    pub channel: AlertChannel,
    /// To be shown once.
    pub signing_secret: Option<Secret<String>>,
}

impl Engine {
    /// Adds an alert channel. A webhook without a secret gets one that grantd makes. What others were told of
    /// and goes on is told there too.
    ///
    /// # Errors
    /// Without a grant to administer; when values are wrong, or the name is taken.
    pub async fn create_channel(
        &self,
        actor: &Actor,
        name: Slug,
        draft: &ChannelDraft,
        input: ChannelSecretInput,
    ) -> Result<ChangedChannel, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let input = match input {
            ChannelSecretInput::Keep if draft.kind == "webhook" => ChannelSecretInput::Made,
            input => input,
        };
        let settings = checked(draft, &input, None)?;
        let now = self.now();
        let change = Change {
            at: now,
            by: actor.reference(),
        };
        let id = ChannelId::new(now, self.random());
        let kept = self.kept_secrets((id, None), &settings, &input, &change)?;
        let channel = AlertChannel {
            id,
            name,
            revision: Revision::FIRST,
            settings,
            secret: kept.secret,
            earlier: None,
            secret_counter: kept.counter,
            created: change.clone(),
            updated: change,
        };
        let subjects = self.troubles(now).await?;
        let mut unit = self.parts().store.write().await?;
        if unit.channels().all().await?.len() >= MOST_CHANNELS {
            let detail = format!("there are {MOST_CHANNELS} alert channels already");
            return Err(EngineError::TooMany(detail));
        }
        unit.channels().insert(&channel).await.map_err(taken)?;
        self.catch_up(unit.as_mut(), None, &channel, (&subjects, now))
            .await?;
        let action = (AuditAction::ChannelCreate, &channel);
        self.record_channel(unit.as_mut(), now, actor, action, summary(&channel))
            .await?;
        self.commit(unit, Effect::Nothing).await?;
        self.alerts_due().notify_one();
        Ok(ChangedChannel {
            channel,
            signing_secret: kept.made,
        })
    }

    /// Replaces the settings of an alert channel, and its secret unless that is kept. A webhook is signed with
    /// the secret before as well for a while. What waits is tried at once; if nothing goes there any more, it
    /// is given up. What others were told of, goes on and was not wanted before is told there too.
    ///
    /// # Errors
    /// As [`Engine::create_channel`]; when the revision is not the expected one, or the secret is kept
    /// although it would go elsewhere.
    pub async fn update_channel(
        &self,
        actor: &Actor,
        name: &Slug,
        expected: Revision,
        draft: &ChannelDraft,
        input: ChannelSecretInput,
    ) -> Result<ChangedChannel, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let now = self.now();
        let subjects = self.troubles(now).await?;
        let mut unit = self.parts().store.write().await?;
        let before = unit.channels().by_name(name).await?;
        let before = before.ok_or_else(|| missing(name))?;
        stale(&before, expected)?;
        let settings = checked(draft, &input, Some(&before))?;
        let change = Change {
            at: now,
            by: actor.reference(),
        };
        let kept = self.kept_secrets((before.id, Some(&before)), &settings, &input, &change)?;
        let after = AlertChannel {
            revision: before.revision.next(),
            settings,
            secret: kept.secret,
            earlier: kept.earlier,
            secret_counter: kept.counter,
            updated: change,
            ..before.clone()
        };
        if after.settings == before.settings && after.secret == before.secret {
            return Ok(ChangedChannel {
                channel: before,
                signing_secret: None,
            });
        }
        unit.channels().update(&after, expected).await?;
        if after.settings.enabled {
            unit.alerts().hurry(after.id, now).await?;
        } else {
            give_up(unit.as_mut(), &after, now).await?;
        }
        self.catch_up(unit.as_mut(), Some(&before), &after, (&subjects, now))
            .await?;
        let action = (AuditAction::ChannelUpdate, &after);
        let detail = differences(&before, &after);
        self.record_channel(unit.as_mut(), now, actor, action, detail)
            .await?;
        self.commit(unit, Effect::Nothing).await?;
        self.alerts_due().notify_one();
        Ok(ChangedChannel {
            channel: after,
            signing_secret: kept.made,
        })
    }

    /// Deletes an alert channel, with all that waits for it.
    ///
    /// # Errors
    /// Without a grant to administer; when the revision is not the expected one.
    pub async fn delete_channel(
        &self,
        actor: &Actor,
        name: &Slug,
        expected: Revision,
    ) -> Result<(), EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let now = self.now();
        let mut unit = self.parts().store.write().await?;
        let channel = unit.channels().by_name(name).await?;
        let channel = channel.ok_or_else(|| missing(name))?;
        stale(&channel, expected)?;
        unit.channels().delete(channel.id, expected).await?;
        let action = (AuditAction::ChannelDelete, &channel);
        let detail = vec![("name".to_owned(), name.to_string())];
        self.record_channel(unit.as_mut(), now, actor, action, detail)
            .await?;
        self.commit(unit, Effect::Nothing).await
    }

    pub(super) async fn record_channel(
        &self,
        unit: &mut dyn WriteUnit,
        now: Timestamp,
        actor: &Actor,
        (action, channel): (AuditAction, &AlertChannel),
        detail: Vec<(String, String)>,
    ) -> Result<(), EngineError> {
        let object = (ObjectId::from(channel.id), channel.name.as_str());
        self.record(unit, now, actor, action, object, detail)
            .await?;
        Ok(())
    }
}

/// The settings, if they and the secret fit together.
fn checked(
    draft: &ChannelDraft,
    input: &ChannelSecretInput,
    before: Option<&AlertChannel>,
) -> Result<ChannelSettings, EngineError> {
    let draft = with_origin(draft, input, before)?;
    let settings = draft.parse().map_err(EngineError::Fields)?;
    let mut faults: Vec<_> = fault(&settings, input, before).into_iter().collect();
    if let Some(bundle) = &settings.ca_bundle
        && let Err(fault) = check_ca_bundle(bundle)
    {
        faults.push(Invalid::new("invalid_ca_bundle", fault.to_string()).at("/ca_bundle"));
    }
    if faults.is_empty() {
        Ok(settings)
    } else {
        Err(EngineError::Fields(faults))
    }
}

/// Nothing of what waits goes out any more.
async fn give_up(
    unit: &mut dyn WriteUnit,
    channel: &AlertChannel,
    now: Timestamp,
) -> Result<(), StoreError> {
    let end = DeliveryEnd {
        at: now,
        class: "disabled".to_owned(),
        detail: "the channel was disabled before it was delivered".to_owned(),
    };
    let ever = Timestamp::from_micros(i64::MAX);
    let waiting = unit.alerts().due(channel.id, ever, MOST_WAITING).await?;
    for delivery in waiting {
        let closed = AlertDelivery {
            due_at: None,
            last: Some(end.clone()),
            ..delivery.clone()
        };
        unit.alerts().replace(&delivery, &closed).await?;
    }
    Ok(())
}

fn stale(channel: &AlertChannel, expected: Revision) -> Result<(), EngineError> {
    if channel.revision == expected {
        Ok(())
    } else {
        Err(EngineError::Stale {
            current: channel.revision,
        })
    }
}

fn taken(error: StoreError) -> EngineError {
    match error {
        StoreError::Taken(_) => EngineError::field(
            Invalid::new(
                "taken",
                "a name that no other alert channel has is expected",
            )
            .at("/name"),
        ),
        error => EngineError::Store(error),
    }
}
