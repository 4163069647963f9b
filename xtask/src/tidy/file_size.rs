//! A Rust file has at most 600 lines, unless it is tests or one table.
//!
//! A table is data in rows that would only be harder to read in parts: status codes, settings, cases.
//! Its file says so in its first line, `//! table: ` and of what; without the what it is no table.

use super::tree::{Tree, is_in_tests};

const LOOK_AGAIN: usize = 400;
const SPLIT: usize = 600;

/// How the first line of a file begins that is one table.
const TABLE: &str = "//! table:";

/// Files to be split.
pub(crate) fn check(tree: &Tree) -> Vec<String> {
    longer_than(tree, SPLIT)
        .map(|(path, lines)| {
            format!(
                "{path}:{SPLIT}: {lines} lines, at most {SPLIT} are expected (a file that is one \
                 table begins with `{TABLE} WHAT`)"
            )
        })
        .collect()
}

/// Files that have become long.
pub(crate) fn notes(tree: &Tree) -> Vec<String> {
    longer_than(tree, LOOK_AGAIN)
        .filter(|(_, lines)| *lines <= SPLIT)
        .map(|(path, lines)| format!("{path}: {lines} lines, look again"))
        .collect()
}

fn is_table(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    first
        .strip_prefix(TABLE)
        .is_some_and(|what| !what.trim().is_empty())
}

fn longer_than(tree: &Tree, limit: usize) -> impl Iterator<Item = (&str, usize)> {
    tree.texts(".rs")
        .filter(|(path, text)| !is_in_tests(path) && !is_table(text))
        .map(|(path, text)| (path, text.lines().count()))
        .filter(move |(_, lines)| *lines > limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_fails_and_a_longish_one_is_noted() {
        let (long, longish, fine) = ("x\n".repeat(601), "x\n".repeat(401), "x\n".repeat(400));
        let tree = Tree::of(&[("a.rs", &long), ("b.rs", &longish), ("c.rs", &fine)]);
        assert_eq!(check(&tree).len(), 1);
        assert!(check(&tree)[0].starts_with("a.rs:600: 601 lines, at most 600 are expected"));
        assert_eq!(notes(&tree), ["b.rs: 401 lines, look again"]);
    }

    #[test]
    fn tables_tests_and_other_languages_may_be_long() {
        let long = "x\n".repeat(601);
        let table = format!("{TABLE} status codes\n{long}");
        let tree = Tree::of(&[
            ("a.rs", &table),
            ("crates/a/tests/it/b.rs", &long),
            ("c.json", &long),
        ]);
        assert!(check(&tree).is_empty());
        let of_nothing = format!("{TABLE}\n{long}");
        assert_eq!(check(&Tree::of(&[("a.rs", &of_nothing)])).len(), 1);
    }
}
