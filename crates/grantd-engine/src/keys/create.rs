//! Makes an API key.

use aws_lc_rs::digest::{SHA256, digest};
use grantd_model::{
    Action, Actor, ApiKey, ApiKeySecret, AuditAction, Change, Grant, Invalid, KeyId, Name,
    ObjectId, Secret, Timestamp,
};

use zeroize::Zeroize;

use crate::directory::Effect;
use crate::{Engine, EngineError, access};

/// An API key as somebody wants it.
#[derive(Debug)]
pub struct KeyDraft {
    /// What people call it.
    pub name: Name,
    /// What its holder may do.
    pub grants: Vec<Grant>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// An API key that was just made, with what is shown this once.
#[derive(Debug)]
pub struct NewKey {
    /// The key as it is kept.
    pub key: ApiKey,
    /// Its text form; it can not be shown again.
    pub text: Secret<String>,
}

impl Engine {
    /// Makes an API key.
    ///
    /// # Errors
    /// Without a grant to administer; when it would have no grant, would be over at once, or would
    /// be allowed more than the actor is.
    pub async fn create_key(&self, actor: &Actor, draft: KeyDraft) -> Result<NewKey, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let now = self.now();
        check(actor, &draft, now)?;
        let id = KeyId::new(now, self.random());
        let mut bytes = [0; 32];
        self.random().fill(&mut bytes);
        let secret = ApiKeySecret {
            id,
            secret: Secret::new(bytes),
        };
        bytes.zeroize();
        let key = ApiKey {
            id,
            name: draft.name,
            secret_digest: digest_of(&secret),
            grants: draft.grants,
            created: Change {
                at: now,
                by: actor.reference(),
            },
            expires_at: draft.expires_at,
            revoked_at: None,
        };
        let mut unit = self.parts().store.write().await?;
        unit.keys().insert(&key).await?;
        let object = (ObjectId::from(id), key.name.as_str());
        let detail = vec![(
            "grants".to_owned(),
            serde_json::to_string(&key.grants).unwrap_or_default(),
        )];
        self.record(
            unit.as_mut(),
            now,
            actor,
            AuditAction::KeyCreate,
            object,
            detail,
        )
        .await?;
        self.commit(unit, Effect::Nothing).await?;
        Ok(NewKey {
            text: secret.to_text(),
            key,
        })
    }
}

fn check(actor: &Actor, draft: &KeyDraft, now: Timestamp) -> Result<(), EngineError> {
    if draft.grants.is_empty() {
        let fault = Invalid::new("required", "at least one grant is expected");
        return Err(EngineError::field(fault.at("/grants")));
    }
    if draft.expires_at.is_some_and(|end| end <= now) {
        let fault = Invalid::new("in_the_past", format!("a time after {now} is expected"));
        return Err(EngineError::field(fault.at("/expires_at")));
    }
    if let Actor::Key {
        expires_at: Some(own_end),
        ..
    } = actor
        && draft.expires_at.is_none_or(|end| end > *own_end)
    {
        let detail = format!("a time not after {own_end} is expected, when one's own key ends");
        return Err(EngineError::field(
            Invalid::new("beyond_own_end", detail).at("/expires_at"),
        ));
    }
    let Some(own) = actor.grants() else {
        return Ok(());
    };
    match draft
        .grants
        .iter()
        .position(|wanted| !own.iter().any(|grant| grant.covers(wanted)))
    {
        None => Ok(()),
        Some(position) => Err(EngineError::BeyondGrants(format!(
            "a key can only be given a part of one's own grants; /grants/{position} is more"
        ))),
    }
}

/// The digest under which the secret half is kept.
pub(crate) fn digest_of(key: &ApiKeySecret) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, key.secret.expose()).as_ref());
    out
}
