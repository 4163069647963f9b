//! The product is built from at most 400 packages.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::run;
use crate::workspace::Workspace;

/// How many distinct packages there may be.
pub(crate) const CEILING: usize = 400;

/// What `cargo tree` prints: one `name vVERSION …` per line, with repetitions.
pub(crate) fn listing(workspace: &Workspace) -> Result<String> {
    const TREE: &str = "tree --workspace -e normal,build --target x86_64-unknown-linux-gnu \
                        --prefix none --offline --locked";
    run::captured(&mut workspace.cargo(TREE))
}

/// The distinct packages of a listing.
pub(crate) fn count(listing: &str) -> usize {
    let package = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.to_owned()))
    };
    listing
        .lines()
        .filter_map(package)
        .collect::<BTreeSet<_>>()
        .len()
}

/// Whether the count is within the ceiling.
pub(crate) fn check(count: usize) -> Vec<String> {
    let problem =
        || format!("Cargo.lock:1: {count} packages are built, at most {CEILING} are expected");
    (count > CEILING).then(problem).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_counts_once_and_each_version_of_it() {
        let listing = "a v1.0.0 (/x/a)\nb v1.0.0\nb v1.0.0 (*)\n\nb v2.0.0 (proc-macro)\n";
        assert_eq!(count(listing), 3);
    }

    #[test]
    fn one_too_many_fails() {
        assert!(check(CEILING).is_empty());
        assert_eq!(
            check(401),
            ["Cargo.lock:1: 401 packages are built, at most 400 are expected"]
        );
    }
}
