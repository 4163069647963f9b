//! The key of a token request, from the credential.

use grantd_model::parameter::ParameterValue;
use grantd_model::token_key::{SecretIdentity, ValueIdentity};
use grantd_model::{Credential, Parameter, ScopeSet, TokenKey};

/// What makes token requests of this credential the same, with the secret of this version.
#[must_use]
pub fn token_key(
    credential: &Credential,
    secret: SecretIdentity,
    scope: Option<&ScopeSet>,
) -> TokenKey {
    let settings = &credential.settings;
    TokenKey {
        credential: credential.id,
        token_generation: credential.token_generation,
        token_endpoint: settings.token_endpoint.clone(),
        method: credential.authentication.method(),
        client_id: settings.client_id.clone(),
        secret: Some(secret),
        certificate: None,
        proof_key: None,
        scope: scope.cloned(),
        resources: settings.resources.clone(),
        audience: settings.audience.clone(),
        parameters: identities(&credential.parameters),
        headers: identities(&credential.headers),
        claims: None,
        subject: None,
    }
}

fn identities(parameters: &[Parameter<ParameterValue>]) -> Vec<(String, ValueIdentity)> {
    let one = |parameter: &Parameter<ParameterValue>| {
        let value = match &parameter.value {
            ParameterValue::Plain(text) => ValueIdentity::Plain(text.clone()),
            ParameterValue::Secret { version, .. } => ValueIdentity::Secret(*version),
        };
        (parameter.name.clone(), value)
    };
    parameters.iter().map(one).collect()
}
