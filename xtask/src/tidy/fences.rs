//! What a crate may not know: pure crates no runtime and no machine, the engine no SQL and no
//! server, the product no `anyhow`.

use super::tree::{Tree, code_lines, find_word};
use crate::workspace::{DependencyKind, Package};

/// Crates whose tests need no runtime and no database.
const PURE: &[&str] = &["grantd-model", "grantd-oauth"];

/// What no pure crate depends on.
const IMPURE: &[&str] = &[
    "axum",
    "hyper",
    "hyper-util",
    "rustls",
    "sqlx",
    "tokio",
    "tokio-rustls",
    "tokio-util",
];

/// What no line of a pure crate says.
const IMPURE_TEXT: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net::TcpStream",
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "ZonedDateTime::now",
];

/// Who may use `anyhow`.
const ANYHOW: &[&str] = &["e2e", "grantd", "grantd-testkit", "xtask"];

/// What each package's manifest names against the rules.
pub(crate) fn check_manifests(packages: &[Package]) -> Vec<String> {
    let mut problems = Vec::new();
    for package in packages {
        let mut forbid = |name: &str, expected: &str| {
            problems.push(format!(
                "{}:1: depends on {name}, {expected}",
                package.manifest
            ));
        };
        for dependency in &package.dependencies {
            let (owner, name) = (package.name.as_str(), dependency.name.as_str());
            if name == "anyhow" && !ANYHOW.contains(&owner) {
                forbid(name, "expected is an error type of its own");
            }
            if dependency.kind != DependencyKind::Normal {
                continue;
            }
            if PURE.contains(&owner) && IMPURE.contains(&name) {
                forbid(
                    name,
                    "expected is a crate without runtime, network and database",
                );
            }
            if owner == "grantd-engine" && ["axum", "sqlx"].contains(&name) {
                forbid(name, "expected is an engine without SQL and HTTP server");
            }
        }
    }
    problems
}

/// What the pure crates' sources say against the rules.
pub(crate) fn check_sources(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in tree.texts(".rs").filter(|(path, _)| is_pure(path)) {
        for (number, line) in code_lines(text) {
            if let Some(what) = impure(line) {
                problems.push(format!(
                    "{path}:{number}: {what} in a pure crate, expected is what it needs as an \
                     argument"
                ));
            }
        }
    }
    problems
}

fn is_pure(path: &str) -> bool {
    PURE.iter()
        .any(|name| path.starts_with(&format!("crates/{name}/src/")))
}

fn impure(line: &str) -> Option<&str> {
    if let Some(what) = IMPURE_TEXT
        .iter()
        .find(|what| find_word(line, what).is_some())
    {
        return Some(what);
    }
    let grouped = line.trim_start().strip_prefix("use std::{")?;
    ["fs", "env"]
        .into_iter()
        .find(|name| find_word(grouped, name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn problems(owner: &str, dependency: &str, kind: DependencyKind) -> Vec<String> {
        check_manifests(&[Package {
            name: owner.to_owned(),
            manifest: format!("crates/{owner}/Cargo.toml"),
            dependencies: vec![Dependency {
                name: dependency.to_owned(),
                kind,
            }],
        }])
    }

    #[test]
    fn a_pure_crate_has_no_runtime_but_its_tests_may() {
        let found = problems("grantd-oauth", "tokio", DependencyKind::Normal);
        assert!(found[0].starts_with("crates/grantd-oauth/Cargo.toml:1: depends on tokio, "));
        assert!(problems("grantd-oauth", "tokio", DependencyKind::Development).is_empty());
        assert!(problems("grantd-net", "tokio", DependencyKind::Normal).is_empty());
    }

    #[test]
    fn the_engine_has_no_sql_and_no_server() {
        assert_eq!(
            problems("grantd-engine", "sqlx", DependencyKind::Normal).len(),
            1
        );
        assert_eq!(
            problems("grantd-engine", "axum", DependencyKind::Normal).len(),
            1
        );
        assert!(problems("grantd-store", "sqlx", DependencyKind::Normal).is_empty());
    }

    #[test]
    fn anyhow_stays_outside_the_product_even_in_tests() {
        assert_eq!(
            problems("grantd-net", "anyhow", DependencyKind::Normal).len(),
            1
        );
        assert_eq!(
            problems("grantd-net", "anyhow", DependencyKind::Development).len(),
            1
        );
        assert!(problems("grantd", "anyhow", DependencyKind::Normal).is_empty());
    }

    #[test]
    fn a_pure_source_reads_neither_machine_nor_clock() {
        for line in [
            "let x = std::fs::read(path);",
            "use std::{env, io};",
            "use std::{fmt, fs};",
            "let now = Timestamp::now();",
            "    Instant::now()",
        ] {
            let bad = Tree::of(&[("crates/grantd-model/src/a.rs", line)]);
            assert_eq!(check_sources(&bad).len(), 1, "{line}");
            let elsewhere = Tree::of(&[("crates/grantd-net/src/a.rs", line)]);
            assert!(check_sources(&elsewhere).is_empty());
        }
    }

    #[test]
    fn a_pure_source_may_speak_of_what_it_does_not_do() {
        for line in [
            "/// Never `std::fs`.",
            "use std::{fmt, rc};",
            "fn offset() {}",
        ] {
            let tree = Tree::of(&[("crates/grantd-oauth/src/a.rs", line)]);
            assert!(check_sources(&tree).is_empty(), "{line}");
        }
    }
}
