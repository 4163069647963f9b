//! The data path over sockets: callers and services that say exactly what a test wants, tokens of a sandbox.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "in a test a panic is how a fault is told; callers and services are sockets of its own"
)]

mod answers;
mod callers;
mod corpus;
mod limits;
mod rig;
mod service;
mod streams;
mod tokens;
mod upgrades;
mod wire;
