//! The store from outside: the contract on every back end, what is special to SQLite, and the
//! keyring file.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests look at files, break them, and read the test clock of nobody"
)]
#![expect(
    clippy::unwrap_used,
    reason = "in a test a panic is how a fault is told"
)]

mod keyring_file;
mod memory;
mod sqlite;
