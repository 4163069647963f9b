//! `cargo xtask bench mail`: email listeners beside exchangelib, on one mailbox server in one run.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::run;
use crate::workspace::Workspace;

/// Measures and prints; true when the figures are within their bounds.
pub(crate) fn run(workspace: &Workspace) -> Result<bool> {
    let python = workspace.peers().join("mail-venv/bin/python");
    ensure!(
        python.exists(),
        "exchangelib is missing: run `cargo xtask peers`, it installs it"
    );
    let build = "build --release --locked -p grantd";
    run::must_succeed(&mut workspace.cargo(build), "the release binary")?;
    let mut command = Command::new(python);
    command
        .arg(workspace.root().join("e2e/clients/bench_mail.py"))
        .arg(workspace.target().join("release/grantd"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(run::streamed(&mut command)?.ok)
}
