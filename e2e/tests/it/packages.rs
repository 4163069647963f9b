//! What `cargo xtask dist` makes, installed and run as its documents say.

mod container;
mod debian;
mod documents;
mod tarball;
mod upgrade;

use anyhow::{Result, ensure};
use e2e::http::Request;
use e2e::machine::Machine;

/// The unit of the Debian package.
const UNIT: &str = "/usr/lib/systemd/system/grantd.service";
/// What the stand-in for systemctl was asked for, a line each.
const ASKED: &str = "/tmp/asked";

/// Writes down what it is asked for, and does none of it but what is only links: the real one is
/// asked for these.
const SYSTEMCTL: &str = r#"#!/bin/sh
echo "$*" >> /tmp/asked
case " $* " in
" --root="*) exec systemctl.real "$@" ;;
*" is-enabled "*) exec systemctl.real --root=/ is-enabled grantd.service ;;
*" is-active "*) exec pidof grantd > /dev/null ;;
esac
"#;

/// A machine without grantd, whose scripts take it for one that systemd runs.
fn machine() -> Result<Machine> {
    let machine = Machine::start()?;
    machine.run(
        "dpkg --purge grantd 2>&1; userdel grantd 2>&1 || :
         rm -rf /etc/grantd /var/lib/grantd /usr/sbin/policy-rc.d
         rm -f /var/lib/man-db/auto-update # reads every page of the machine, which takes its time
         mv /usr/bin/systemctl /usr/bin/systemctl.real; mkdir -p /run/systemd/system",
    )?;
    machine.write("/usr/bin/systemctl", SYSTEMCTL)?;
    machine.run("chmod 0755 /usr/bin/systemctl")?;
    Ok(machine)
}

/// What was asked of systemctl since the last time.
fn asked(machine: &Machine) -> Result<String> {
    machine.run(&format!("touch {ASKED}; cat {ASKED}; rm {ASKED}"))
}

/// Lets the configuration file listen elsewhere, as an administrator would.
fn listen_at(machine: &Machine, port: u16) -> Result<()> {
    let path = "/etc/grantd/grantd.toml";
    let text = machine.read(path)?;
    let commented = "#listen = \"127.0.0.1:8710\"";
    let consumers = "\n[consumers]\n";
    ensure!(
        text.contains(commented) && text.contains(consumers),
        "{text}"
    );
    let text = text.replace(commented, &format!("listen = \"127.0.0.1:{port}\""));
    // the port after its own may be somebody else's
    let elsewhere = format!("{consumers}listen = \"127.0.0.1:0\"\n");
    machine.write(path, &text.replace(consumers, &elsewhere))
}

/// Whether a grantd answers there.
fn is_healthy(port: u16) -> bool {
    let request = Request::new("GET", &format!("http://127.0.0.1:{port}/healthz"));
    request.send().is_ok_and(|answer| answer.status == 200)
}
