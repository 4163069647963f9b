//! grantd beside authorization servers nobody here wrote, by its API and its command line.

mod cli;
mod client_authentication;
mod clients;
mod credential;
mod draft;
mod egress;
mod expected;
mod key;
mod peers;
mod refusal;
mod schemathesis;
mod tls;
mod token;
