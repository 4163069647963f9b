//! grantd: keeps OAuth 2.0 client credentials, gets their access tokens and puts them to work.
//!
//! The binary: command line, configuration, and the wiring of the other crates. It is the only
//! place that knows them all. Invariant: no rule of the product is decided here.

mod admin_key;
mod announcement;
mod backup_file;
mod cli;
mod client;
mod config;
mod doctor;
mod download_file;
mod environment;
mod failure;
mod files;
mod hardening;
mod keyring;
mod lifecycle;
mod logging;
mod nearest;
mod output;
mod own_places;
mod reload;
mod replace;
mod setup_link;
mod sockets;
mod state_folder;
mod system;
mod systemd;
mod temporary;
mod tls_files;
mod tls_watch;
mod wiring;

use std::process::ExitCode;

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    hardening::begin();
    cli::run()
}
