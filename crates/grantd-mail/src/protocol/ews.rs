//! Exchange Web Services, app-only: a thin layer of SOAP over HTTP.
//!
//! `operation/` has a file for each operation: what is asked, and what the answer means, without I/O.
//! `session.rs` sends, with token, impersonation, affinity cookies and the version that the server
//! knows. `gate.rs` waits where a mailbox asks for it. `code.rs` says what each code of an answer
//! means.

mod acts;
pub(crate) mod autodiscover;
mod code;
mod divert;
mod fetch;
mod file_sink;
mod folder;
mod gate;
mod mailbox;
pub mod operation;
mod session;
pub mod soap;
mod status;
mod tokens;
mod told;
pub mod whole;
mod xml;

pub use gate::{Gate, Gates};
pub use mailbox::EwsMailbox;
pub(crate) use mailbox::cut;
pub(crate) use session::random_text;
pub use session::{EwsSession, SessionParts};
pub use tokens::{EngineTokens, MailToken, TokenSource};
pub use xml::XmlFault;
