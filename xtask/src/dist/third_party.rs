//! The licences of what is linked into the binary, with their texts, as most of them demand.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::run;
use crate::workspace::Workspace;

/// How a file begins that says under which licence something stands.
const NAMES: [&str; 6] = [
    "LICENSE",
    "LICENCE",
    "COPYING",
    "COPYRIGHT",
    "NOTICE",
    "UNLICENSE",
];
/// How deep below a package such files are: libraries in C bring their own.
const DEPTH: usize = 3;

/// One package that is linked in.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Package {
    name: String,
    version: String,
    licence: String,
}

/// The whole text.
pub(super) fn licences(workspace: &Workspace, version: &str, platform: &str) -> Result<String> {
    let mut tree = workspace.cargo("tree --locked -p grantd -e normal --prefix none");
    tree.args(["--target", platform, "--format", "{p}\t{l}"]);
    let packages = linked(&run::captured(&mut tree)?);
    let mut metadata = workspace.cargo("metadata --format-version 1 --locked");
    metadata.args(["--filter-platform", platform]);
    let metadata: Value = serde_json::from_str(&run::captured(&mut metadata)?)
        .context("cargo metadata did not print JSON")?;
    let folders = folders(&metadata);
    let mut texts: BTreeMap<String, Vec<&Package>> = BTreeMap::new();
    for package in &packages {
        let id = (package.name.clone(), package.version.clone());
        let folder = folders.get(&id);
        let folder = folder.with_context(|| format!("cargo metadata lacks {}", package.name))?;
        let mut found = Vec::new();
        collect(folder, DEPTH, &mut found)?;
        found.sort();
        found.dedup();
        for text in found {
            texts.entry(text).or_default().push(package);
        }
    }
    Ok(written(version, &packages, &texts))
}

/// The packages of others in a listing of `cargo tree`.
fn linked(listing: &str) -> Vec<Package> {
    let package = |line: &str| {
        let (package, licence) = line.split_once('\t')?;
        // A path stands behind the packages of the house.
        let is_own = package.contains("(/");
        let mut words = package.split_whitespace();
        let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
        (!is_own).then(|| Package {
            name: name.to_owned(),
            version: version.to_owned(),
            licence: licence.trim_end_matches(" (*)").trim().to_owned(),
        })
    };
    let mut packages: Vec<Package> = listing.lines().filter_map(package).collect();
    packages.sort();
    packages.dedup();
    packages
}

/// Where each package lies, by name and version.
fn folders(metadata: &Value) -> BTreeMap<(String, String), PathBuf> {
    let packages = metadata.get("packages").and_then(Value::as_array);
    let folder = |package: &Value| {
        let text = |key| package.get(key)?.as_str();
        let id = (text("name")?.to_owned(), text("version")?.to_owned());
        Some((id, Path::new(text("manifest_path")?).parent()?.to_owned()))
    };
    packages.into_iter().flatten().filter_map(folder).collect()
}

/// The texts of all files that speak of a licence.
fn collect(folder: &Path, depth: usize, found: &mut Vec<String>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && depth > 0 {
            collect(&entry.path(), depth - 1, found)?;
        }
        let name = entry.file_name().to_string_lossy().to_ascii_uppercase();
        if kind.is_file() && NAMES.iter().any(|begin| name.starts_with(begin)) {
            let text = String::from_utf8_lossy(&std::fs::read(entry.path())?).into_owned();
            let lines = text.trim().lines().map(str::trim_end);
            found.push(lines.collect::<Vec<_>>().join("\n"));
        }
    }
    Ok(())
}

fn written(version: &str, packages: &[Package], texts: &BTreeMap<String, Vec<&Package>>) -> String {
    let mut text = format!(
        "grantd {version} is under the Apache License, Version 2.0. Linked into it are:\n\n"
    );
    for package in packages {
        let Package {
            name,
            version,
            licence,
        } = package;
        let _ = writeln!(text, "{name} {version}: {licence}");
    }
    for (licence, of) in texts {
        let names: Vec<String> = of
            .iter()
            .map(|package| format!("{} {}", package.name, package.version))
            .collect();
        let line = "-".repeat(78);
        let _ = write!(
            text,
            "\n{line}\nOf {}:\n{line}\n\n{licence}\n",
            names.join(", ")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_others_are_listed_once() {
        let listing = "grantd v0.1.0 (/x/crates/grantd)\tApache-2.0\n\
                       b v2.0.0\tMIT\na v1.0.0 (proc-macro)\tMIT OR Apache-2.0\nb v2.0.0\tMIT (*)\n";
        let found = linked(listing);
        let names: Vec<_> = found
            .iter()
            .map(|it| format!("{} {} {}", it.name, it.version, it.licence))
            .collect();
        assert_eq!(names, ["a 1.0.0 MIT OR Apache-2.0", "b 2.0.0 MIT"]);
    }

    #[test]
    fn one_text_of_several_packages_stands_once() {
        let package = |name: &str| Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: "MIT".to_owned(),
        };
        let packages = [package("a"), package("b")];
        let texts = BTreeMap::from([("the text".to_owned(), packages.iter().collect())]);
        let text = written("0.1.0", &packages, &texts);
        assert!(text.contains("\na 1.0.0: MIT\nb 1.0.0: MIT\n"), "{text}");
        assert!(text.contains("\nOf a 1.0.0, b 1.0.0:\n"), "{text}");
        assert_eq!(text.matches("the text").count(), 1);
    }
}
