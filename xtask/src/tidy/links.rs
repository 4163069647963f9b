//! A relative link in the documents leads to a file of the tree.

use super::tree::{Tree, numbered};

/// Checks `docs/**/*.md`, `README.md` and `CONTRIBUTING.md`.
pub(crate) fn check(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    let documents = tree.texts(".md").filter(|(path, _)| {
        path.starts_with("docs/") || ["README.md", "CONTRIBUTING.md"].contains(path)
    });
    for (path, text) in documents {
        let mut in_code = false;
        for (number, line) in numbered(text) {
            let is_fence = line.trim_start().starts_with("```");
            in_code ^= is_fence;
            if in_code || is_fence {
                continue;
            }
            for target in targets(&without_code(line)) {
                if !leads_somewhere(tree, path, target) {
                    problems.push(format!(
                        "{path}:{number}: a link to {target}, expected is a file of the tree"
                    ));
                }
            }
        }
    }
    problems
}

/// The line without its `code`, which is every second piece.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

/// What `[text](target)` and `[name]: target` point at.
fn targets(line: &str) -> Vec<&str> {
    let inline = line
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let reference = line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]: "));
    let reference = reference.map(|(_, target)| target);
    inline
        .chain(reference)
        .filter_map(|target| target.split_whitespace().next())
        .map(|target| target.trim_start_matches('<').trim_end_matches('>'))
        .collect()
}

fn leads_somewhere(tree: &Tree, document: &str, target: &str) -> bool {
    let target = target.split(['#', '?']).next().unwrap_or_default();
    if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
        return true;
    }
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return false;
                }
            }
            part => parts.push(part),
        }
    }
    tree.has(&parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(line: &str) -> Vec<String> {
        check(&Tree::of(&[
            ("docs/book/a.md", line),
            ("docs/b.md", ""),
            ("crates/x/src/y.rs", ""),
        ]))
    }

    #[test]
    fn a_link_to_nothing_fails() {
        for line in [
            "see [b](b.md)",
            "[b](../c.md#part)",
            "[b]: ../c.md",
            "![p](<p.svg> \"p\")",
        ] {
            assert_eq!(problems(line).len(), 1, "{line}");
        }
        assert_eq!(
            problems("# A\n\n[b](../../../b.md)"),
            ["docs/book/a.md:3: a link to ../../../b.md, expected is a file of the tree"]
        );
    }

    #[test]
    fn links_that_lead_somewhere_pass() {
        for line in [
            "[b](../b.md) and [c](../../crates/x/src/y.rs#L3) and [folder](../../crates/x/)",
            "[web](https://example.com/x.md) [mail](mailto:a@example.com) [part](#part) [draft]()",
            "`[code](nothing.md)`",
            "```\n[code](nothing.md)\n```",
            "[b]: ../b.md",
        ] {
            assert!(problems(line).is_empty(), "{line}");
        }
    }
}
