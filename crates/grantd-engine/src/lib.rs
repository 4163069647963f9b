//! The use cases of grantd: credentials, keys, tokens, access and audit.
//!
//! Every method takes the [`Actor`](grantd_model::Actor) that asks, checks access, does its work in
//! one transaction and records it there. API, console and command line call the same methods.
//! Invariant: no socket and no SQL; what goes out goes through an
//! [`Outbound`](grantd_net::Outbound), what is kept goes into a [`Store`](grantd_store::Store).

mod access;
mod audit;
mod credentials;
mod cursor;
mod engine;
mod error;
mod installation;
mod keys;
mod sources;
mod token;

pub use audit::list::AuditFilter;
pub use credentials::find::CredentialRef;
pub use credentials::list::{CredentialFilter, CredentialSort};
pub use cursor::Listing;
pub use engine::{Engine, EngineParts};
pub use error::EngineError;
pub use installation::{InstallationError, open_installation};
pub use keys::create::{KeyDraft, NewKey};
pub use token::fetch::IssuedToken;
pub use token::key::token_key;
