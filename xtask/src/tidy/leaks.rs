//! Nothing in the tree names a folder of one machine or the host of a package registry.

use super::tree::{Tree, numbered};

// In parts, so that this file does not find itself.
const FOLDERS: &[&str] = &[
    concat!("/wo", "rk"),
    concat!("/ro", "ot"),
    concat!("/tmp/", "bash_jobs"),
];
/// Below it every folder is somebody's.
const HOMES: &str = concat!("/ho", "me/");
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
            if let Some(folder) = machine_folder(line) {
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

/// The first folder of one machine in a line.
fn machine_folder(line: &str) -> Option<String> {
    let folder = FOLDERS
        .iter()
        .find(|folder| begins(line, folder).any(|at| !goes_on(&line[at + folder.len()..])));
    if let Some(folder) = folder {
        return Some((*folder).to_owned());
    }
    begins(line, HOMES).find_map(|at| {
        let rest = &line[at + HOMES.len()..];
        let end = rest.find(|c| !is_of_a_name(c)).unwrap_or(rest.len());
        let name = &rest[..end];
        let is_one = name.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        is_one.then(|| format!("{HOMES}{name}"))
    })
}

/// Where a path begins so: not inside another path, nor as the host of a URL.
fn begins<'a>(line: &'a str, path: &'a str) -> impl Iterator<Item = usize> {
    line.match_indices(path).map(|(at, _)| at).filter(|&at| {
        let before = &line[..at];
        match before.chars().next_back() {
            Some('/') => before.ends_with("file://"),
            Some(c) => !c.is_alphanumeric() && !"_-.}>)]~*".contains(c),
            None => true,
        }
    })
}

/// Whether the last word of a path is longer than it seemed.
fn goes_on(rest: &str) -> bool {
    let mut rest = rest.chars();
    match rest.next() {
        // A full stop ends a sentence, or begins an extension.
        Some('.') => rest.next().is_some_and(is_of_a_name),
        Some(c) => is_of_a_name(c),
        None => false,
    }
}

fn is_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> usize {
        check(&Tree::of(&[("a.md", line)])).len()
    }

    #[test]
    fn a_machine_path_fails() {
        let home = format!("{HOMES}somebody");
        for folder in FOLDERS.iter().copied().chain([home.as_str()]) {
            for line in [
                format!("cd {folder}/x"),
                format!("{folder}/x"),
                folder.to_owned(),
                format!("a=\"{folder}\""),
                format!("it is `{folder}`"),
                format!("it is {folder}."),
                format!("PATH=/bin:{folder}"),
                format!("file://{folder}/x"),
            ] {
                assert_eq!(found(&line), 1, "{line}");
            }
        }
        let told = &check(&Tree::of(&[("a.md", &format!("\n{home}/x"))]))[0];
        assert!(told.starts_with(&format!("a.md:2: the folder {home} of one machine")));
    }

    #[test]
    fn the_same_words_elsewhere_pass() {
        for folder in FOLDERS {
            for line in [
                format!("see https://example.com{folder}/x and ${{HOME}}{folder}/x"),
                format!("http:/{folder}/x"),
                format!("{folder}s {folder}-bench {folder}_x {folder}.rs a{folder}"),
            ] {
                assert_eq!(found(&line), 0, "{line}");
            }
        }
        for line in [
            format!("below {HOMES} or {HOMES}<name>"),
            format!("https://example.com{HOMES}page"),
            format!("{HOMES}$USER {HOMES}{{user}}"),
        ] {
            assert_eq!(found(&line), 0, "{line}");
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
