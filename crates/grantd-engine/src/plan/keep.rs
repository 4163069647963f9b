//! Secrets that are given and are the ones that are kept: they are taken for kept, so that the same document
//! changes nothing when it is applied again. They are compared here and never shown.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use grantd_model::{
    Credential, CredentialDraft, Origin, Parameter, ParameterInput, ParameterValue, Secret,
    SecretInput, SecretValue, Source, SourceSettings,
};
use grantd_store::{Place, Sealer};

use crate::credentials::binding::Binding;
use crate::credentials::{parameter_place, secret_place};
use crate::sources::own_secret;

/// The draft with the secrets kept that are the same. Where they would go elsewhere, all stay given: they are
/// sealed anew for the other place.
pub(super) fn recognised(
    sealer: &Sealer,
    before: &Credential,
    draft: CredentialDraft,
) -> CredentialDraft {
    let opening = Opening {
        sealer,
        before,
        origin: before.settings.token_endpoint.origin(),
    };
    let headers = opening.parameters("header", &draft.headers, &before.headers);
    let kept = Binding::kept(&before.settings, &before.authentication, &before.headers);
    let wanted = Binding::wanted(&draft.settings, &draft.authentication, &headers);
    if kept != wanted {
        return draft;
    }
    let parameters = opening.parameters("parameter", &draft.parameters, &before.parameters);
    let method = draft.authentication.method();
    let secret = draft.authentication.into_secret();
    let secret = if opening.is_current(&secret) {
        SecretInput::Keep
    } else {
        secret
    };
    CredentialDraft {
        authentication: method.with_secret(secret),
        parameters,
        headers,
        ..draft
    }
}

struct Opening<'a> {
    sealer: &'a Sealer,
    before: &'a Credential,
    origin: Origin,
}

impl Opening<'_> {
    fn is_current(&self, given: &SecretInput) -> bool {
        let current = &self.before.authentication.secret().current;
        match (given, &current.value) {
            (SecretInput::Internal(given), SecretValue::Internal(sealed)) => {
                let place = secret_place(self.before.id, current.version, &self.origin);
                is_same(self.sealer, &place, sealed, given)
            }
            _ => false,
        }
    }

    fn parameters(
        &self,
        kind: &str,
        given: &[Parameter<ParameterInput>],
        kept: &[Parameter<ParameterValue>],
    ) -> Vec<Parameter<ParameterInput>> {
        let one = |given: &Parameter<ParameterInput>| {
            let name = &given.name;
            let kept = kept.iter().find(|it| it.name == *name).map(|it| &it.value);
            let value = match (&given.value, kept) {
                (ParameterInput::Plain(text), _) => ParameterInput::Plain(text.clone()),
                (ParameterInput::Keep, _) => ParameterInput::Keep,
                (
                    ParameterInput::Secret(secret),
                    Some(ParameterValue::Secret { version, sealed }),
                ) => {
                    let (id, origin) = (self.before.id, &self.origin);
                    let place = parameter_place(id, kind, name, *version, origin);
                    if is_same(self.sealer, &place, sealed, secret) {
                        ParameterInput::Keep
                    } else {
                        ParameterInput::Secret(secret.clone())
                    }
                }
                (ParameterInput::Secret(secret), _) => ParameterInput::Secret(secret.clone()),
            };
            Parameter {
                name: name.clone(),
                value,
            }
        };
        given.iter().map(one).collect()
    }
}

/// The secret of a source, taken for kept where it is the same and goes to the same place.
pub(super) fn recognised_of_source(
    sealer: &Sealer,
    before: &Source,
    settings: &SourceSettings,
    given: SecretInput,
) -> SecretInput {
    let Some(entry) = &before.secret else {
        return given;
    };
    if !before.settings.kind.is_bound_alike(&settings.kind) {
        return given;
    }
    let is_same = match (&given, &entry.value) {
        (SecretInput::External(given), SecretValue::External(kept)) => given == kept,
        (SecretInput::Internal(given), SecretValue::Internal(kept)) => {
            let origin = before.settings.kind.origin();
            let place = own_secret::place(before.id, entry.version, &origin);
            // as it is sealed
            let given = Secret::from(given.expose().trim());
            is_same(sealer, &place, kept, &given)
        }
        _ => false,
    };
    if is_same { SecretInput::Keep } else { given }
}

/// Whether a sealed secret is this one. One that does not open is none.
fn is_same(
    sealer: &Sealer,
    place: &Place,
    kept: &grantd_model::Sealed,
    given: &Secret<String>,
) -> bool {
    let Ok(opened) = sealer.open(place, kept) else {
        return false;
    };
    let (kept, given) = (opened.expose().as_bytes(), given.expose().as_bytes());
    verify_slices_are_equal(kept, given).is_ok()
}
