//! Every problem code has its page in the book, and every page its code.

#![expect(clippy::disallowed_methods, reason = "the book is read from the tree")]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use grantd_server::{CODES, ProblemCode};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/book/problems")
}

#[test]
fn every_code_has_a_page() {
    for code in CODES {
        let path = folder().join(format!("{}.md", code.name()));
        let text = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            !text.is_empty(),
            "docs/book/problems/{}.md is missing",
            code.name()
        );
        let head = format!("# {}\n", code.title());
        assert!(
            text.starts_with(&head),
            "{}.md does not begin with {head:?}",
            code.name()
        );
        for part in [
            format!("`urn:grantd:problem:{}`", code.name()),
            format!("status {}", code.status()),
            "## When it comes".to_owned(),
            "## What to do".to_owned(),
        ] {
            assert!(text.contains(&part), "{}.md has no {part:?}", code.name());
        }
    }
}

#[test]
fn every_page_has_a_code_and_a_row() {
    let index = fs::read_to_string(folder().join("README.md")).unwrap_or_default();
    let codes: BTreeSet<String> = CODES
        .iter()
        .map(|code| format!("{}.md", code.name()))
        .collect();
    let mut pages = BTreeSet::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name != "README.md" {
            pages.insert(name);
        }
    }
    assert_eq!(pages, codes);
    for code in CODES {
        let row = format!(
            "| {} | [{}]({}.md) | {} |",
            code.status(),
            code.name(),
            code.name(),
            code.title()
        );
        assert!(index.contains(&row), "README.md has no {row:?}");
    }
}

#[test]
fn codes_are_stable_words_and_stand_once() {
    let mut names = BTreeSet::new();
    for code in CODES {
        let name = code.name();
        assert!(names.insert(name), "{name} stands twice");
        assert!(
            name.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
            "{name}"
        );
        assert!((400..600).contains(&code.status()), "{name}");
        assert!(!code.title().ends_with('.'), "{name}");
    }
    assert_eq!(ProblemCode::Stale.name(), "stale");
}

/// The source says `urn:grantd:problem:` in one place alone, which takes the code from the registry.
#[test]
fn no_problem_is_made_without_a_registered_code() {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                let code = text
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"));
                for line in code.filter(|line| line.contains("urn:grantd:problem:")) {
                    found.push(line.trim().to_owned());
                }
            }
        }
    }
    found.retain(|line| !line.starts_with("#[schema("));
    assert_eq!(
        found,
        [r#"r#type: format!("urn:grantd:problem:{}", code.name()),"#]
    );
}
