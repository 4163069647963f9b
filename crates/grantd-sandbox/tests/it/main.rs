//! The sandbox over its routes and over a loopback socket.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a step of a test that fails ends the test"
)]

mod client_authentication;
mod fault_documents;
mod faults;
mod introspection;
mod metadata;
mod resource;
mod served;
mod support;
mod token_endpoint;
