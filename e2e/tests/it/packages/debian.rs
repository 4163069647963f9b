//! The Debian package: what is in it, and what Debian's own judges say.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Result, ensure};
use e2e::environment::package;
use e2e::grantd::Finished;

use super::{UNIT, machine};

/// Mode, owner and path of every file but man pages.
const FILES: [&str; 14] = [
    "-rw-r--r-- 0/0 /etc/grantd/grantd.toml",
    "-rw-r--r-- 0/0 /usr/lib/systemd/system/grantd.service",
    "-rw-r--r-- 0/0 /usr/lib/sysusers.d/grantd.conf",
    "-rw-r--r-- 0/0 /usr/share/bash-completion/completions/grantd",
    "-rw-r--r-- 0/0 /usr/share/doc/grantd/README.md",
    "-rw-r--r-- 0/0 /usr/share/doc/grantd/THIRD-PARTY-LICENSES.txt",
    "-rw-r--r-- 0/0 /usr/share/doc/grantd/changelog.Debian.gz",
    "-rw-r--r-- 0/0 /usr/share/doc/grantd/changelog.gz",
    "-rw-r--r-- 0/0 /usr/share/doc/grantd/copyright",
    "-rw-r--r-- 0/0 /usr/share/fish/vendor_completions.d/grantd.fish",
    "-rw-r--r-- 0/0 /usr/share/lintian/overrides/grantd",
    "-rw-r--r-- 0/0 /usr/share/zsh/vendor-completions/_grantd",
    "-rwxr-xr-x 0/0 /usr/bin/grantd",
    "lrwxrwxrwx 0/0 /usr/bin/docker-credential-grantd",
];

#[test]
fn it_holds_what_is_expected_and_nothing_else() -> Result<()> {
    let (files, man) = files()?
        .into_iter()
        .partition::<BTreeSet<_>, _>(|line| !line.contains("/man/man1/"));
    assert_eq!(files, FILES.map(str::to_owned).into());
    let page = |name: &str| format!("-rw-r--r-- 0/0 /usr/share/man/man1/{name}.1.gz");
    for name in [
        "grantd",
        "grantd-serve",
        "grantd-credential-add",
        "docker-credential-grantd",
    ] {
        assert!(man.contains(&page(name)), "{name}: {man:?}");
    }
    Ok(())
}

#[test]
fn lintian_finds_nothing() -> Result<()> {
    let mut lintian = Command::new("lintian");
    lintian.args(["--fail-on", "error,warning", "--tag-display-limit", "0"]);
    // as whoever builds may be root
    lintian.args(["--allow-root"]).arg(package(".deb")?);
    let found = Finished::of(&mut lintian, "")?.expect(0)?;
    ensure!(found.stdout.is_empty(), "{found:?}");
    Ok(())
}

#[test]
fn systemd_understands_the_unit() -> Result<()> {
    let machine = machine()?;
    machine.copy(&package(".deb")?, "/tmp/grantd.deb")?;
    machine.run("dpkg --install /tmp/grantd.deb")?;
    let said = machine.run(&format!("systemd-analyze verify --man=no {UNIT}"))?;
    assert_eq!(said, "");
    Ok(())
}

/// `MODE OWNER PATH` of every file of the package.
pub(super) fn files() -> Result<BTreeSet<String>> {
    let mut list = Command::new("dpkg-deb");
    let listing = Finished::of(list.arg("--contents").arg(package(".deb")?), "")?.expect(0)?;
    let line = |line: &str| {
        // behind the name of a link stands where it leads to
        let (line, _) = line.split_once(" -> ").unwrap_or((line, ""));
        let words: Vec<&str> = line.split_whitespace().collect();
        let [mode, owner, .., path] = words.as_slice() else {
            return None;
        };
        let path = path.strip_prefix('.')?;
        (!mode.starts_with('d')).then(|| format!("{mode} {owner} {path}"))
    };
    Ok(listing.stdout.lines().filter_map(line).collect())
}
