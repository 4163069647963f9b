//! `cargo xtask dist`: what people install grantd from, made of one binary.
//!
//! A tarball, a Debian package, what an image is built from, and their checksums. The same binary,
//! commit and tools give the same bytes: names are sorted, and every time is that of the commit.

mod binary;
mod container;
mod debian_package;
mod folder;
mod stage;
mod tarball;
mod third_party;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{debian, run};
use stage::Stage;

/// How hard archives are compressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Compression {
    /// To be downloaded.
    Small,
    /// To be tested.
    Fast,
}

/// What was asked for.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Order {
    /// A binary that is there; none to build one for release.
    pub(crate) binary: Option<PathBuf>,
    /// Where everything goes; none for `dist` in the target folder.
    pub(crate) into: Option<PathBuf>,
    pub(crate) compression: Compression,
}

impl Order {
    /// Reads `[--binary FILE] [--into FOLDER]`.
    pub(crate) fn parse(arguments: &[&str]) -> Result<Self> {
        let mut order = Self {
            binary: None,
            into: None,
            compression: Compression::Small,
        };
        let mut rest = arguments;
        while !rest.is_empty() {
            rest = match rest {
                ["--binary", file, rest @ ..] if order.binary.is_none() => {
                    order.binary = Some(absolute(file)?);
                    rest
                }
                ["--into", folder, rest @ ..] if order.into.is_none() => {
                    order.into = Some(absolute(folder)?);
                    rest
                }
                _ => bail!("expected: dist [--binary FILE] [--into FOLDER]"),
            };
        }
        Ok(order)
    }
}

/// The time that everything has, in seconds since 1970.
#[derive(Clone, Copy)]
struct Epoch(u64);

/// Runs the task.
pub(crate) fn run(workspace: &Workspace, order: &Order) -> Result<bool> {
    require(workspace)?;
    let made = pack(workspace, order)?;
    println!("\nin {}:", made.folder.display());
    for name in &made.names {
        println!("  {name}");
    }
    Ok(true)
}

/// Makes sure of the tools, or fails with what is missing.
pub(crate) fn require(workspace: &Workspace) -> Result<()> {
    debian::require(&[&debian::PACKAGING, &debian::GIT])?;
    debian_package::require(workspace)
}

/// What was made, and where.
pub(crate) struct Made {
    folder: PathBuf,
    names: Vec<String>,
}

/// Makes everything.
pub(crate) fn pack(workspace: &Workspace, order: &Order) -> Result<Made> {
    let program = match &order.binary {
        Some(file) => file.clone(),
        None => release(workspace)?,
    };
    let linked = binary::inspect(&program)?;
    println!("{}: {linked}", program.display());
    let epoch = epoch(workspace)?;
    let folder = order.into.clone();
    let folder = folder.unwrap_or_else(|| workspace.target().join("dist"));
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;

    let stage = Stage::lay(workspace, &program, epoch)?;
    let names = vec![
        tarball::pack(&stage, &folder, epoch, order.compression)?,
        debian_package::pack(workspace, &stage, &folder, epoch, order.compression)?,
        container::pack(workspace, &stage, &folder, epoch, order.compression)?,
    ];
    let mut sum = Command::new("sha256sum");
    let sums = run::captured(sum.current_dir(&folder).arg("--").args(&names))?;
    std::fs::write(folder.join("SHA256SUMS"), sums)?;
    let names = names.into_iter().chain(["SHA256SUMS".to_owned()]).collect();
    Ok(Made { folder, names })
}

fn release(workspace: &Workspace) -> Result<PathBuf> {
    let mut build = workspace.cargo("build --release --locked -p grantd");
    run::must_succeed(&mut build, "building grantd")?;
    Ok(workspace.target().join("release/grantd"))
}

/// `SOURCE_DATE_EPOCH`, else the time of the commit.
fn epoch(workspace: &Workspace) -> Result<Epoch> {
    let text = if let Ok(told) = std::env::var("SOURCE_DATE_EPOCH") {
        told
    } else {
        let mut log = workspace.command("git");
        run::captured(log.args(["log", "-1", "--format=%ct"]))
            .context("no commit to take the time from; set SOURCE_DATE_EPOCH")?
    };
    let seconds = text.trim().parse();
    let expected = || format!("{:?} is no number of seconds since 1970", text.trim());
    Ok(Epoch(seconds.with_context(expected)?))
}

fn absolute(path: &str) -> Result<PathBuf> {
    std::path::absolute(Path::new(path)).with_context(|| format!("{path:?} is no path"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_names_a_binary_and_a_folder_in_any_order() {
        let order = Order::parse(&["--into", "/x", "--binary", "/y/grantd"]).unwrap();
        assert_eq!(order.binary.as_deref(), Some(Path::new("/y/grantd")));
        assert_eq!(order.into.as_deref(), Some(Path::new("/x")));
        assert!(Order::parse(&[]).unwrap().binary.is_none());
        for wrong in [
            &["--binary"][..],
            &["--into", "a", "--into", "b"],
            &["other"],
        ] {
            let error = Order::parse(wrong).unwrap_err().to_string();
            assert_eq!(error, "expected: dist [--binary FILE] [--into FOLDER]");
        }
    }
}
