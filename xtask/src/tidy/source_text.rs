//! What no source file has: the name `mod.rs`, a lint allowed without a reason, a promise without
//! an issue.

use super::tree::{Tree, code_lines, find_word, numbered};

// In two parts each, so that this file does not find itself.
const ALLOW: [&str; 2] = [concat!("#[", "allow("), concat!("#![", "allow(")];
const PROMISES: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];

/// Files in which a promise is looked for; prose may speak of it.
const SOURCES: &[&str] = &[
    ".rs", ".toml", ".sql", ".html", ".css", ".js", ".mjs", ".py", ".sh", ".yml", ".yaml", "/run",
];

/// Runs the three checks.
pub(crate) fn check(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in tree.texts(".rs") {
        if path.ends_with("/mod.rs") {
            problems.push(format!(
                "{path}:1: a mod.rs, expected is FOLDER.rs beside FOLDER/"
            ));
        }
        for (number, line) in code_lines(text) {
            if ALLOW.iter().any(|allow| line.contains(allow)) {
                problems.push(format!(
                    "{path}:{number}: an allowed lint, expected is #[expect(.., reason = \"..\")]"
                ));
            }
        }
    }
    let sources = tree.texts("").filter(|(path, _)| {
        SOURCES.iter().any(|ending| path.ends_with(ending)) && !path.contains("/vendor/")
    });
    for (path, text) in sources {
        for (number, line) in numbered(text) {
            if let Some(promise) = PROMISES.iter().find(|word| has_no_issue(line, word)) {
                problems.push(format!(
                    "{path}:{number}: {promise} without an issue, expected is one like #123"
                ));
            }
        }
    }
    problems
}

/// Whether the line has the word, and after it no `#` with a number.
fn has_no_issue(line: &str, word: &str) -> bool {
    let Some(at) = find_word(line, word) else {
        return false;
    };
    !line[at..]
        .split('#')
        .skip(1)
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(path: &str, text: &str) -> Vec<String> {
        check(&Tree::of(&[(path, text)]))
    }

    #[test]
    fn a_mod_rs_fails() {
        let found = problems("crates/a/src/b/mod.rs", "");
        assert_eq!(
            found,
            ["crates/a/src/b/mod.rs:1: a mod.rs, expected is FOLDER.rs beside FOLDER/"]
        );
    }

    #[test]
    fn an_allowed_lint_fails() {
        for allow in ALLOW {
            assert!(
                problems("a.rs", &format!("fn f() {{}}\n{allow}dead_code)]\n"))[0]
                    .starts_with("a.rs:2: an allowed lint")
            );
        }
        assert!(problems("a.rs", "#[expect(dead_code, reason = \"why\")]").is_empty());
    }

    #[test]
    fn a_promise_needs_an_issue() {
        for word in PROMISES {
            assert_eq!(problems("a.rs", &format!("// {word}: later")).len(), 1);
            assert_eq!(problems(".ci/run", &format!("# {word} later")).len(), 1);
            assert!(problems("a.rs", &format!("// {word} #12: later")).is_empty());
            assert!(problems("a.md", &format!("no {word} without an issue")).is_empty());
        }
    }
}
