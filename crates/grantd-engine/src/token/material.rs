//! The secrets that a token request needs, opened or read.

use grantd_model::parameter::ParameterValue;
use grantd_model::token_key::SecretIdentity;
use grantd_model::{ClientAuthentication, Credential, Parameter, Secret, SecretEntry, SecretValue};
use grantd_oauth::RequestValue;
use grantd_secrets::{Destination, Freshness};

use crate::credentials::{parameter_place, secret_place};
use crate::{Engine, EngineError};

/// Everything secret of one token request; wiped when it is dropped.
pub(crate) struct Material {
    pub(crate) authentication: ClientAuthentication<Secret<String>>,
    pub(crate) parameters: Vec<Parameter<RequestValue>>,
    pub(crate) headers: Vec<Parameter<RequestValue>>,
    pub(crate) identity: SecretIdentity,
}

impl Material {
    /// What must not be repeated anywhere.
    pub(crate) fn secrets(&self) -> Vec<&Secret<String>> {
        let values = self.parameters.iter().chain(&self.headers);
        let extra = values.filter_map(|parameter| match &parameter.value {
            RequestValue::Plain(_) => None,
            RequestValue::Secret(secret) => Some(secret),
        });
        std::iter::once(self.authentication.secret())
            .chain(extra)
            .collect()
    }
}

impl Engine {
    /// Opens and reads what a request with this entry of the credential's secrets needs.
    pub(crate) async fn material(
        &self,
        credential: &Credential,
        entry: &SecretEntry,
        freshness: Freshness,
    ) -> Result<Material, EngineError> {
        let origin = credential.settings.token_endpoint.origin();
        let sealer = &self.parts().sealer;
        let (secret, external_version) = match &entry.value {
            SecretValue::Internal(value) => (
                sealer.open(&secret_place(credential.id, entry.version, &origin), value)?,
                None,
            ),
            SecretValue::External(reference) => {
                let read = self
                    .parts()
                    .sources
                    .read(reference, &Destination::of(&credential.settings), freshness)
                    .await?;
                (read.value, read.version)
            }
        };
        let open = |kind: &str, list: &[Parameter<ParameterValue>]| {
            let one = |parameter: &Parameter<ParameterValue>| {
                let name = parameter.name.clone();
                let value = match &parameter.value {
                    ParameterValue::Plain(text) => RequestValue::Plain(text.clone()),
                    ParameterValue::Secret { version, sealed } => {
                        let place = parameter_place(credential.id, kind, &name, *version, &origin);
                        RequestValue::Secret(sealer.open(&place, sealed)?)
                    }
                };
                Ok(Parameter { name, value })
            };
            list.iter()
                .map(one)
                .collect::<Result<Vec<_>, EngineError>>()
        };
        Ok(Material {
            authentication: credential.authentication.method().with_secret(secret),
            parameters: open("parameter", &credential.parameters)?,
            headers: open("header", &credential.headers)?,
            identity: SecretIdentity {
                version: entry.version,
                external_version,
            },
        })
    }
}
