//! `cargo xtask bench mail`: email listeners beside exchangelib, on one mailbox server in one run.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::figures::{self, Figure};
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
    let finished = run::streamed(&mut command)?;
    figures::record(workspace, "bench mail", &measured(&finished.output))?;
    Ok(finished.ok)
}

/// The lines `NAME: VALUE (gate BOUND)…`; the value has its gates in it.
fn measured(output: &str) -> Vec<Figure> {
    let lines = output.lines().filter(|line| line.contains("(gate "));
    let figure = |(name, value): (&str, &str)| Figure {
        name: name.to_owned(),
        value: value.to_owned(),
        wanted: "the gates".to_owned(),
    };
    lines
        .filter_map(|line| line.split_once(": "))
        .map(figure)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_a_gate_are_figures() {
        let output = "starting: x\na mail, as MIME: 3.1 MiB beyond the 20.0 before (gate 10)\n";
        let found = measured(output);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].name, "a mail, as MIME");
        assert_eq!(found[0].value, "3.1 MiB beyond the 20.0 before (gate 10)");
    }
}
