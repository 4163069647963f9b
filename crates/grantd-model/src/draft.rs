//! A credential on its way in: what people typed, each value parsed, secrets not yet sealed.

use crate::{ClientAuthentication, Parameter, Secret, SecretReference, Settings, Slug};

/// A secret as a person gives it.
#[derive(Debug, Clone)]
pub enum SecretInput {
    /// The value itself, to be sealed.
    Internal(Secret<String>),
    /// Where it is.
    External(SecretReference),
    /// The one that is kept already.
    Keep,
}

/// The value of an extra parameter or header as a person gives it.
#[derive(Debug)]
pub enum ParameterInput {
    /// Readable.
    Plain(String),
    /// To be sealed.
    Secret(Secret<String>),
    /// The secret one that is kept already under the same name.
    Keep,
}

/// A whole credential as a person gives it.
#[derive(Debug)]
pub struct CredentialDraft {
    /// The short name; derived from the name if absent.
    pub slug: Option<Slug>,
    /// Everything that is no secret.
    pub settings: Settings,
    /// The client authentication method with its secret.
    pub authentication: ClientAuthentication<SecretInput>,
    /// Extra form parameters of the token request.
    pub parameters: Vec<Parameter<ParameterInput>>,
    /// Extra headers of the token request.
    pub headers: Vec<Parameter<ParameterInput>>,
}
