//! The life of an installed package: installed, started, upgraded, removed, purged.

use std::process::Command;

use anyhow::{Result, ensure};
use e2e::environment::package;
use e2e::grantd::Finished;
use e2e::machine::Machine;
use e2e::port;
use e2e::service::{Service, Unit};
use serde_json::Value;

use super::{UNIT, asked, is_healthy, listen_at, machine};

const SECRET: &str = "a-secret-of-the-package-test";
/// What the upgrade brings into the configuration file.
const NEWS: &str = "# a new setting";

#[test]
fn state_and_configuration_outlive_an_upgrade_a_removal_and_a_purge() -> Result<()> {
    let before = of_this_machine()?;
    let machine = machine()?;
    machine.copy(&package(".deb")?, "/tmp/old.deb")?;
    make_newer(&machine)?;

    let port = port::free()?;
    installs(&machine)?;
    listen_at(&machine, port)?;
    let unit = Unit::parse(&machine.read(UNIT)?);
    let service = Service::start(&machine, &unit, || is_healthy(port))?;
    adds_a_credential(&machine)?;
    let key = machine.read("/var/lib/grantd/admin.key")?;
    ensure!(!service.output().contains(SECRET), "{}", service.output());

    upgrades(&machine, port)?;
    ensure!(is_healthy(port), "what runs goes on until it is restarted");
    service.stop()?;
    let unit = Unit::parse(&machine.read(UNIT)?);
    let service = Service::start(&machine, &unit, || is_healthy(port))?;
    has_the_credential(&machine)?;
    service.stop()?;

    removes(&machine, port)?;
    machine.run("dpkg --install /tmp/new.deb")?;
    let service = Service::start(&machine, &unit, || is_healthy(port))?;
    has_the_credential(&machine)?;
    service.stop()?;

    purges(&machine)?;
    assert_eq!(machine.read("/var/lib/grantd/admin.key")?, key);
    drop(machine);
    assert_eq!(of_this_machine()?, before);
    Ok(())
}

#[test]
fn a_purge_leaves_nothing_of_what_was_never_started() -> Result<()> {
    let machine = machine()?;
    machine.copy(&package(".deb")?, "/tmp/grantd.deb")?;
    machine.run("dpkg --install /tmp/grantd.deb")?;
    let said = machine.run("dpkg --purge grantd 2>&1")?;
    assert!(!said.contains("are kept"), "{said}");
    machine.run("test ! -e /var/lib/grantd && test ! -e /etc/grantd")?;
    Ok(())
}

/// The same package as it comes next: another version and another configuration file.
fn make_newer(machine: &Machine) -> Result<()> {
    machine.run(&format!(
        "dpkg-deb --raw-extract /tmp/old.deb /tmp/new
         sed -i 's/^Version: .*/&+next/' /tmp/new/DEBIAN/control
         echo '{NEWS}' >> /tmp/new/etc/grantd/grantd.toml
         dpkg-deb -Znone --root-owner-group --build /tmp/new /tmp/new.deb"
    ))?;
    Ok(())
}

fn installs(machine: &Machine) -> Result<()> {
    machine.run("dpkg --install /tmp/old.deb")?;
    let user = machine.run("getent passwd grantd")?;
    ensure!(
        user.trim_end()
            .ends_with(":/var/lib/grantd:/usr/sbin/nologin"),
        "{user}"
    );
    assert_eq!(owner(machine, "/var/lib/grantd")?, "700 grantd grantd");
    assert_eq!(owner(machine, "/etc/grantd/grantd.toml")?, "644 root root");
    ensure!(is_enabled(machine), "the service is not enabled");
    let asked = asked(machine)?;
    ensure!(asks(&asked, "start"), "{asked}");
    Ok(())
}

