//! Things that tests begin with: drafts, rows, grants, actors.

mod actors;
mod drafts;
mod grants;
mod rows;
mod sealing;

pub use actors::{actor, role};
pub use drafts::{
    CLIENT_SECRET, DOCUMENTED_SECRET, HEADER_SECRET, HOST, PARAMETER_SECRET, ca_bundle, documented,
    full, minimal, parameter,
};
pub use grants::{grant, labels, selector, with_scopes};
pub use rows::Fixtures;
pub use sealing::{anywhere, audit_chain, sealer};
