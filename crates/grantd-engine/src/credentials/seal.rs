//! Seals what came in, for its place in the store.

use grantd_model::{
    Change, CredentialId, Origin, Parameter, ParameterInput, ParameterValue, SecretEntry,
    SecretInput, SecretValue,
};
use grantd_store::{Place, Sealer};

use crate::EngineError;

/// The place of a client secret.
pub(crate) fn secret_place(id: CredentialId, version: u32, origin: &Origin) -> Place {
    Place {
        table: "credential_secret",
        row: id.to_string(),
        field: "client_secret".to_owned(),
        version,
        origin: Some(origin.clone()),
    }
}

/// The place of a secret extra parameter or header; `kind` is `parameter` or `header`.
pub(crate) fn parameter_place(
    id: CredentialId,
    kind: &str,
    name: &str,
    version: u32,
    origin: &Origin,
) -> Place {
    Place {
        table: "credential_parameter",
        row: id.to_string(),
        field: format!("{kind}:{name}"),
        version,
        origin: Some(origin.clone()),
    }
}

/// Where sealed values of one credential go.
pub(super) struct Sealing<'a> {
    pub(super) sealer: &'a Sealer,
    pub(super) id: CredentialId,
    pub(super) origin: &'a Origin,
    /// The highest version that any value ever had; counts up with each new one.
    pub(super) counter: u32,
}

impl Sealing<'_> {
    fn next_version(&mut self) -> u32 {
        self.counter = self.counter.saturating_add(1);
        self.counter
    }

    /// Makes an entry of a new secret; `None` where the kept one stays.
    pub(super) fn entry(
        &mut self,
        input: SecretInput,
        set: Change,
    ) -> Result<Option<SecretEntry>, EngineError> {
        let (version, value) = match input {
            SecretInput::Keep => return Ok(None),
            SecretInput::External(reference) => {
                (self.next_version(), SecretValue::External(reference))
            }
            SecretInput::Internal(secret) => {
                let version = self.next_version();
                let place = secret_place(self.id, version, self.origin);
                (
                    version,
                    SecretValue::Internal(self.sealer.seal(&place, &secret)?),
                )
            }
        };
        Ok(Some(SecretEntry {
            version,
            value,
            set,
            last_used_at: None,
        }))
    }

    /// Seals the secret ones of a list, whose kind is `parameter` or `header`.
    pub(super) fn parameters(
        &mut self,
        kind: &str,
        inputs: Vec<Parameter<ParameterInput>>,
        earlier: &[Parameter<ParameterValue>],
    ) -> Result<Vec<Parameter<ParameterValue>>, EngineError> {
        let (id, origin) = (self.id, self.origin);
        let place = |name: &str, version| parameter_place(id, kind, name, version, origin);
        seal_parameters(self.sealer, &mut self.counter, inputs, earlier, place)
    }
}

/// Seals the secret ones of a list for the place that each version of each has, and counts the versions up; what is
/// kept is taken from the earlier list, where the caller has made sure that it is.
pub(crate) fn seal_parameters(
    sealer: &Sealer,
    counter: &mut u32,
    inputs: Vec<Parameter<ParameterInput>>,
    earlier: &[Parameter<ParameterValue>],
    place: impl Fn(&str, u32) -> Place,
) -> Result<Vec<Parameter<ParameterValue>>, EngineError> {
    let mut kept = Vec::with_capacity(inputs.len());
    for Parameter { name, value } in inputs {
        let before = earlier
            .iter()
            .find(|parameter| parameter.name == name)
            .map(|parameter| &parameter.value);
        let value = match (value, before) {
            (ParameterInput::Plain(text), _) => ParameterValue::Plain(text),
            (ParameterInput::Secret(secret), _) => {
                *counter = counter.saturating_add(1);
                let version = *counter;
                ParameterValue::Secret {
                    version,
                    sealed: sealer.seal(&place(&name, version), &secret)?,
                }
            }
            (ParameterInput::Keep, Some(before)) => before.clone(),
            (ParameterInput::Keep, None) => continue,
        };
        kept.push(Parameter { name, value });
    }
    Ok(kept)
}
