//! Checks of a draft that need more than the value itself.

use grantd_model::{Action, Actor, CredentialDraft, FieldError, Invalid, SecretInput};
use grantd_net::check_ca_bundle;
use grantd_secrets::Sources;

use crate::EngineError;

/// Everything of a draft that is wrong by itself.
pub(crate) fn draft(draft: &CredentialDraft, sources: &Sources) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if let Some(bundle) = &draft.settings.ca_bundle
        && let Err(fault) = check_ca_bundle(bundle)
    {
        faults.push(Invalid::new("invalid_ca_bundle", fault.to_string()).at("/ca_bundle"));
    }
    if let SecretInput::External(reference) = draft.authentication.secret()
        && let Err(fault) = sources.check(reference, &draft.settings.token_endpoint.origin())
    {
        let code = "invalid_reference";
        faults.push(Invalid::new(code, fault.to_string()).at("/client_secret_reference"));
    }
    faults
}

/// Demands an admin where bounds are set that only an admin sets.
pub(crate) fn bounds(actor: &Actor, changes_bounds: bool) -> Result<(), EngineError> {
    if changes_bounds && !actor.may_everywhere(Action::Admin) {
        return Err(EngineError::Forbidden {
            action: Action::Admin,
            on: " to set bound hosts and allowed mailboxes".to_owned(),
        });
    }
    Ok(())
}
