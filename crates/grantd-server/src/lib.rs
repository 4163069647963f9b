//! The REST API of grantd, its OpenAPI document and its browsable page, and the web console.
//!
//! A handler reads the request, calls one method of the engine and renders the answer. Invariant:
//! no SQL, no rule of access and nothing that goes out; a secret comes in and never goes out again.

mod api;
mod app;
mod authenticate;
mod client_address;
mod console;
mod credential_form;
mod csv;
mod docs;
mod document;
pub mod document_text;
mod event_accept;
mod event_stream;
mod health;
mod host;
mod json_body;
mod live;
mod metrics;
mod no_body;
mod oauth2;
mod observe;
mod openapi;
mod path;
mod pieces;
mod precondition;
mod problem;
mod query;
mod quick;
mod readiness;
mod router;
mod serve;
mod settings;
mod tls;

pub use live::LiveSettings;
pub use openapi::openapi_json;
pub use problem::{CODES, ProblemCode};
pub use readiness::{Check, Readiness, Standing};
pub use serve::{Ended, Server};
pub use settings::{InstallationLines, ServerSettings};
pub use tls::{ServerTls, TlsIdentity, TlsIdentityError};
