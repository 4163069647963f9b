//! `cargo xtask fuzz`: each target for some seconds, new inputs kept out of the tree.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{debian, run, tools};

/// Fuzzes the named target, or all of `fuzz/fuzz_targets`; true when none crashed.
pub(crate) fn run(workspace: &Workspace, target: Option<&str>, seconds: u32) -> Result<bool> {
    let targets = chosen(
        targets(&workspace.root().join("fuzz/fuzz_targets"))?,
        target,
    )?;
    debian::require(&[&debian::CPP_COMPILER])?;
    let program = tools::program(workspace, &tools::CARGO_FUZZ)?;
    let mut crashed = Vec::new();
    for name in &targets {
        // The first folder takes new inputs; the committed corpus is only read.
        let found = workspace.target().join("fuzz-corpus").join(name);
        std::fs::create_dir_all(&found)?;
        let committed = workspace.root().join("fuzz/corpus").join(name);
        let mut command = workspace.command(&program);
        // The sanitizer flags of rustc are unstable; this allows them on the stable toolchain.
        command.env("RUSTC_BOOTSTRAP", "1");
        command.args(["run", "--fuzz-dir", "fuzz", "--target-dir"]);
        command.arg(workspace.target().join("fuzz")).arg(name);
        command.arg(&found);
        if committed.is_dir() {
            command.arg(&committed);
        }
        command.arg("--").arg(format!("-max_total_time={seconds}"));
        if !run::streamed(&mut command)?.ok {
            crashed.push(name.as_str());
        }
    }
    println!(
        "\n{} of {} fuzz targets passed",
        targets.len() - crashed.len(),
        targets.len()
    );
    for name in &crashed {
        println!("failed: {name}");
    }
    Ok(crashed.is_empty())
}

/// The names of the targets in a folder, sorted.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(folder).context("no fuzz targets in fuzz/fuzz_targets")?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs")
            && let Some(name) = path.file_stem()
        {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn chosen(all: Vec<String>, wanted: Option<&str>) -> Result<Vec<String>> {
    match wanted {
        None if all.is_empty() => bail!("no fuzz targets in fuzz/fuzz_targets"),
        None => Ok(all),
        Some(name) if all.iter().any(|each| each == name) => Ok(vec![name.to_owned()]),
        Some(name) => bail!("no fuzz target {name}; there are: {}", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_target_or_all_are_chosen() {
        let all = || vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(chosen(all(), None).unwrap(), ["a", "b"]);
        assert_eq!(chosen(all(), Some("b")).unwrap(), ["b"]);
        let error = chosen(all(), Some("c")).unwrap_err().to_string();
        assert_eq!(error, "no fuzz target c; there are: a, b");
        assert!(chosen(Vec::new(), None).is_err());
    }
}
