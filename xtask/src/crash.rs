//! `cargo xtask crash`: grantd is killed 200 times at each kind of its work, with the release binary.

use anyhow::Result;

use crate::figures::{self, Figure};
use crate::workspace::Workspace;
use crate::{peers, run};

/// How often.
const KILLS: &str = "200";

/// The tests that kill: what they are of, and the command that runs them.
const TESTS: [(&str, &str); 2] = [
    (
        "grantd killed 200 times at writing, restoring and applying",
        "test -p e2e --locked --test it crash:: -- --nocapture",
    ),
    (
        "a migration killed 200 times",
        "test -p grantd-store --locked --test it killed:: -- --nocapture",
    ),
];

/// Runs them, and says whether nothing was lost.
pub(crate) fn run(workspace: &Workspace) -> Result<bool> {
    let mut build = workspace.cargo("build --release --locked -p grantd");
    run::must_succeed(&mut build, "building grantd")?;
    peers::alert_receivers(workspace)?;
    let mut figures = Vec::new();
    let mut all_good = true;
    for (name, command) in TESTS {
        let mut command = workspace.cargo(command);
        command.env("GRANTD_BIN", workspace.target().join("release/grantd"));
        command.env("GRANTD_PEERS", workspace.peers());
        command.env("GRANTD_KILLS", KILLS);
        let is_good = run::streamed(&mut command)?.ok;
        all_good &= is_good;
        figures.push(Figure {
            name: name.to_owned(),
            value: if is_good { "nothing lost" } else { "FAILED" }.to_owned(),
            wanted: "nothing lost".to_owned(),
        });
    }
    figures::record(workspace, "crash", &figures)?;
    Ok(all_good)
}
