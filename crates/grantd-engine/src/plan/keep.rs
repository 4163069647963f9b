//! Secrets that are given for a thing that has one: where the two are the same, the kept one stays, so that no
//! new version is made and no token is dropped when a document is applied again.
//!
//! Invariant: no answer tells whether they are the same. A plan takes each that is given for another one, and
//! an import takes none for another one; they are held against each other when a plan is applied that was
//! shown already.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use grantd_model::{
    Credential, Parameter, ParameterValue, Sealed, SecretEntry, SecretValue, Source,
};
use grantd_store::{Place, Sealer};

use crate::credentials::update::{affects_tokens, same};
use crate::credentials::{parameter_place, secret_place};
use crate::sources::own_secret;

/// How it is found out whether a given secret is the kept one.
#[derive(Clone, Copy)]
pub(super) enum Look<'a> {
    /// Both are opened.
    Opened(&'a Sealer),
    /// It is not: each counts as the same.
    Unopened,
}

impl Look<'_> {
    /// Whether the two are the same. One that does not open is no other one's equal.
    fn is_same(self, kept: (&Place, &Sealed), given: (&Place, &Sealed)) -> bool {
        let Self::Opened(sealer) = self else {
            return true;
        };
        let open = |(place, sealed): (&Place, &Sealed)| sealer.open(place, sealed).ok();
        let (Some(kept), Some(given)) = (open(kept), open(given)) else {
            return false;
        };
        let (kept, given) = (kept.expose().as_bytes(), given.expose().as_bytes());
        verify_slices_are_equal(kept, given).is_ok()
    }
}

/// What became of a credential, with the secrets of before where they are the same; none if nothing differs
/// then. Where they would go elsewhere, all are new: they are sealed for the other place.
pub(super) fn kept(
    look: Look<'_>,
    before: &Credential,
    mut after: Credential,
) -> Option<Credential> {
    let origin = before.settings.token_endpoint.origin();
    if after.settings.token_endpoint.origin() == origin {
        let place = |version| secret_place(before.id, version, &origin);
        let list = before.authentication.secret();
        let (old, new) = (&list.current, &after.authentication.secret().current);
        if let (SecretValue::Internal(kept), SecretValue::Internal(given)) =
            (&old.value, &new.value)
            && look.is_same((&place(old.version), kept), (&place(new.version), given))
        {
            let method = after.authentication.method();
            after.authentication = method.with_secret(list.clone());
        }
        let place = |kind: &str, name: &str, version| {
            parameter_place(before.id, kind, name, version, &origin)
        };
        for (kind, old, new) in [
            ("parameter", &before.parameters, &mut after.parameters),
            ("header", &before.headers, &mut after.headers),
        ] {
            for Parameter { name, value } in new {
                let Some(earlier) = old.iter().find(|it| it.name == *name) else {
                    continue;
                };
                if let (Some((old, kept)), Some((new, given))) =
                    (secret_of(&earlier.value), secret_of(value))
                    && look.is_same(
                        (&place(kind, name, old), kept),
                        (&place(kind, name, new), given),
                    )
                {
                    *value = earlier.value.clone();
                }
            }
        }
    }
    if !affects_tokens(before, &after) {
        after.token_generation = before.token_generation;
    }
    (!same(before, &after)).then_some(after)
}

const fn secret_of(value: &ParameterValue) -> Option<(u32, &Sealed)> {
    match value {
        ParameterValue::Plain(_) => None,
        ParameterValue::Secret { version, sealed } => Some((*version, sealed)),
    }
}

/// The same for a source.
pub(super) fn kept_of_source(
    sealer: &Sealer,
    before: &Source,
    mut after: Source,
) -> Option<Source> {
    let origin = before.settings.kind.origin();
    let place = |entry: &SecretEntry| own_secret::place(before.id, entry.version, &origin);
    if let (Some(old), Some(new)) = (&before.secret, &after.secret)
        && let (SecretValue::Internal(kept), SecretValue::Internal(given)) =
            (&old.value, &new.value)
        && before.settings.kind.is_bound_alike(&after.settings.kind)
        && Look::Opened(sealer).is_same((&place(old), kept), (&place(new), given))
    {
        after.secret.clone_from(&before.secret);
    }
    let is_same = after.settings == before.settings && after.secret == before.secret;
    (!is_same).then_some(after)
}
