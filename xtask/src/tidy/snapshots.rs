//! Every accepted snapshot has the test that asserts it, and no other one lies about.
//!
//! insta names a snapshot `<module path>__<name>.snap`, puts it into `snapshots` beside the file that
//! asserts it, and writes that file into the header. A name is written in that file, or put together
//! of what is.

use std::collections::BTreeSet;
use std::path::Path;

use super::tree::Tree;

const FOLDER: &str = "snapshots";
/// What insta leaves behind for somebody to accept or to reject.
const PENDING: [&str; 2] = [".snap.new", ".pending-snap"];

/// Snapshots without a test.
pub(crate) fn check(tree: &Tree) -> Vec<String> {
    tree.texts(".snap")
        .filter_map(|(path, text)| Some((path, fault(tree, path, text)?)))
        .map(|(path, fault)| {
            format!("{path}:1: {fault}, expected is a snapshot that a test asserts")
        })
        .collect()
}

/// What keeps a snapshot from being one that its source asserts.
fn fault(tree: &Tree, path: &str, text: &str) -> Option<String> {
    let Some(source) = source(text) else {
        return Some("a header without `source:`".to_owned());
    };
    let Some(code) = tree.text(source) else {
        return Some(format!("its source {source} is no file"));
    };
    let (folder, file) = path.rsplit_once('/').unwrap_or_default();
    let beside = source.rsplit_once('/').unwrap_or_default().0;
    if folder.strip_suffix(FOLDER) != Some(&format!("{beside}/")) {
        return Some(format!("it is not in {beside}/{FOLDER}"));
    }
    if !code.contains("insta::assert") {
        return Some(format!("{source} asserts no snapshot"));
    }
    let name = file.strip_suffix(".snap").unwrap_or(file);
    let name = name.rsplit_once("__").map_or(name, |(_, name)| name);
    let missing = name
        .split(['-', '@'])
        .find(|part| !part.bytes().all(|byte| byte.is_ascii_digit()) && !code.contains(part));
    missing.map(|part| format!("{source} does not know `{part}` of its name"))
}

/// The `source:` of the header between the first two `---`.
fn source(text: &str) -> Option<&str> {
    let header = text.strip_prefix("---\n")?.split("\n---").next()?;
    let source = header
        .lines()
        .find_map(|line| line.strip_prefix("source: "))?;
    Some(source.trim_matches('"'))
}

/// The folders in which something pending could lie: of the sources, and for their snapshots.
pub(crate) fn folders(tree: &Tree) -> BTreeSet<String> {
    let sources = tree.texts(".rs").chain(tree.texts(".snap"));
    sources
        .filter_map(|(path, _)| Some(path.rsplit_once('/')?.0))
        .flat_map(|folder| [folder.to_owned(), format!("{folder}/{FOLDER}")])
        .collect()
}

/// Snapshots neither accepted nor rejected; git ignores them, so the disk is asked.
pub(crate) fn check_pending(root: &Path, folders: &BTreeSet<String>) -> Vec<String> {
    let mut problems = Vec::new();
    for folder in folders {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else {
            continue;
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if PENDING.iter().any(|ending| name.ends_with(ending)) {
                problems.push(format!(
                    "{folder}/{name}:1: a pending snapshot, expected is that it is accepted or \
                     deleted"
                ));
            }
        }
    }
    problems.sort();
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "fn all() { for c in [\"list\"] { insta::assert_snapshot!(c, f()) } }";
    const HEADER: &str = "---\nsource: a/tests/it/help.rs\nexpression: text\n---\nlist\n";

    fn problems(name: &str, text: &str) -> Vec<String> {
        check(&Tree::of(&[
            ("a/tests/it/help.rs", SOURCE),
            ("a/tests/it/other.rs", "fn list() {}"),
            (name, text),
        ]))
    }

    #[test]
    fn a_snapshot_with_its_test_passes() {
        for name in ["list", "all-2", "list@all", "all"] {
            let name = format!("a/tests/it/snapshots/it__help__{name}.snap");
            assert!(problems(&name, HEADER).is_empty(), "{name}");
        }
    }

    #[test]
    fn a_snapshot_without_its_test_fails() {
        let path = "a/tests/it/snapshots/it__help__list.snap";
        let of = |source: &str| HEADER.replace("a/tests/it/help.rs", source);
        for (path, text, fault) in [
            (path, "list\n".to_owned(), "a header without"),
            (
                path,
                of("a/tests/it/gone.rs"),
                "its source a/tests/it/gone.rs is no file",
            ),
            (
                path,
                of("a/tests/it/other.rs"),
                "a/tests/it/other.rs asserts no snapshot",
            ),
            (
                "a/snapshots/it__help__list.snap",
                of("a/tests/it/help.rs"),
                "it is not in",
            ),
            (
                "a/tests/it/snapshots/it__help__list-gone.snap",
                of("a/tests/it/help.rs"),
                "a/tests/it/help.rs does not know `gone` of its name",
            ),
        ] {
            let found = problems(path, &text);
            assert_eq!(found.len(), 1, "{fault}");
            assert!(
                found[0].starts_with(&format!("{path}:1: {fault}")),
                "{found:?}"
            );
        }
    }

    #[test]
    fn a_pending_snapshot_fails_wherever_insta_puts_it() {
        let root = std::env::temp_dir().join(format!("xtask-pending-{}", std::process::id()));
        std::fs::create_dir_all(root.join("a/snapshots")).unwrap();
        for path in [
            "a/.b.rs.pending-snap",
            "a/snapshots/b__c.snap.new",
            "a/d.snap",
        ] {
            std::fs::write(root.join(path), "").unwrap();
        }
        let found = check_pending(&root, &folders(&Tree::of(&[("a/b.rs", "")])));
        std::fs::remove_dir_all(root).unwrap();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("a/.b.rs.pending-snap:1: a pending snapshot"));
        assert!(found[1].starts_with("a/snapshots/b__c.snap.new:1: a pending snapshot"));
    }
}
