//! The parts of the Rust toolchain that a minimal one lacks.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run;
use crate::workspace::Workspace;

/// What `cargo NAME` needs.
struct Component {
    subcommand: &'static str,
    /// As rustup names it.
    name: &'static str,
}

const COMPONENTS: [Component; 2] = [
    Component {
        subcommand: "fmt",
        name: "rustfmt",
    },
    Component {
        subcommand: "clippy",
        name: "clippy",
    },
];

/// Makes sure of all components, or fails with the line that would add them.
pub(crate) fn require(workspace: &Workspace) -> Result<()> {
    let has = |component: &Component| {
        let probe = format!("{} --version", component.subcommand);
        run::captured(&mut workspace.cargo(&probe)).is_ok()
    };
    require_with(&has, &mut |missing| {
        let mut add = Command::new("rustup");
        add.args(["component", "add"]).args(missing);
        // At the root, so that it is the toolchain of this workspace.
        add.current_dir(workspace.root());
        run::must_succeed(&mut add, "rustup component add")
    })
}

fn require_with(
    has: &dyn Fn(&Component) -> bool,
    add: &mut dyn FnMut(&[&str]) -> Result<()>,
) -> Result<()> {
    let missing = || -> Vec<&str> {
        let missing = COMPONENTS.iter().filter(|component| !has(component));
        missing.map(|component| component.name).collect()
    };
    let names = missing();
    if names.is_empty() {
        return Ok(());
    }
    let advice = format!(
        "{} missing; run: rustup component add {}",
        names.join(" and "),
        names.join(" ")
    );
    add(&names).with_context(|| advice.clone())?;
    if !missing().is_empty() {
        bail!("{advice} (done already, in vain)");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn what_is_there_is_not_added() {
        let nothing = &mut |_: &[&str]| bail!("added");
        assert!(require_with(&|_| true, nothing).is_ok());
    }

    #[test]
    fn what_is_missing_is_added() {
        let added = RefCell::new(Vec::new());
        let has = |component: &Component| {
            component.name == "rustfmt" || added.borrow().contains(&component.name.to_owned())
        };
        let mut add = |names: &[&str]| {
            let names = names.iter().map(|&name| name.to_owned());
            added.borrow_mut().extend(names);
            Ok(())
        };
        assert!(require_with(&has, &mut add).is_ok());
        assert_eq!(*added.borrow(), ["clippy"]);
    }

    #[test]
    fn what_cannot_be_added_is_named_with_the_line_to_run() {
        let line = "rustfmt and clippy missing; run: rustup component add rustfmt clippy";
        let failing = &mut |_: &[&str]| bail!("no network");
        let error = require_with(&|_| false, failing).unwrap_err();
        assert_eq!(format!("{error:#}"), format!("{line}: no network"));
        let vain = &mut |_: &[&str]| Ok(());
        let error = require_with(&|_| false, vain).unwrap_err().to_string();
        assert!(error.starts_with(line), "{error}");
    }
}
