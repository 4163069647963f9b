//! The only way out: resolve, check, connect, TLS and HTTP, each phase timed and reported.
//!
//! Every request that grantd makes goes through [`Net`], which implements [`Outbound`]. Invariant:
//! a connection is made only to an address that the [`EgressPolicy`] has checked, and no request
//! that may have reached a server is sent twice.

pub mod address;
pub mod allow_rule;
mod attempt;
pub mod body_observer;
pub mod ca_bundle;
pub mod client_certificate;
mod connect;
pub mod error;
mod exchange;
pub mod guard;
pub mod http_stream;
pub mod line;
pub mod net;
pub mod open_answer;
pub mod phases;
mod pool;
mod proxy;
pub mod refusal;
pub mod request;
pub mod resolve;
pub mod response;
mod route;
mod target;
mod tls;
pub mod tls_fault;

pub use address::AddressClass;
pub use allow_rule::AllowRule;
pub use body_observer::BodyObserver;
pub use ca_bundle::check_ca_bundle;
pub use client_certificate::ClientCertificate;
pub use error::{NetError, SendFailure};
pub use guard::{EgressPolicy, LocalAddresses};
pub use http_stream::{HttpConnection, HttpOffer, HttpStream, HttpTarget};
pub use line::{Dial, Line};
pub use net::{Net, NetConfig, Outbound};
pub use open_answer::{AnswerBody, OpenAnswer};
pub use phases::{Outcome, Phase, PhaseObserver, PhaseReport};
pub use refusal::{Refusal, RefusalReason};
pub use request::{Body, ConnectionChoice, Limits, ProxyChoice, Request};
pub use resolve::{ResolveError, Resolver, SystemResolver};
pub use response::Response;
pub use tls_fault::TlsFault;
