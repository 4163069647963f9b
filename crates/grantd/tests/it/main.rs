//! The built binary: its help, its configuration, its state folder, and a credential's whole life.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a step of a test that fails ends the test; tests prepare files and measure time"
)]

mod backup;
mod configuration;
#[cfg(feature = "demo")]
mod consumer_life;
mod credential_helpers;
#[cfg(feature = "demo")]
mod credential_life;
mod curl;
#[cfg(feature = "demo")]
mod demo;
mod doctor;
mod documents;
#[cfg(feature = "demo")]
mod events;
#[cfg(feature = "demo")]
mod exec;
#[cfg(feature = "demo")]
mod health;
mod help;
mod keys;
#[cfg(feature = "demo")]
mod listener_life;
mod overload;
mod plain_files;
#[cfg(feature = "demo")]
mod rotation;
mod server_choice;
mod service;
#[cfg(feature = "demo")]
mod stage;
mod stand_in;
mod start;
mod state;
mod support;
mod tls;
#[cfg(feature = "demo")]
mod tokens;
mod users;
#[cfg(feature = "demo")]
mod validate;
mod validate_answers;