fn adds_a_credential(machine: &Machine) -> Result<()> {
    // as the user whom the state belongs to, and its secret on standard input
    let mut add = machine.command("runuser", &[("STATE_DIRECTORY", "/var/lib/grantd")]);
    add.args(["-u", "grantd", "--", "grantd", "credential", "add"]);
    add.args([
        "--name",
        "Mail",
        "--client-id",
        "mail",
        "--scope",
        "mail.read",
    ]);
    add.args(["--token-endpoint", "https://login.example.com/token"]);
    add.args(["--secret-file", "-"]);
    Finished::of(&mut add, SECRET)?.expect(0)?;
    for file in ["grantd.db", "keyring.json", "admin.key"] {
        let path = format!("/var/lib/grantd/{file}");
        assert_eq!(owner(machine, &path)?, "600 grantd grantd");
    }
    has_the_credential(machine)
}

/// Root asks without any setting but the folder.
fn has_the_credential(machine: &Machine) -> Result<()> {
    let list = "grantd --state-dir /var/lib/grantd credential list --output json";
    let listed: Value = serde_json::from_str(&machine.run(list)?)?;
    let slugs = listed.to_string();
    ensure!(slugs.contains("\"slug\":\"mail\""), "{slugs}");
    Ok(())
}

fn upgrades(machine: &Machine, port: u16) -> Result<()> {
    machine.run("dpkg --force-confold --install /tmp/new.deb")?;
    let version = machine.run("dpkg-query --show --showformat '${Version}' grantd")?;
    ensure!(version.ends_with("+next"), "{version}");
    let kept = machine.read("/etc/grantd/grantd.toml")?;
    ensure!(
        kept.contains(&format!(":{port}\"")) && !kept.contains(NEWS),
        "{kept}"
    );
    ensure!(
        machine
            .read("/etc/grantd/grantd.toml.dpkg-dist")?
            .contains(NEWS)
    );
    let asked = asked(machine)?;
    ensure!(asks(&asked, "restart") && !asks(&asked, "stop"), "{asked}");
    Ok(())
}

fn removes(machine: &Machine, port: u16) -> Result<()> {
    machine.run("dpkg --remove grantd")?;
    let asked = asked(machine)?;
    ensure!(asks(&asked, "stop"), "{asked}");
    machine.run("test ! -e /usr/bin/grantd && test -s /var/lib/grantd/grantd.db")?;
    ensure!(
        machine
            .read("/etc/grantd/grantd.toml")?
            .contains(&port.to_string())
    );
    Ok(())
}

fn purges(machine: &Machine) -> Result<()> {
    let said = machine.run("dpkg --purge grantd 2>&1")?;
    let told = "the credentials in /var/lib/grantd are kept";
    ensure!(said.contains(told), "{said}");
    machine.run("test ! -e /etc/grantd && test -s /var/lib/grantd/grantd.db")?;
    ensure!(!is_enabled(machine), "the service is enabled still");
    machine.run("getent passwd grantd")?;
    Ok(())
}

/// Whether one of the lines asks to do this with the service.
fn asks(lines: &str, what: &str) -> bool {
    lines.lines().any(|line| {
        let mut words = line.rsplit(' ');
        (words.next(), words.next()) == (Some("grantd.service"), Some(what))
    })
}

fn is_enabled(machine: &Machine) -> bool {
    machine.has("/etc/systemd/system/multi-user.target.wants/grantd.service")
}

/// Mode, user and group of a file.
fn owner(machine: &Machine, path: &str) -> Result<String> {
    let told = machine.run(&format!("stat --format '%a %U %G' {path}"))?;
    Ok(told.trim().to_owned())
}

/// What a package would have changed here.
fn of_this_machine() -> Result<String> {
    let mut shell = Command::new("sh");
    let paths = format!("/etc/grantd /var/lib/grantd /usr/bin/grantd {UNIT}");
    let look = format!("cat /etc/passwd; ls --directory --full-time {paths} || :");
    Ok(Finished::of(shell.args(["-c", &look]), "")?
        .expect(0)?
        .stdout)
}
