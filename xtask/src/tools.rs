//! Cargo tools at exact versions, installed under target/tools.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::run;
use crate::workspace::Workspace;

/// A tool from crates.io at one version.
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
}

/// Licences, bans, sources, advisories.
pub(crate) const CARGO_DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
};

/// Debian packages of what cargo built.
pub(crate) const CARGO_DEB: Tool = Tool {
    name: "cargo-deb",
    version: "3.8.0",
};

/// Fuzzing by libFuzzer.
pub(crate) const CARGO_FUZZ: Tool = Tool {
    name: "cargo-fuzz",
    version: "0.13.2",
};

/// The program of a tool, installed first when it is absent or of another version.
pub(crate) fn program(workspace: &Workspace, tool: &Tool) -> Result<PathBuf> {
    let Tool { name, version } = tool;
    let root = workspace.tools();
    let program = root.join("bin").join(name);
    let printed = run::captured(Command::new(&program).arg("--version")).unwrap_or_default();
    if is_version(&printed, version) {
        return Ok(program);
    }
    let build = root.join("build");
    let mut install = workspace.cargo("install --locked --force");
    install.args(["--version", &format!("={version}"), name]);
    install
        .arg("--root")
        .arg(&root)
        .arg("--target-dir")
        .arg(&build);
    run::must_succeed(&mut install, &format!("installing {name} {version}"))?;
    // The objects are of no further use; a failure to remove them harms nothing.
    let _ = std::fs::remove_dir_all(build);
    Ok(program)
}

fn is_version(printed: &str, version: &str) -> bool {
    printed.split_whitespace().any(|word| word == version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_version_will_do() {
        assert!(is_version("cargo-deny 0.20.2\n", "0.20.2"));
        assert!(!is_version("cargo-deny 0.20.20\n", "0.20.2"));
        assert!(!is_version("", "0.20.2"));
    }
}
