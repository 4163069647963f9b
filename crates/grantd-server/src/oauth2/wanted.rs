//! Which credential a token request names: by scope, audience or resource.

use grantd_engine::CredentialRef;

use super::error::OAuthError;
use super::form::Form;

/// What a resource indicator (RFC 8707) of a credential begins with.
const RESOURCE: &str = "urn:grantd:credential:";

/// What a scope of clients that expect Entra's form ends with.
const DEFAULT: &str = "/.default";

/// The one credential that is named, by its slug or id. Where several parameters name one, they
/// agree.
pub(super) fn credential(form: &Form) -> Result<CredentialRef, OAuthError> {
    let scope = form.scope.as_deref().map(one_scope).transpose()?;
    let audience = form.audience.as_deref();
    let resource = form.resource.as_deref();
    let mut named = [scope, audience, resource].into_iter().flatten().map(name);
    let Some(first) = named.next() else {
        return Err(OAuthError::invalid_scope(
            "the slug of a credential is expected as scope",
        ));
    };
    if named.any(|other| other != first) {
        return Err(OAuthError::invalid_request(
            "scope, audience and resource are expected to name one credential",
        ));
    }
    first.parse().map_err(|_| {
        OAuthError::invalid_scope(format!(
            "the slug of a credential is expected as scope, such as mail or mail{DEFAULT}"
        ))
    })
}

fn one_scope(scope: &str) -> Result<&str, OAuthError> {
    let mut scopes = scope.split(' ').filter(|scope| !scope.is_empty());
    match (scopes.next(), scopes.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(OAuthError::invalid_scope(
            "one scope is expected, the slug of a credential",
        )),
    }
}

fn name(text: &str) -> &str {
    let text = text.strip_prefix(RESOURCE).unwrap_or(text);
    text.strip_suffix(DEFAULT).unwrap_or(text)
}
