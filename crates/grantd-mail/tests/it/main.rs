//! Listeners against the sandbox's mailbox server, over HTTP on loopback.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "in a test a panic is how a fault is told; tests look into spool folders"
)]

mod bad_input;
mod contract;
mod corpus;
mod delivers;
mod faults;
mod holds_up;
mod lost;
mod rig;
mod spool;
mod start;
