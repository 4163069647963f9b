//! The secret of a channel: sealed for its place, the origin that it goes to and the way it goes.

use grantd_alerts::SigningSecret;
use grantd_model::alert::{ChannelKind, HookUrl};
use grantd_model::{
    AlertChannel, Change, ChannelDraft, ChannelId, ChannelSecret, ChannelSettings, FieldError,
    Invalid, Secret, Timestamp,
};
use grantd_store::{Place, SealError};

use crate::{Engine, EngineError};

/// The secret of a channel, as an admin gives it.
#[derive(Debug, Clone)]
pub enum ChannelSecretInput {
    /// The one that is there, if there is one.
    Keep,
    /// This one: a signing secret, a password, or the URL of a chat.
    Given(Secret<String>),
    /// A signing secret that grantd makes.
    Made,
}

/// The place of a channel's secret.
fn place(id: ChannelId, version: u32, settings: &ChannelSettings) -> Place {
    Place {
        table: "alert_channel",
        row: id.to_string(),
        field: format!("secret of {}", settings.kind.way()),
        version,
        origin: Some(settings.kind.origin()),
    }
}

/// The draft of a chat with the origin of its URL: that of the secret that is given, or kept.
pub(super) fn with_origin(
    draft: &ChannelDraft,
    input: &ChannelSecretInput,
    before: Option<&AlertChannel>,
) -> Result<ChannelDraft, EngineError> {
    let mut draft = draft.clone();
    if draft.kind != "chat" {
        return Ok(draft);
    }
    let chat = draft.chat.get_or_insert_default();
    chat.origin = match (input, before.map(|it| &it.settings.kind)) {
        (ChannelSecretInput::Given(url), _) => {
            let url = HookUrl::try_from(url.expose().trim());
            let url = url.map_err(|fault| EngineError::field(fault.at("/secret")))?;
            Some(url.origin().to_string())
        }
        (_, Some(ChannelKind::Chat(_, origin))) => Some(origin.to_string()),
        _ => None,
    };
    Ok(draft)
}

/// What is wrong with a secret for a channel with these settings.
pub(super) fn fault(
    settings: &ChannelSettings,
    input: &ChannelSecretInput,
    before: Option<&AlertChannel>,
) -> Option<FieldError> {
    let wrong = |code, detail: &str| Some(Invalid::new(code, detail).at("/secret"));
    let kept = before.filter(|it| it.secret.is_some());
    match (input, &settings.kind) {
        (ChannelSecretInput::Keep, kind) if !kind.needs_secret() => None,
        (ChannelSecretInput::Keep, _) => match kept {
            Some(before) if before.settings.is_bound_alike(settings) => None,
            Some(_) => wrong(
                "secret_required_again",
                "the secret is expected again, because it would go elsewhere or in another way",
            ),
            None => wrong("required", expected(&settings.kind)),
        },
        (ChannelSecretInput::Made, ChannelKind::Webhook(_)) => None,
        (ChannelSecretInput::Made, _) => {
            wrong("unexpected", "grantd makes secrets for webhooks only")
        }
        (ChannelSecretInput::Given(_), kind) if !kind.needs_secret() => wrong(
            "unexpected",
            "no secret is expected without a user name for it",
        ),
        (ChannelSecretInput::Given(secret), ChannelKind::Webhook(_)) => {
            let parsed = SigningSecret::parse(&trimmed(secret));
            parsed.err().map(|fault| fault.at("/secret"))
        }
        (ChannelSecretInput::Given(secret), kind) if secret.expose().is_empty() => {
            wrong("required", expected(kind))
        }
        // the URL of a chat was read when its origin was taken out of it
        (ChannelSecretInput::Given(_), _) => None,
    }
}

const fn expected(kind: &ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Webhook(_) => "a signing secret is expected",
        ChannelKind::Email(_) => "the password of the user is expected",
        ChannelKind::Chat(..) => "the URL of the chat's incoming webhook is expected",
    }
}

/// Without white space around it, which is no part of what is pasted; of a password it may be one.
fn trimmed(secret: &Secret<String>) -> Secret<String> {
    Secret::from(secret.expose().trim())
}

/// What is kept of secrets after a change, and what has to be shown once.
pub(super) struct Kept {
    pub(super) secret: Option<ChannelSecret>,
    pub(super) earlier: Option<ChannelSecret>,
    pub(super) counter: u32,
    pub(super) made: Option<Secret<String>>,
}

impl Engine {
    /// What is kept of the secrets of a channel.
    pub(super) fn kept_secrets(
        &self,
        (id, before): (ChannelId, Option<&AlertChannel>),
        settings: &ChannelSettings,
        input: &ChannelSecretInput,
        set: &Change,
    ) -> Result<Kept, SealError> {
        let counter = before.map_or(0, |it| it.secret_counter);
        let is_alike = before.is_some_and(|it| it.settings.is_bound_alike(settings));
        let made = match input {
            ChannelSecretInput::Made => Some(SigningSecret::made(self.random())),
            _ => None,
        };
        let fresh = match (input, &settings.kind) {
            (ChannelSecretInput::Given(secret), ChannelKind::Email(_)) => Some(secret.clone()),
            (ChannelSecretInput::Given(secret), _) => Some(trimmed(secret)),
            _ => made.clone(),
        };
        let Some(fresh) = fresh else {
            let keeps = is_alike && settings.kind.needs_secret();
            let kept = before.filter(|_| keeps);
            return Ok(Kept {
                secret: kept.and_then(|it| it.secret.clone()),
                earlier: kept.and_then(|it| it.earlier.clone()),
                counter,
                made: None,
            });
        };
        let version = counter.saturating_add(1);
        let sealed = self
            .parts()
            .sealer
            .seal(&place(id, version, settings), &fresh)?;
        // what was sealed for another place does not open, and is of no use
        let signs = is_alike && matches!(settings.kind, ChannelKind::Webhook(_));
        Ok(Kept {
            secret: Some(ChannelSecret {
                version,
                sealed,
                set: set.clone(),
            }),
            earlier: before.filter(|_| signs).and_then(|it| it.secret.clone()),
            counter: version,
            made,
        })
    }

    /// The secrets of a channel that are good now, the current one first.
    pub(super) fn channel_secrets(
        &self,
        channel: &AlertChannel,
        now: Timestamp,
    ) -> Result<Vec<Secret<String>>, SealError> {
        let secrets = channel.secrets(now);
        secrets
            .map(|secret| {
                let place = place(channel.id, secret.version, &channel.settings);
                self.parts().sealer.open(&place, &secret.sealed)
            })
            .collect()
    }
}
