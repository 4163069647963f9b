//! Checks of a draft that need more than the value itself.

use grantd_model::{Action, Actor, CredentialDraft, FieldError, Invalid, SecretInput};
use grantd_net::check_ca_bundle;
use grantd_secrets::{Destination, Own, SourceError};

use crate::EngineError;
use crate::sources::ahead::SourcesAhead;

/// Everything of a draft that is wrong by itself.
pub(crate) fn draft(draft: &CredentialDraft, sources: &SourcesAhead<'_>) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if let Some(bundle) = &draft.settings.ca_bundle
        && let Err(fault) = check_ca_bundle(bundle)
    {
        faults.push(Invalid::new("invalid_ca_bundle", fault.to_string()).at("/ca_bundle"));
    }
    if let SecretInput::External(reference) = draft.authentication.secret()
        && let Err(fault) = sources.check(reference, &Destination::of(&draft.settings))
    {
        faults.extend(refused_by_source(&fault));
    }
    faults
}

/// What a source does not serve is named by the member to change.
fn refused_by_source(fault: &SourceError) -> Vec<FieldError> {
    let (code, pointers) = match fault {
        SourceError::OwnCaOrProxy { own, .. } => (
            "not_served",
            match own {
                Own::CaBundle => vec!["/ca_bundle"],
                Own::EgressProxy => vec!["/egress_proxy"],
                Own::Both => vec!["/ca_bundle", "/egress_proxy"],
            },
        ),
        _ => ("invalid_reference", vec!["/client_secret_reference"]),
    };
    pointers
        .into_iter()
        .map(|pointer| Invalid::new(code, fault.to_string()).at(pointer))
        .collect()
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
