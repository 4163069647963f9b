//! grantd as a process, with a state folder and a home folder of its own.

mod api;
mod cli;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
pub use api::Api;
pub use cli::Finished;
use tempfile::TempDir;

use crate::canary::Canaries;
use crate::http::Request;
use crate::process::Process;
use crate::{environment, port};

const START: Duration = Duration::from_secs(30);
/// The loopback address with every port, as an egress rule.
pub const LOOPBACK: &str = "127.0.0.1/32";

/// How a [`Grantd`] is configured.
#[derive(Debug)]
pub struct Settings {
    /// `[egress] allow`.
    pub egress: Vec<String>,
    /// More lines of its TOML file.
    pub more: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            egress: vec![LOOPBACK.to_owned()],
            more: String::new(),
        }
    }
}

/// A running grantd. When dropped, it is killed, and the test fails if a watched value stands in
/// its logs or, in the clear, in its state folder.
#[derive(Debug)]
pub struct Grantd {
    folder: TempDir,
    port: u16,
    process: Process,
    canaries: Canaries,
}

impl Grantd {
    /// Starts it on an empty state folder that may send to loopback.
    pub fn start() -> Result<Self> {
        Self::start_with(&Settings::default())
    }

    /// Starts it on an empty state folder.
    pub fn start_with(settings: &Settings) -> Result<Self> {
        let (folder, port) = (TempDir::new()?, port::free()?);
        fs::create_dir(folder.path().join("home"))?;
        fs::write(
            folder.path().join("grantd.toml"),
            configuration(port, settings)?,
        )?;
        let process = serve(folder.path(), port)?;
        Ok(Self {
            folder,
            port,
            process,
            canaries: Canaries::default(),
        })
    }

    /// Kills it as `kill -9` does and starts it again on the same state and port.
    pub fn restart(&mut self) -> Result<()> {
        self.process.kill();
        self.assert_no_leak()?;
        self.process = serve(self.folder.path(), self.port)?;
        Ok(())
    }

    /// The address of API and console.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where the state is.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The API as the administrator of the first start.
    pub fn api(&self) -> Result<Api> {
        let key = fs::read_to_string(self.state().join("admin.key"))
            .context("serve wrote no admin.key into its state folder")?;
        Ok(Api::new(self.url(), key.trim(), self.canaries.clone()))
    }

    /// Runs a command of the same binary with the administrator's key.
    pub fn cli(&self, arguments: &[&str], stdin: &str) -> Result<Finished> {
        let mut command = program(self.folder.path())?;
        command.env("GRANTD_API_KEY_FILE", self.state().join("admin.key"));
        command.args(["--url", &self.url()]).args(arguments);
        let finished = cli::run(&mut command, stdin)?;
        self.canaries
            .assert_absent("the command's standard error", &finished.stderr);
        if arguments.first() != Some(&"token") {
            self.canaries
                .assert_absent("the command's standard output", &finished.stdout);
        }
        Ok(finished)
    }

    /// Writes a file beside the state folder, for a command to read.
    pub fn write_file(&self, name: &str, text: &str) -> Result<String> {
        let path = self.folder.path().join(name);
        fs::write(&path, text)?;
        Ok(path.to_string_lossy().into_owned())
    }

    /// Values that must not leak; add each secret and token here.
    #[must_use]
    pub fn canaries(&self) -> &Canaries {
        &self.canaries
    }

    /// Checks logs and state folder for watched values, in the middle of a test.
    pub fn assert_no_leak(&self) -> Result<()> {
        self.canaries
            .assert_absent("grantd's output", &self.process.output());
        self.canaries
            .assert_absent_below(&self.state(), &["admin.key"])
    }
}

impl Drop for Grantd {
    fn drop(&mut self) {
        self.process.kill();
        if !thread::panicking() {
            let checked = self.assert_no_leak();
            assert!(
                checked.is_ok(),
                "the state folder can not be read: {checked:?}"
            );
        }
    }
}

fn serve(folder: &Path, port: u16) -> Result<Process> {
    let mut command = program(folder)?;
    command
        .arg("serve")
        .arg("--state-dir")
        .arg(folder.join("state"));
    command.arg("--config").arg(folder.join("grantd.toml"));
    let mut process = Process::start("grantd", &mut command)?;
    let health = Request::new("GET", &format!("http://127.0.0.1:{port}/healthz"));
    process.wait_for(START, |_| {
        health.send().ok().filter(|answer| answer.status == 200)
    })?;
    Ok(process)
}

/// The binary in an environment of its own: no `GRANTD_` variable and no home of this machine.
fn program(folder: &Path) -> Result<Command> {
    let mut command = Command::new(environment::binary()?);
    command.env_clear().current_dir(folder);
    command
        .env("HOME", folder.join("home"))
        .env("PATH", "/usr/bin:/bin");
    Ok(command)
}

fn configuration(port: u16, settings: &Settings) -> Result<String> {
    let allow: Vec<String> = settings
        .egress
        .iter()
        .map(|rule| format!("{rule:?}"))
        .collect();
    let mut text = format!("[server]\nlisten = \"127.0.0.1:{port}\"\n\n");
    writeln!(
        text,
        "[egress]\nallow = [{}]\n\n{}",
        allow.join(", "),
        settings.more
    )?;
    Ok(text)
}
