//! The checks that every use case begins with.

use grantd_model::{Action, Actor, Credential, Labels, ObjectId, ScopeLimit, ScopeSet};

use crate::EngineError;

/// Demands the action on everything.
pub(crate) fn everywhere(actor: &Actor, action: Action) -> Result<(), EngineError> {
    if actor.may_everywhere(action) {
        Ok(())
    } else {
        Err(EngineError::Forbidden {
            action,
            on: String::new(),
        })
    }
}

/// Demands the action on anything at all.
pub(crate) fn somewhere(actor: &Actor, action: Action) -> Result<(), EngineError> {
    let grants = actor.grants();
    if grants.is_none_or(|grants| grants.iter().any(|grant| grant.action.includes(action))) {
        Ok(())
    } else {
        Err(EngineError::Forbidden {
            action,
            on: String::new(),
        })
    }
}

/// Demands the action on a credential. Who may not even see it is told that it does not exist.
pub(crate) fn on_credential(
    actor: &Actor,
    action: Action,
    credential: &Credential,
) -> Result<(), EngineError> {
    on_object(actor, action, &ObjectId::from(credential.id), credential)
}

/// The same for a credential whose id is there as grants name it.
pub(crate) fn on_object(
    actor: &Actor,
    action: Action,
    id: &ObjectId,
    credential: &Credential,
) -> Result<(), EngineError> {
    let labels = &credential.settings.labels;
    if actor.may(action, id, labels) {
        return Ok(());
    }
    if action != Action::Read && actor.may(Action::Read, id, labels) {
        return Err(EngineError::Forbidden {
            action,
            on: format!(" on `{}`", credential.slug),
        });
    }
    Err(EngineError::NotFound {
        what: "credential",
        name: credential.slug.to_string(),
    })
}

/// Demands the action on a thing that is about to have this id and these labels.
pub(crate) fn on_future(
    actor: &Actor,
    action: Action,
    id: &ObjectId,
    labels: &Labels,
) -> Result<(), EngineError> {
    if actor.may(action, id, labels) {
        Ok(())
    } else {
        Err(EngineError::Forbidden {
            action,
            on: " on a credential with these labels".to_owned(),
        })
    }
}

/// Demands that one grant of a token on the credential lets these of its scopes be asked for, or all
/// of them if none are named.
pub(crate) fn scopes(
    actor: &Actor,
    credential: &Credential,
    wanted: Option<&ScopeSet>,
) -> Result<(), EngineError> {
    scopes_of_object(actor, &ObjectId::from(credential.id), credential, wanted)
}

/// The same for a credential whose id is there as grants name it.
pub(crate) fn scopes_of_object(
    actor: &Actor,
    id: &ObjectId,
    credential: &Credential,
    wanted: Option<&ScopeSet>,
) -> Result<(), EngineError> {
    let Some(grants) = actor.grants() else {
        return Ok(());
    };
    let wanted = wanted.or_else(|| credential.settings.scope.scopes());
    let allowed = grants
        .iter()
        .filter(|grant| grant.allows(Action::Token, id, &credential.settings.labels))
        .any(|grant| match (&grant.scopes, wanted) {
            (ScopeLimit::Any, _) => true,
            (ScopeLimit::Set(limit), Some(scopes)) => limit.contains_all(scopes),
            (ScopeLimit::Set(_), None) => false,
        });
    if allowed {
        Ok(())
    } else {
        Err(EngineError::BeyondGrants(format!(
            "the grant does not cover all scopes that are asked for of `{}`",
            credential.slug
        )))
    }
}
