//! Checks of a source that need more than the value itself.

use std::collections::BTreeMap;

use super::ahead::SourcesAhead;
use super::own_secret::destination;
use grantd_model::secret_reference::SourceName;
use grantd_model::source::{SourceKind, VaultLogin};
use grantd_model::{
    FieldError, Invalid, SecretInput, SecretReference, SecretValue, Source, SourceSettings,
};
use grantd_net::check_ca_bundle;

/// What grantd signs in with, as an admin gives it.
#[derive(Debug, Clone)]
pub struct SourceSecretInput {
    /// The secret; absent where the kind takes none.
    pub secret: Option<SecretInput>,
    /// Whether it is a wrapping token that holds the secret id of `approle`.
    pub is_wrapped: bool,
}

/// Everything that is wrong with settings and secret together.
pub(super) fn source(
    (name, before): (&SourceName, Option<&Source>),
    settings: &SourceSettings,
    input: &SourceSecretInput,
    sources: &SourcesAhead<'_>,
    all: &[Source],
) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let kind = &settings.kind;
    if let Some(bundle) = kind.ca_bundle()
        && let Err(fault) = check_ca_bundle(bundle)
    {
        let place = format!("/{}/ca_bundle", kind.name());
        faults.push(Invalid::new("invalid_ca_bundle", fault.to_string()).at(place));
    }
    match (&input.secret, kind.takes_secret()) {
        (None | Some(SecretInput::Keep), false) => {}
        (None, true) => faults.push(expected(kind).at("/secret")),
        (Some(_), false) => {
            let detail = "no secret is expected without a header for it";
            faults.push(Invalid::new("unexpected", detail).at("/secret"));
        }
        (Some(SecretInput::Keep), true) => match before {
            Some(before) if before.secret.is_some() => {
                if !before.settings.kind.is_bound_alike(kind) {
                    let detail = "the secret is expected again, because it would go elsewhere or in another way";
                    faults.push(Invalid::new("secret_required_again", detail).at("/secret"));
                }
            }
            _ => faults.push(expected(kind).at("/secret")),
        },
        (Some(SecretInput::Internal(secret)), true) => {
            if secret.expose().trim().is_empty() {
                faults.push(expected(kind).at("/secret"));
            }
        }
        (Some(SecretInput::External(reference)), true) => {
            faults.extend(external(name, kind, reference, sources, all));
        }
    }
    let is_approle = matches!(kind, SourceKind::Vault(vault) if matches!(vault.login, VaultLogin::AppRole { .. }));
    let is_given = matches!(input.secret, Some(SecretInput::Internal(_)));
    if input.is_wrapped && !(is_approle && is_given) {
        let detail = "a wrapping token is expected only as the secret of `approle`, given here";
        faults.push(Invalid::new("unexpected", detail).at("/secret_is_wrapped"));
    }
    faults
}

fn external(
    name: &SourceName,
    kind: &SourceKind,
    reference: &SecretReference,
    sources: &SourcesAhead<'_>,
    all: &[Source],
) -> Vec<FieldError> {
    let place = "/secret_reference";
    if let Some(cycle) = cycle(name, &reference.source, all) {
        let detail = format!("a source that does not need this one is expected: {cycle}");
        return vec![Invalid::new("cycle", detail).at(place)];
    }
    if let Err((member, fault)) = reference.check() {
        return vec![fault.at(format!("{place}{member}"))];
    }
    let checked = sources.check(reference, &destination(kind.origin()));
    checked
        .err()
        .map(|fault| Invalid::new("invalid_reference", fault.to_string()).at(place))
        .into_iter()
        .collect()
}

/// The way from a source back to itself, if its own secret were in this one.
pub(super) fn cycle(name: &SourceName, first: &SourceName, all: &[Source]) -> Option<String> {
    let needs: BTreeMap<&SourceName, &SourceName> = all
        .iter()
        .filter_map(|source| match &source.secret.as_ref()?.value {
            SecretValue::External(reference) => Some((&source.name, &reference.source)),
            SecretValue::Internal(_) => None,
        })
        .collect();
    let mut way = vec![name.as_str()];
    let mut next = Some(first);
    while let Some(source) = next {
        way.push(source.as_str());
        if source == name {
            return Some(way.join(" needs "));
        }
        if way.len() > all.len() + 1 {
            return None;
        }
        next = needs.get(source).copied();
    }
    None
}

fn expected(kind: &SourceKind) -> Invalid {
    let what = match kind {
        SourceKind::Https(_) => "the value of the header",
        SourceKind::Vault(vault) => match vault.login {
            VaultLogin::Token => "a token",
            VaultLogin::AppRole { .. } => "a secret id",
            VaultLogin::Kubernetes { .. } => {
                "the token of a service account, usually a reference to the file it is mounted as,"
            }
            VaultLogin::Jwt { .. } => "a JWT",
            VaultLogin::Userpass { .. } => "a password",
            VaultLogin::Certificate { .. } => "a private key in PEM",
        },
    };
    Invalid::new("required", format!("{what} is expected"))
}
