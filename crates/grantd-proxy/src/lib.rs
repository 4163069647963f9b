//! HTTP consumers: requests go through, tokens go in.
//!
//! A caller sends a request to grantd as it would to the service; grantd finds out who it is, puts the token in and
//! passes the request on, streaming both ways. Invariant: without a token nothing is sent; a token goes to the
//! consumer's origin alone and shows itself nowhere else; what belongs to one connection stays there.

mod access_log;
mod activity;
mod body;
mod caller;
mod client;
mod clients;
mod collector;
mod compose;
mod exchange;
mod fault;
mod limit;
mod metrics;
mod origin;
pub mod path;
mod problem;
mod rejected;
mod route;
pub mod sanitise;
mod serve;
mod table;
mod test_request;
mod upgrade;
mod upstream;
mod worker;

pub use access_log::AccessLog;
pub use collector::Consumers;
pub use path::PathFault;
pub use sanitise::{HeadFacts, HeadFault};
pub use serve::{Ended, Proxy, ProxyParts, StartError};
pub use test_request::Works;
