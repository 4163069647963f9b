//! A migration, once recorded, never changes; a new one is recorded by `--bless`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::tree::{Tree, numbered};
use crate::run;
use crate::workspace::Workspace;

const FOLDER: &str = "crates/grantd-store/migrations/";

/// Lines of `sha256  backend/NNNN_name.sql`, in the form of `sha256sum`.
pub(crate) const RECORD: &str = "crates/grantd-store/migrations/SHA256SUMS";

/// The sum of each migration by `backend/NNNN_name.sql`.
pub(crate) fn sums(workspace: &Workspace, tree: &Tree) -> Result<BTreeMap<String, String>> {
    let mut sums = BTreeMap::new();
    for (path, _) in tree.texts(".sql") {
        let Some(name) = path.strip_prefix(FOLDER) else {
            continue;
        };
        let printed = run::captured(workspace.command("sha256sum").arg(path))?;
        let sum = printed.split_whitespace().next().unwrap_or_default();
        sums.insert(name.to_owned(), sum.to_owned());
    }
    Ok(sums)
}

/// Compares the sums with the recorded ones.
pub(crate) fn check(record: &str, sums: &BTreeMap<String, String>) -> Vec<String> {
    let mut problems = Vec::new();
    let mut recorded = BTreeSet::new();
    for (number, line) in numbered(record) {
        let Some((sum, name)) = line.split_once("  ") else {
            problems.push(format!(
                "{RECORD}:{number}: `{line}`, expected is `sha256  path`"
            ));
            continue;
        };
        if !recorded.insert(name) {
            problems.push(format!(
                "{RECORD}:{number}: {name} again, expected is one line of it"
            ));
        }
        match sums.get(name) {
            Some(actual) if actual == sum => {}
            Some(_) => problems.push(format!(
                "{FOLDER}{name}:1: a recorded migration was changed, expected is a new one"
            )),
            None => problems.push(format!(
                "{FOLDER}{name}:1: a recorded migration is gone, expected is the file as it was"
            )),
        }
    }
    for name in sums.keys().filter(|name| !recorded.contains(name.as_str())) {
        problems.push(format!(
            "{FOLDER}{name}:1: not recorded, expected is a line in {RECORD} (`cargo xtask tidy \
             --bless`)"
        ));
    }
    let mut numbers = BTreeMap::new();
    for name in sums.keys() {
        match number(name) {
            None => problems.push(format!(
                "{FOLDER}{name}:1: an odd name, expected is BACKEND/NNNN_what_it_does.sql"
            )),
            Some(number) => {
                if let Some(other) = numbers.insert(number, name) {
                    problems.push(format!(
                        "{FOLDER}{name}:1: has the number of {other}, expected is the next one"
                    ));
                }
            }
        }
    }
    problems
}

/// The record with lines appended for what it lacks; None when it lacks nothing.
pub(crate) fn with_new_ones(record: &str, sums: &BTreeMap<String, String>) -> Option<String> {
    let recorded: BTreeSet<&str> = record
        .lines()
        .filter_map(|line| Some(line.split_once("  ")?.1))
        .collect();
    let mut blessed = record.to_owned();
    for (name, sum) in sums
        .iter()
        .filter(|(name, _)| !recorded.contains(name.as_str()))
    {
        blessed.extend([sum, "  ", name, "\n"]);
    }
    (blessed != record).then_some(blessed)
}

/// The backend and the four digits of `backend/NNNN_name.sql`.
fn number(name: &str) -> Option<(&str, &str)> {
    let (backend, file) = name.split_once('/')?;
    let (digits, rest) = file.split_at_checked(4)?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && rest.starts_with('_') && !rest.contains('/')).then_some((backend, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries
            .iter()
            .map(|&(name, sum)| (name.to_owned(), sum.to_owned()))
            .collect()
    }

    #[test]
    fn a_recorded_migration_may_neither_change_nor_go() {
        let record = "aa  sqlite/0001_start.sql\n";
        assert!(check(record, &sums(&[("sqlite/0001_start.sql", "aa")])).is_empty());
        let changed = check(record, &sums(&[("sqlite/0001_start.sql", "bb")]));
        assert!(changed[0].ends_with("a recorded migration was changed, expected is a new one"));
        assert!(check(record, &sums(&[]))[0].contains("a recorded migration is gone"));
    }

    #[test]
    fn a_new_migration_is_recorded_by_appending_only() {
        let sums = sums(&[
            ("sqlite/0001_start.sql", "changed"),
            ("sqlite/0002_more.sql", "bb"),
        ]);
        let record = "aa  sqlite/0001_start.sql\n";
        assert!(
            check(record, &sums)
                .iter()
                .any(|each| each.contains("0002_more.sql:1: not recorded"))
        );
        let blessed = with_new_ones(record, &sums).unwrap();
        assert_eq!(
            blessed,
            "aa  sqlite/0001_start.sql\nbb  sqlite/0002_more.sql\n"
        );
        assert_eq!(with_new_ones(&blessed, &sums), None);
        assert_eq!(
            check(&blessed, &sums).len(),
            1,
            "the changed one still fails"
        );
    }

    #[test]
    fn names_are_four_digits_each_used_once() {
        let record = "a  sqlite/1_a.sql\nb  sqlite/0002_b.sql\nc  sqlite/0002_c.sql\nd  postgres/0002_b.sql\n";
        let names = [
            "sqlite/1_a.sql",
            "sqlite/0002_b.sql",
            "sqlite/0002_c.sql",
            "postgres/0002_b.sql",
        ];
        let all = names
            .iter()
            .zip(["a", "b", "c", "d"])
            .map(|(&name, sum)| (name, sum));
        let problems = check(record, &sums(&all.collect::<Vec<_>>()));
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(
            problems
                .iter()
                .any(|each| each.contains("sqlite/1_a.sql:1: an odd name"))
        );
        assert!(
            problems
                .iter()
                .any(|each| each.contains("0002_c.sql:1: has the number of"))
        );
    }
}
