//! Nothing in the tree names a folder of one machine or the host of a package registry.

use super::tree::{Tree, numbered};

// In parts, so that this file does not find itself.
const FOLDERS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/tmp/", "bash_jobs"),
];
const HOSTS: &[&str] = &[
    concat!("registry.", "npmjs.org"),
    concat!("registry.", "yarnpkg.com"),
    concat!("files.", "pythonhosted.org"),
    concat!("static.", "crates.io"),
    concat!("index.", "crates.io"),
];

/// Every text file, line by line.
pub(crate) fn check(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in tree.texts("") {
        for (number, line) in numbered(text) {
            if let Some(folder) = FOLDERS.iter().find(|folder| has_path(line, folder)) {
                problems.push(format!(
                    "{path}:{number}: the folder {folder} of one machine, expected is a relative \
                     path or an argument"
                ));
            }
            if let Some(host) = HOSTS.iter().find(|host| line.contains(*host)) {
                problems.push(format!(
                    "{path}:{number}: the registry host {host}, expected is a package name and \
                     version"
                ));
            }
        }
    }
    problems
}

/// Whether the line has the folder as the beginning of a path, not inside another.
fn has_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "_-.}>)]~*".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_path_fails() {
        for folder in FOLDERS {
            for line in [
                format!("cd {folder}x"),
                format!("{folder}x"),
                format!("a=\"{folder}\""),
            ] {
                assert_eq!(check(&Tree::of(&[("a.md", &line)])).len(), 1, "{line}");
            }
            let inside = format!("see https://example.com{folder}x and ${{HOME}}{folder}x");
            assert!(check(&Tree::of(&[("a.md", &inside)])).is_empty());
        }
    }

    #[test]
    fn a_registry_host_fails() {
        for host in HOSTS {
            let tree = Tree::of(&[("package-lock.json", &format!("{{}}\nhttps://{host}/a.tgz"))]);
            assert!(check(&tree)[0].starts_with("package-lock.json:2: the registry host"));
        }
        let lock = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
        assert!(check(&Tree::of(&[("Cargo.lock", lock)])).is_empty());
    }
}
