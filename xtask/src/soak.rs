//! `cargo xtask soak`: grantd at its work for long, with the release binary, while things go wrong around it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::figures::{self, Figure};
use crate::workspace::Workspace;
use crate::{peers, run};

/// How long faults are injected, in seconds.
const FAULTS_SECONDS: &str = "600";

/// The peers that are needed for it, by their modules.
const FAULTS_PEERS: [&str; 2] = ["oidc_provider", "mitmproxy"];

/// `cargo xtask soak`: kills a listener 500 times.
pub(crate) fn listener(workspace: &Workspace) -> Result<bool> {
    let mut command = test(workspace, "kill::")?;
    let is_good = run::streamed(command.env("GRANTD_KILLS", "500"))?.ok;
    let killed = outcome(
        "a listener killed 500 times at its work",
        is_good,
        "nothing lost",
    );
    figures::record(workspace, "soak", &[killed])?;
    Ok(is_good)
}

/// `cargo xtask soak faults`: injects faults between grantd and an authorization server for ten minutes.
pub(crate) fn faults(workspace: &Workspace) -> Result<bool> {
    let is_needed = |peer: &&peers::Peer| FAULTS_PEERS.contains(&peer.module);
    for peer in peers::ALL.iter().filter(is_needed) {
        peer.install(workspace)?;
    }
    let told = workspace.target().join("soak-faults.figures");
    let _ = std::fs::remove_file(&told);
    let mut command = test(workspace, "oidc_provider::mitmproxy::")?;
    command.env("GRANTD_SOAK_SECONDS", FAULTS_SECONDS);
    command.env("GRANTD_FIGURES", &told);
    let is_good = run::streamed(&mut command)?.ok;
    let mut figures = vec![outcome(
        "10 minutes of faults in front of the authorization server",
        is_good,
        "every failure in its class, memory and descriptors flat",
    )];
    figures.extend(read(&told)?);
    figures::record(workspace, "soak faults", &figures)?;
    Ok(is_good)
}

/// These end-to-end tests, of a release build.
fn test(workspace: &Workspace, filter: &str) -> Result<Command> {
    let mut build = workspace.cargo("build --release --locked -p grantd");
    run::must_succeed(&mut build, "building grantd")?;
    let mut command = workspace.cargo("test -p e2e --locked --test it");
    command.args([filter, "--", "--nocapture"]);
    command.env("GRANTD_BIN", workspace.target().join("release/grantd"));
    command.env("GRANTD_PEERS", workspace.peers());
    Ok(command)
}

fn outcome(name: &str, is_good: bool, wanted: &str) -> Figure {
    Figure {
        name: name.to_owned(),
        value: if is_good { wanted } else { "FAILED" }.to_owned(),
        wanted: wanted.to_owned(),
    }
}

/// The figures that a test has handed over; none where it did not come so far.
fn read(path: &Path) -> Result<Vec<Figure>> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(figure).collect()
}

/// Name, value and bound, divided by tabs.
fn figure(line: &str) -> Result<Figure> {
    let mut cells = line.split('\t').map(str::to_owned);
    let mut cell = || cells.next().with_context(|| format!("no figure: {line}"));
    Ok(Figure {
        name: cell()?,
        value: cell()?,
        wanted: cell()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_figure_and_its_bound_may_be_empty() {
        let it = figure("requests\t5 in 2 s\t").unwrap();
        assert_eq!(
            (it.name.as_str(), it.value.as_str()),
            ("requests", "5 in 2 s")
        );
        assert_eq!(it.wanted, "");
        assert!(figure("requests\t5").is_err());
    }
}
