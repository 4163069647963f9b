//! Tests that need Glewlwyd: `cargo xtask test` knows them by the name of this module.

mod cli;
mod client_authentication;
