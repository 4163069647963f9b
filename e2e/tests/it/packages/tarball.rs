//! The tarball, installed by the very lines of `docs/book/install.md`.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use e2e::environment::{self, package};
use e2e::grantd::Finished;
use e2e::port;
use e2e::service::{Service, Unit};

use super::{asked, documents, is_healthy, listen_at, machine};

/// Of the target, so that the container is another one.
const ENDING: &str = "-gnu.tar.gz";

#[test]
fn the_sums_are_right() -> Result<()> {
    let mut check = Command::new("sha256sum");
    check.args(["--strict", "--check", "SHA256SUMS"]);
    check.current_dir(environment::packages()?);
    let checked = Finished::of(&mut check, "")?.expect(0)?;
    assert_eq!(checked.stdout.lines().count(), 3, "{checked:?}");
    Ok(())
}

#[test]
fn everything_in_it_is_of_root_and_of_one_time() -> Result<()> {
    for ending in [ENDING, "-container.tar.gz"] {
        let mut list = Command::new("tar");
        list.args(["--list", "--verbose", "--full-time", "--utc", "--file"]);
        let listing = Finished::of(list.arg(package(ending)?), "")?.expect(0)?;
        let mut of = BTreeSet::new();
        let mut names = Vec::new();
        for line in listing.stdout.lines() {
            // behind the name of a link stands where it leads to
            let (line, _) = line.split_once(" -> ").unwrap_or((line, ""));
            let words: Vec<&str> = line.split_whitespace().collect();
            let [_, owner, _, date, time, name] = words.as_slice() else {
                anyhow::bail!("{line}");
            };
            of.insert(format!("{owner} {date} {time}"));
            names.push(*name);
        }
        ensure!(
            of.len() == 1 && of.iter().all(|it| it.starts_with("0/0 ")),
            "{of:?}"
        );
        ensure!(
            names.is_sorted_by_key(|name| name.replace('/', "\0")),
            "{names:?}"
        );
    }
    Ok(())
}

#[test]
fn the_lines_of_the_book_install_it() -> Result<()> {
    let machine = machine()?;
    let tarball = package(ENDING)?;
    let name = tarball
        .file_name()
        .context("a name")?
        .to_string_lossy()
        .into_owned();
    machine.copy(&tarball, &format!("/tmp/{name}"))?;
    let lines = documents::block("tar -xzf grantd-VERSION-")?.replace("sudo ", "");
    let version = name.trim_start_matches("grantd-").split('-').next();
    let lines = lines.replace("VERSION", version.context("a version")?);
    machine.run(&format!("cd /tmp\n{lines}"))?;
    ensure!(asked(&machine)?.contains("enable --now grantd"));

    let port = port::free()?;
    listen_at(&machine, port)?;
    let unit = Unit::parse(&machine.read("/etc/systemd/system/grantd.service")?);
    let service = Service::start(&machine, &unit, || is_healthy(port))?;
    machine.run("grantd --state-dir /var/lib/grantd credential list")?;
    assert_eq!(machine.run("docker-credential-grantd list")?, "{}\n");
    service.stop()
}
