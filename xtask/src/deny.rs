//! cargo-deny: the policy of deny.toml, and the advisories apart from it.

use std::process::Command;

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{run, tools};

/// `cargo xtask deny`: licences, bans and sources; needs no network once fetched.
pub(crate) fn policy(workspace: &Workspace) -> Result<bool> {
    Ok(run::streamed(&mut policy_command(workspace)?)?.ok)
}

/// `cargo xtask advisories`: reads the advisory database, so it is never part of `test`.
pub(crate) fn advisories(workspace: &Workspace) -> Result<bool> {
    Ok(run::streamed(&mut deny(workspace, &["check", "advisories"])?)?.ok)
}

/// The command behind [`policy`].
pub(crate) fn policy_command(workspace: &Workspace) -> Result<Command> {
    deny(workspace, &["check", "bans", "licenses", "sources"])
}

fn deny(workspace: &Workspace, arguments: &[&str]) -> Result<Command> {
    let mut command = workspace.command(tools::program(workspace, &tools::CARGO_DENY)?);
    command.args([
        "--workspace",
        "--all-features",
        "--locked",
        "--color",
        "never",
    ]);
    command.args(arguments);
    Ok(command)
}
