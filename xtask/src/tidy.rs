//! `cargo xtask tidy`: the rules of the house that no compiler knows.
//!
//! Each check is a function from what it reads to a list of `path:line: what is wrong, what is
//! expected`; reading and asking is done here, so that every check is tested on made-up input.

mod crate_graph;
mod expose_callers;
mod fences;
mod file_size;
mod leaks;
mod links;
mod migrations;
mod package_ceiling;
mod snapshots;
mod source_text;
mod tree;

use std::fmt;

use anyhow::Result;

use crate::workspace::Workspace;
use tree::Tree;

/// What all checks found.
#[derive(Default)]
pub(crate) struct Findings {
    /// Each one fails the run.
    pub(crate) problems: Vec<String>,
    /// Worth a look.
    notes: Vec<String>,
}

impl fmt::Display for Findings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for note in &self.notes {
            writeln!(formatter, "note: {note}")?;
        }
        for problem in &self.problems {
            writeln!(formatter, "{problem}")?;
        }
        writeln!(formatter, "tidy: {} found wrong", self.problems.len())
    }
}

/// Prints what was found; true when nothing is wrong.
pub(crate) fn run(workspace: &Workspace) -> Result<bool> {
    let findings = findings(workspace)?;
    print!("{findings}");
    Ok(findings.problems.is_empty())
}

/// Rewrites the list of `expose()` callers and records migrations that are not recorded yet.
pub(crate) fn bless(workspace: &Workspace) -> Result<bool> {
    let tree = Tree::read(workspace)?;
    let callers = expose_callers::snapshot(&tree);
    std::fs::write(workspace.root().join(expose_callers::SNAPSHOT), callers)?;
    let sums = migrations::sums(workspace, &tree)?;
    let recorded = tree.text(migrations::RECORD).unwrap_or_default();
    if let Some(record) = migrations::with_new_ones(recorded, &sums) {
        std::fs::write(workspace.root().join(migrations::RECORD), record)?;
    }
    run(workspace)
}

/// Runs every check.
pub(crate) fn findings(workspace: &Workspace) -> Result<Findings> {
    let tree = Tree::read(workspace)?;
    let packages = workspace.packages();
    let mut found = Findings::default();
    found.problems.extend(file_size::check(&tree));
    found.notes.extend(file_size::notes(&tree));
    found.problems.extend(crate_graph::check(
        tree.text(crate_graph::PICTURE),
        packages,
    ));
    found.problems.extend(fences::check_manifests(packages));
    found.problems.extend(fences::check_sources(&tree));
    found.problems.extend(source_text::check(&tree));
    found.problems.extend(expose_callers::check(&tree));
    found.problems.extend(leaks::check(&tree));
    found.problems.extend(links::check(&tree));
    found.problems.extend(snapshots::check(&tree));
    let folders = snapshots::folders(&tree);
    found
        .problems
        .extend(snapshots::check_pending(workspace.root(), &folders));

    let sums = migrations::sums(workspace, &tree)?;
    let recorded = tree.text(migrations::RECORD).unwrap_or_default();
    found.problems.extend(migrations::check(recorded, &sums));

    match package_ceiling::listing(workspace) {
        Ok(listing) => {
            let count = package_ceiling::count(&listing);
            found.notes.push(format!(
                "{count} packages, at most {}",
                package_ceiling::CEILING
            ));
            found.problems.extend(package_ceiling::check(count));
        }
        Err(error) => found
            .problems
            .push(format!("Cargo.lock:1: cannot be counted: {error:#}")),
    }
    Ok(found)
}
