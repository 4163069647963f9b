//! `docs/FIGURES.md`: the last figures that the long commands measured, each written by its command.
//!
//! A row is replaced where it stands, so that a change of a figure is one changed line.

use std::process::Command;

use anyhow::{Context, Result};

use crate::run;
use crate::workspace::Workspace;

/// The page.
const PAGE: &str = "docs/FIGURES.md";

/// The page without a figure.
const HEAD: &str = "\
# Figures

What was measured last, each written here by the command that measures it. Where a figure has a bound, the
command fails beyond it. Other machines give other figures: those beside another program are the ones to go by.

| figure | value | wanted | command | date | machine | commit |
|---|---|---|---|---|---|---|
";

/// What was measured.
pub(crate) struct Figure {
    /// What it is; the row of that name is replaced.
    pub(crate) name: String,
    /// With its unit.
    pub(crate) value: String,
    /// The bound; empty where there is none.
    pub(crate) wanted: String,
}

/// Under which circumstances.
struct Run {
    command: String,
    date: String,
    machine: String,
    commit: String,
}

/// Writes the figures of a command that has ended, `cargo xtask COMMAND`, and says so.
pub(crate) fn record(workspace: &Workspace, command: &str, figures: &[Figure]) -> Result<()> {
    let path = workspace.root().join(PAGE);
    let run = Run {
        command: format!("`cargo xtask {command}`"),
        date: run::captured(Command::new("date").args(["--utc", "+%F"]))?,
        machine: machine()?,
        commit: commit(workspace)?,
    };
    let mut page = std::fs::read_to_string(&path).unwrap_or_else(|_| HEAD.to_owned());
    for figure in figures {
        page = with_row(&page, figure, &run);
    }
    std::fs::write(&path, page).with_context(|| format!("writing {PAGE}"))?;
    println!("{} figures are in {PAGE}", figures.len());
    Ok(())
}

/// The page with this row in the place of the one of its name, or at the end of the table.
fn with_row(page: &str, figure: &Figure, run: &Run) -> String {
    let name = cell(&figure.name);
    let cells = [
        &figure.value,
        &figure.wanted,
        &run.command,
        &run.date,
        &run.machine,
        &run.commit,
    ];
    let mut row = format!("| {name} |");
    for text in cells {
        row = format!("{row} {} |", cell(text));
    }
    let begin = format!("| {name} |");
    let mut lines: Vec<&str> = page.lines().collect();
    if let Some(at) = lines.iter().position(|line| line.starts_with(&begin)) {
        lines[at] = &row;
    } else {
        let last = lines.iter().rposition(|line| line.starts_with('|'));
        lines.insert(last.map_or(lines.len(), |at| at + 1), &row);
    }
    lines.join("\n") + "\n"
}

/// A text that stays in its cell.
fn cell(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.replace('|', "\\|")
}

/// Its processors and memory; nothing that names it.
fn machine() -> Result<String> {
    let processors = std::thread::available_parallelism()?;
    let read = |path: &'static str| std::fs::read_to_string(path).context(path);
    Ok(described(
        processors.get(),
        &read("/proc/cpuinfo")?,
        &read("/proc/meminfo")?,
    ))
}

fn described(processors: usize, cpuinfo: &str, meminfo: &str) -> String {
    let value = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.starts_with(key))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let model = value(cpuinfo, "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let memory = value(meminfo, "MemTotal");
    let kib = memory.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
    let memory = kib.map_or_else(
        || "unknown memory".to_owned(),
        |kib| format!("{} GiB", (kib + (1 << 19)) >> 20),
    );
    format!("{processors} × {model}, {memory}")
}

/// The commit, with a `+` where the tree is another.
fn commit(workspace: &Workspace) -> Result<String> {
    let mut parse = workspace.command("git");
    let commit = run::captured(parse.args(["rev-parse", "--short=10", "HEAD"]))?;
    let mut status = workspace.command("git");
    // the figures themselves may have been written just before
    let page = format!(":!{PAGE}");
    status.args(["status", "--porcelain", "--", ".", &page]);
    let is_clean = run::captured(&mut status)?.trim().is_empty();
    Ok(format!(
        "{}{}",
        commit.trim(),
        if is_clean { "" } else { "+" }
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(name: &str, value: &str) -> Figure {
        Figure {
            name: name.to_owned(),
            value: value.to_owned(),
            wanted: "under 50 ms".to_owned(),
        }
    }

    fn at(date: &str) -> Run {
        Run {
            command: "`cargo xtask bench`".to_owned(),
            date: format!("{date}\n"),
            machine: "2 × a | b".to_owned(),
            commit: "abc".to_owned(),
        }
    }

    #[test]
    fn a_row_is_replaced_where_it_stands_and_a_new_one_comes_last() {
        let page = with_row(HEAD, &figure("one", "1 ms"), &at("2026-01-01"));
        let page = with_row(&page, &figure("one more", "2 ms"), &at("2026-01-01"));
        let page = with_row(
            &format!("{page}\nbelow\n"),
            &figure("one", "3 ms"),
            &at("2026-01-02"),
        );
        let rest = page.strip_prefix(HEAD).unwrap();
        let expected = "\
| one | 3 ms | under 50 ms | `cargo xtask bench` | 2026-01-02 | 2 × a \\| b | abc |
| one more | 2 ms | under 50 ms | `cargo xtask bench` | 2026-01-01 | 2 × a \\| b | abc |

below
";
        assert_eq!(rest, expected);
        let page = with_row(&page, &figure("last", "4 ms"), &at("2026-01-03"));
        assert!(page.ends_with(" | abc |\n\nbelow\n"), "{page}");
    }

    #[test]
    fn a_machine_is_told_without_its_name() {
        let cpuinfo = "processor\t: 0\nmodel name\t: A Processor 9\nmodel name\t: A Processor 9\n";
        let told = described(2, cpuinfo, "MemTotal:       24684084 kB\n");
        assert_eq!(told, "2 × A Processor 9, 24 GiB");
        assert_eq!(
            described(1, "", ""),
            "1 × unknown processor, unknown memory"
        );
    }
}
