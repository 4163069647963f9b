//! A machine to install packages on: the files of this one under a layer in memory, with mounts and
//! processes of its own. What happens in it is gone with it; no init runs, nothing is started by itself.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::grantd::Finished;
use crate::process::Process;

const START: Duration = Duration::from_secs(30);

/// Mounts the layer over `/` at `$1`, goes in, and stays until it is killed.
const KEEPER: &str = r#"
set -eu
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
exec chroot . sh -c 'echo ready; exec sleep infinity'
"#;

/// What every command in it sees.
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// A running machine; dropped, it ends with everything that runs in it.
#[derive(Debug)]
pub struct Machine {
    /// A process in it.
    inner: u32,
    _keeper: Process,
    _mount_point: TempDir,
}

impl Machine {
    /// Starts one; only root may.
    pub fn start() -> Result<Self> {
        let mount_point = TempDir::new()?;
        let mut command = Command::new("unshare");
        command.args([
            "--mount",
            "--propagation",
            "private",
            "--pid",
            "--kill-child",
        ]);
        command.args(["--", "sh", "-c", KEEPER, "keeper"]);
        let mut keeper = Process::start("a machine", command.arg(mount_point.path()))?;
        let is_ready = |process: &Process| {
            let lines = process.stdout();
            lines.iter().any(|line| line == "ready").then_some(())
        };
        keeper.wait_for(START, is_ready)?;
        Ok(Self {
            inner: only_child(keeper.id())?,
            _keeper: keeper,
            _mount_point: mount_point,
        })
    }

    /// Where a file of it is seen from outside.
    #[must_use]
    pub fn path(&self, path: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{path}", self.inner))
    }

    /// Whether something is there, be it a link that leads nowhere.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        fs::symlink_metadata(self.path(path)).is_ok()
    }

    /// Copies a file of this machine to a path in it.
    pub fn copy(&self, from: &Path, to: &str) -> Result<()> {
        let what = || format!("copying {} to {to} of the machine", from.display());
        fs::copy(from, self.path(to)).map(|_| ()).with_context(what)
    }

    /// The text of a file.
    pub fn read(&self, path: &str) -> Result<String> {
        fs::read_to_string(self.path(path)).with_context(|| format!("{path} of the machine"))
    }

    /// Writes a file.
    pub fn write(&self, path: &str, text: &str) -> Result<()> {
        fs::write(self.path(path), text).with_context(|| format!("{path} of the machine"))
    }

    /// A program in it, with these variables and `PATH` alone.
    pub fn command(&self, program: impl AsRef<OsStr>, variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.inner.to_string()]);
        command.args(["--mount", "--pid", "--root", "--wd", "--", "env", "-i"]);
        command.arg(format!("PATH={PATH}"));
        for (name, value) in variables {
            command.arg(format!("{name}={value}"));
        }
        command.arg(program);
        command
    }

    /// Runs a script in it that must end well, and returns what it printed.
    pub fn run(&self, script: &str) -> Result<String> {
        let variables = [("DEBIAN_FRONTEND", "noninteractive"), ("LC_ALL", "C.UTF-8")];
        let mut shell = self.command("sh", &variables);
        shell.args(["-euc", script]);
        let finished = Finished::of(&mut shell, "")?;
        ensure!(finished.code == 0, "{script}: {finished:?}");
        Ok(finished.stdout + &finished.stderr)
    }
}

/// Sends a signal, such as `TERM`, to the program that a command of a machine runs.
pub fn signal(command: &Process, signal: &str) -> Result<()> {
    let program = only_child(command.id())?;
    let mut shell = Command::new("sh");
    let kill = format!("kill -s {signal} {program}");
    Finished::of(shell.args(["-c", &kill]), "")?.expect(0)?;
    Ok(())
}

/// The process that another one waits for.
fn only_child(of: u32) -> Result<u32> {
    let children = fs::read_to_string(format!("/proc/{of}/task/{of}/children"))?;
    let child = children.trim().parse();
    child.with_context(|| format!("process {of} has no one child: {children:?}"))
}
