//! `docs/book/install.md` and the packages agree.

use anyhow::{Context, Result};
use e2e::environment;

use super::debian;

/// Only lintian reads it.
const NOT_TOLD: &str = "/usr/share/lintian/overrides/grantd";
/// Made when the package is installed.
const STATE: &str = "/var/lib/grantd";

#[test]
fn the_table_of_the_book_names_what_is_installed() -> Result<()> {
    let told = table()?;
    let files = debian::files()?;
    let paths: Vec<&str> = files
        .iter()
        .filter_map(|line| line.rsplit(' ').next())
        .collect();
    let is_below = |path: &str, told: &str| {
        let rest = path.strip_prefix(told);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    for path in &paths {
        let is_told = told.iter().any(|told| is_below(path, told));
        assert!(
            is_told || *path == NOT_TOLD,
            "the book does not tell of {path}"
        );
    }
    for told in &told {
        let is_there = paths.iter().any(|path| is_below(path, told));
        assert!(
            is_there || told == STATE,
            "the book tells of {told}, which is not in the package"
        );
    }
    Ok(())
}

/// The indented or fenced block of the page that has a line which begins so.
pub(super) fn block(line: &str) -> Result<String> {
    let page = page()?;
    let mut blocks = page.split("```").skip(1).step_by(2);
    let block = blocks.find(|block| block.lines().any(|it| it.starts_with(line)));
    Ok(block
        .with_context(|| format!("no block with {line:?}"))?
        .to_owned())
}

/// The paths in the first column of the page's table of files.
fn table() -> Result<Vec<String>> {
    let page = page()?;
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `/"));
    Ok(rows
        .filter_map(|row| Some(format!("/{}", row.split_once('`')?.0)))
        .collect())
}

fn page() -> Result<String> {
    environment::document("docs/book/install.md")
}
