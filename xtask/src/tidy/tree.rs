//! The files of the repository: tracked, or new and not ignored.

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{debian, run};

/// All files, sorted by path.
pub(crate) struct Tree {
    files: Vec<File>,
}

/// One file.
pub(crate) struct File {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    /// None when it is not UTF-8.
    text: Option<String>,
}

impl Tree {
    /// Asks git for the files and reads them; a target folder of another name is no part of them.
    pub(crate) fn read(workspace: &Workspace) -> Result<Self> {
        debian::require(&[&debian::GIT])?;
        let (root, mut git) = (workspace.root(), workspace.command("git"));
        git.args(["ls-files", "-z", "-co", "--exclude-standard"]);
        let listing = run::captured(&mut git)?;
        let mut files = Vec::new();
        for path in listing.split('\0').filter(|path| !path.is_empty()) {
            if root.join(path).starts_with(workspace.target()) {
                continue;
            }
            // A file that is tracked but deleted on disk is on its way out.
            if let Ok(bytes) = std::fs::read(root.join(path)) {
                files.push(File {
                    path: path.to_owned(),
                    text: String::from_utf8(bytes).ok(),
                });
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        Ok(Self { files })
    }

    /// Text files whose path ends so; every one for an empty `ending`.
    pub(crate) fn texts(&self, ending: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .filter(move |file| file.path.ends_with(ending))
            .filter_map(|file| Some((file.path.as_str(), file.text.as_deref()?)))
    }

    /// The text of one file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files
            .iter()
            .find(|file| file.path == path)?
            .text
            .as_deref()
    }

    /// Whether a path is a file, or a folder with one.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        path.is_empty()
            || self.files.iter().any(|file| {
                file.path
                    .strip_prefix(path)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
    }

    /// A made-up tree.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let file = |&(path, text): &(&str, &str)| File {
            path: path.to_owned(),
            text: Some(text.to_owned()),
        };
        Self {
            files: files.iter().map(file).collect(),
        }
    }
}

/// Whether a path is a file of tests, or lies in a folder of them.
pub(crate) fn is_in_tests(path: &str) -> bool {
    path.split('/')
        .any(|part| part == "tests" || part == "tests.rs")
}

/// The lines that are not whole-line `//` comments, with their numbers from 1.
pub(crate) fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    numbered(text).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// The lines with their numbers from 1.
pub(crate) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines())
}

/// Where a word stands alone in a line.
pub(crate) fn find_word(line: &str, word: &str) -> Option<usize> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    line.match_indices(word).map(|(at, _)| at).find(|&at| {
        let before = line.as_bytes()[..at].last().copied();
        let after = line.as_bytes().get(at + word.len()).copied();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_alone() {
        assert_eq!(find_word("a fs b", "fs"), Some(2));
        assert_eq!(find_word("offs fsx _fs", "fs"), None);
        assert_eq!(find_word("offs, fs", "fs"), Some(6));
    }

    #[test]
    fn a_folder_is_there_when_it_holds_a_file() {
        let tree = Tree::of(&[("docs/book/a.md", "")]);
        assert!(tree.has("docs/book/a.md") && tree.has("docs/book") && tree.has("docs/book/"));
        assert!(!tree.has("docs/boo"));
    }
}
