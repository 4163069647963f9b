//! OAuth 2.0, client side, without I/O: token requests out, token responses in.
//!
//! [`build_token_request`] makes what is to be sent, [`parse_token_response`] reads what came
//! back, [`parse_metadata`] what a server says of itself, [`explain`](explain()) says to people
//! what a refusal means. Invariant: no socket, no
//! clock, no randomness; times are arguments, and no error holds a secret.

pub mod challenge;
mod client_auth;
pub mod discovery;
mod excerpt;
pub mod explain;
pub mod failure;
mod form;
pub mod redact;
pub mod resource_challenge;
pub mod retry_after;
pub mod token_request;
pub mod token_response;

pub use challenge::{Challenge, parse_challenges};
pub use discovery::{
    Issuer, MOST_METADATA_BYTES, Metadata, MetadataError, MetadataWarning, metadata_urls,
    parse_metadata,
};
pub use explain::{Explanation, explain};
pub use failure::{FailureClass, TokenError};
pub use redact::redact;
pub use resource_challenge::{ResourceChallenge, resource_challenge};
pub use retry_after::parse_retry_after;
pub use token_request::{
    BuildError, RequestValue, TokenHttpRequest, TokenRequestParameters, build_token_request,
};
pub use token_response::{
    LifetimeSource, MOST_BODY_BYTES, MOST_TOKEN_BYTES, ResponseContext, TokenClaims,
    TokenHttpResponse, TokenResponse, TokenWarning, jwt_claims, parse_token_response,
};
