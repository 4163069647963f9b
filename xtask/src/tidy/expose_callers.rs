//! The files that look inside a secret are those of a committed list.

use std::collections::BTreeSet;

use super::tree::{Tree, code_lines, is_in_tests, numbered};

/// The committed list, one path per line.
pub(crate) const SNAPSHOT: &str = "xtask/expose-callers.txt";

// In two parts each, so that this file does not find itself.
const CALL: &str = concat!(".expose", "()");
const PATH: &str = concat!("::expose", ")");

/// Compares the callers with the committed list.
pub(crate) fn check(tree: &Tree) -> Vec<String> {
    let callers = callers(tree);
    let committed = tree.text(SNAPSHOT).unwrap_or_default();
    let listed: BTreeSet<&str> = committed.lines().collect();
    let mut problems = Vec::new();
    for (path, line) in callers.iter().filter(|(path, _)| !listed.contains(path)) {
        problems.push(format!(
            "{path}:{line}: opens a secret, expected is no such call or, when it must be, the file \
             in {SNAPSHOT} (`cargo xtask tidy --bless`)"
        ));
    }
    for (line, path) in numbered(committed) {
        if !callers.iter().any(|(caller, _)| *caller == path) {
            problems.push(format!(
                "{SNAPSHOT}:{line}: {path} opens no secret, expected is no such line (`cargo xtask \
                 tidy --bless`)"
            ));
        }
    }
    problems
}

/// What the committed list should say.
pub(crate) fn snapshot(tree: &Tree) -> String {
    callers(tree)
        .iter()
        .flat_map(|(path, _)| [path, "\n"])
        .collect()
}

/// Each calling file, with the line of its first call.
fn callers(tree: &Tree) -> Vec<(&str, usize)> {
    let first_call = |text| {
        code_lines(text)
            .find(|(_, line)| line.contains(CALL) || line.contains(PATH))
            .map(|(number, _)| number)
    };
    tree.texts(".rs")
        .filter(|(path, _)| !is_in_tests(path))
        .filter_map(|(path, text)| Some((path, first_call(text)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_caller_fails_until_it_is_listed() {
        let call = format!("// fine: x{CALL}\nlet y = x{CALL};\n");
        let files = [
            ("crates/a/src/b.rs", call.as_str()),
            ("crates/a/tests/it/c.rs", &call),
        ];
        let tree = Tree::of(&files);
        assert_eq!(check(&tree).len(), 1);
        assert!(check(&tree)[0].starts_with("crates/a/src/b.rs:2: opens a secret"));

        let list = snapshot(&tree);
        assert_eq!(list, "crates/a/src/b.rs\n");
        assert!(check(&Tree::of(&[files[0], files[1], (SNAPSHOT, &list)])).is_empty());
    }

    #[test]
    fn a_call_by_path_counts() {
        let tree = Tree::of(&[("a.rs", &format!("keys.map(Secret{PATH}"))]);
        assert_eq!(check(&tree).len(), 1);
    }

    #[test]
    fn a_caller_that_is_gone_fails_until_it_is_unlisted() {
        let tree = Tree::of(&[("a.rs", "fn f() {}\n"), (SNAPSHOT, "a.rs\n")]);
        assert!(check(&tree)[0].starts_with("xtask/expose-callers.txt:1: a.rs opens no secret"));
    }
}
