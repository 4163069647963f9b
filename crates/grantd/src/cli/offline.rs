//! Commands about this machine, with or without a server that runs.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use grantd_net::Net;

use super::Context;
use crate::config::{Config, Flags};
use crate::failure::Failure;
use crate::keyring::{self, Means, Patience, Places};
use crate::state_folder::StatePaths;
use crate::system::SystemClock;
use crate::wiring;

/// Which configuration holds.
#[derive(Debug, Args)]
pub(super) struct Offline {
    /// Configuration file [default: as `grantd serve` finds it]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Offline {
    /// The state folder, which need not be there.
    ///
    /// # Errors
    /// When none is named; with a flag that names a server.
    pub(super) fn state(context: &Context, command: &str) -> Result<StatePaths, Failure> {
        context.connection.refuse(command, true)?;
        StatePaths::find(
            context.connection.state_dir.as_deref(),
            &context.environment,
        )
    }

    /// The places of the keyring that the configuration names.
    ///
    /// # Errors
    /// When the configuration is wrong.
    pub(super) fn places(&self, context: &Context, state: &StatePaths) -> Result<Places, Failure> {
        let flags = Flags {
            config: self.config.clone(),
            listen: None,
        };
        let config = Config::load(&flags, &context.environment)?;
        let net = Net::new(wiring::outgoing(&config, []))
            .map_err(|fault| Failure::usage(format!("egress.ca_bundle: {fault}")))?;
        keyring::places(
            &config.keyring,
            &Means {
                paths: state,
                outbound: Arc::new(net),
                clock: Arc::new(SystemClock),
                patience: Patience::Minute,
            },
        )
    }
}
