//! A service as its unit file says, without an init: user, variables, folder and command are taken
//! from there, and who is ready tells so at a socket.
//!
//! What hardens the service in the unit is systemd's to do and is not done here.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::machine::{self, Machine};
use crate::process::Process;

const SOCKET: &str = "/run/notify.socket";
const START: Duration = Duration::from_secs(30);
const END: Duration = Duration::from_secs(20);

/// The lines of `[Service]`, in order.
#[derive(Debug)]
pub struct Unit(Vec<(String, String)>);

impl Unit {
    /// Reads a unit file; lines that go on in the next one are not expected.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut section = "";
        let mut lines = Vec::new();
        for line in text.lines().map(str::trim) {
            if line.starts_with('[') {
                section = line;
            } else if let (Some((key, value)), "[Service]") = (line.split_once('='), section)
                && !line.starts_with(['#', ';'])
            {
                lines.push((key.trim().to_owned(), value.trim().to_owned()));
            }
        }
        Self(lines)
    }

    /// The last value of a key.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        let mut lines = self.0.iter().rev();
        lines
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    fn required(&self, key: &str) -> Result<&str> {
        self.value(key)
            .with_context(|| format!("the unit has no {key}="))
    }
}

/// A service that runs.
#[derive(Debug)]
pub struct Service {
    process: Process,
}

impl Service {
    /// Starts it, and waits until it says that it is ready where the unit expects that, else until
    /// `ready` does.
    pub fn start(machine: &Machine, unit: &Unit, ready: impl Fn() -> bool) -> Result<Self> {
        let user = unit.required("User")?;
        let group = unit.required("Group")?;
        let state = format!("/var/lib/{}", unit.required("StateDirectory")?);
        let mode = unit.value("StateDirectoryMode").unwrap_or("0755");
        machine.run(&format!(
            "mkdir -p {state}; chown {user}:{group} {state}; chmod {mode} {state}"
        ))?;
        let socket = listen(machine)?;
        let mut variables = vec![
            ("HOME", state.as_str()),
            ("STATE_DIRECTORY", state.as_str()),
            ("NOTIFY_SOCKET", SOCKET),
        ];
        for (key, value) in &unit.0 {
            if key == "Environment" {
                let value = value.trim_matches('"');
                variables.push(
                    value
                        .split_once('=')
                        .context("Environment= without a value")?,
                );
            }
        }
        let mut command = machine.command("setpriv", &variables);
        command.args(["--reuid", user, "--regid", group, "--init-groups"]);
        command.args([
            "--inh-caps=-all",
            "--bounding-set=-all",
            "--no-new-privs",
            "--",
        ]);
        command.args(unit.required("ExecStart")?.split_whitespace());
        let mut process = Process::start("the service", &mut command)?;
        if unit
            .value("Type")
            .is_some_and(|kind| kind.starts_with("notify"))
        {
            process.wait_for(START, |_| says(&socket, "READY=1").then_some(()))?;
        }
        process.wait_for(START, |_| ready().then_some(()))?;
        Ok(Self { process })
    }

    /// Asks it to end, as the init does, and waits for a good end.
    pub fn stop(mut self) -> Result<()> {
        machine::signal(&self.process, "TERM")?;
        match self.process.end(END)? {
            Some(status) if status.success() => Ok(()),
            ended => bail!("the service did not end well: {ended:?}"),
        }
    }

    /// What it wrote so far.
    #[must_use]
    pub fn output(&self) -> String {
        self.process.output()
    }
}

/// The socket of `sd_notify`, for every user.
fn listen(machine: &Machine) -> Result<UnixDatagram> {
    let path = machine.path(SOCKET);
    let _ = fs::remove_file(&path);
    let socket = UnixDatagram::bind(&path)?;
    socket.set_nonblocking(true)?;
    fs::set_permissions(&path, Permissions::from_mode(0o666))?;
    Ok(socket)
}

fn says(socket: &UnixDatagram, what: &str) -> bool {
    let mut buffer = [0; 4096];
    while let Ok(length) = socket.recv(&mut buffer) {
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if text.lines().any(|line| line == what) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_the_section_holds() {
        let unit = Unit::parse(
            "[Unit]\nUser=no\n[Service]\n#User=no\nUser=a\nUser = b\n[Install]\nUser=no\n",
        );
        assert_eq!(unit.value("User"), Some("b"));
        assert_eq!(unit.value("Group"), None);
    }
}
