//! What makes two token requests the same.

use crate::{AuthenticationMethod, ClientId, CredentialId, Resource, ScopeSet, TokenEndpoint};

/// The identity of a token request: everything that is sent, never who asked. Two requests with
/// equal keys get the same token.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenKey {
    /// The credential it was made for.
    pub credential: CredentialId,
    /// The credential's generation; an answer for an earlier one is dropped.
    pub token_generation: u64,
    /// Where it is sent.
    pub token_endpoint: TokenEndpoint,
    /// How the client authenticates.
    pub method: AuthenticationMethod,
    /// The client.
    pub client_id: ClientId,
    /// Which secret.
    pub secret: Option<SecretIdentity>,
    /// SHA-256 thumbprint of the client certificate (RFC 8705 section 3.1).
    pub certificate: Option<[u8; 32]>,
    /// JWK thumbprint of the `DPoP` key (RFC 9449 section 6.1).
    pub proof_key: Option<[u8; 32]>,
    /// The scopes asked for.
    pub scope: Option<ScopeSet>,
    /// The resources, in order.
    pub resources: Vec<Resource>,
    /// The audience.
    pub audience: Option<crate::Audience>,
    /// Extra form parameters, in order.
    pub parameters: Vec<(String, ValueIdentity)>,
    /// Extra headers, in order.
    pub headers: Vec<(String, ValueIdentity)>,
    /// A claims challenge (continuous access evaluation), as it is sent.
    pub claims: Option<String>,
    /// The subject, where the grant names one.
    pub subject: Option<String>,
}

/// Tells secrets apart without being one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SecretIdentity {
    /// The version in the credential's list.
    pub version: u32,
    /// What the source calls the value that was read, where it has a name for it; a change of an
    /// external value is a change of the key.
    pub external_version: Option<String>,
}

/// Tells values of extra parameters apart without holding a secret one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ValueIdentity {
    /// A readable value.
    Plain(String),
    /// The version of a sealed one.
    Secret(u32),
}
