//! An authorization server to try and to test grantd against: the client credentials grant of
//! RFC 6749, introspection, metadata, a protected resource, and faults that are switched on and
//! off while it runs; and a mailbox server that takes its tokens.
//!
//! Invariant: it knows the vocabulary alone, so it can not agree with grantd's own mistakes; it
//! keeps nothing on disk and logs nothing. It is for loopback: its fault switch asks nobody who
//! they are.

mod client_authentication;
mod config;
mod fault_answer;
mod fault_document;
mod fault_endpoint;
mod faults;
mod form;
mod introspection;
mod mailbox;
mod metadata;
mod oauth_error;
mod odd_answer;
mod overview;
mod resource;
mod server;
mod state;
mod stats;
mod token_endpoint;
mod tokens;

pub use config::{AllowedMethods, MailConfig, SandboxClient, SandboxConfig};
pub use faults::{Effect, Fault};
pub use mailbox::{MailFault, MailFaultKind, MailThere};
pub use odd_answer::Odd;
pub use server::{EXAMPLE_TOKEN_PATH, Sandbox, TOKEN_PATH};
pub use stats::{ClientStats, Stats};
