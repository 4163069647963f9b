//! Runs the binary with an environment of its own, each step with a deadline.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long any step may take.
const DEADLINE: Duration = Duration::from_secs(30);
/// How often it is looked whether a step has ended.
const LOOK: Duration = Duration::from_millis(20);

/// The secret of the documented example.
#[cfg(feature = "demo")]
pub(crate) const SECRET: &str = "jhyun/ku[ojubbj]/jhgfdrg^7*dfg&jkiu#bjshdm,ktttdg";

/// A home folder of its own.
pub(crate) struct Home {
    folder: TempDir,
    count: AtomicU32,
}

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its exit code.
    pub(crate) code: i32,
    /// Its standard output.
    pub(crate) out: String,
    /// Its standard error.
    pub(crate) err: String,
}

impl Ended {
    /// Its output, after it succeeded.
    pub(crate) fn succeeded(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// Its error text, after it failed with this code and printed no result.
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.out, "", "{self:?}");
        self.err
    }
}

impl Home {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            count: AtomicU32::new(0),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The state folder that serves of this home use.
    pub(crate) fn state(&self) -> PathBuf {
        self.path("state")
    }

    /// Writes a file for its owner alone.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
        path
    }

    /// A command with nothing in its environment but this home.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_grantd"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("TMPDIR", self.folder.path())
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs a command on the state folder of this home to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        let state = self.state();
        let mut command = self.command(&["--state-dir", state.to_str().unwrap()]);
        command.args(arguments);
        self.to_end(command)
    }

    /// Runs a command with this text on its standard input.
    #[cfg(feature = "demo")]
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Ended {
        let path = self.write("input", input);
        let state = self.state();
        let mut command = self.command(&["--state-dir", state.to_str().unwrap()]);
        command.args(arguments).stdin(File::open(path).unwrap());
        self.to_end(command)
    }

    /// Runs a command to its end.
    pub(crate) fn to_end(&self, command: Command) -> Ended {
        let mut running = self.start(command);
        let code = running.wait();
        Ended {
            code,
            out: running.out(),
            err: running.err(),
        }
    }

    /// Runs a command whose standard output nobody reads any more.
    pub(crate) fn without_reader(&self, mut command: Command) -> Ended {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let err = self.path("err-without-reader");
        command.stdout(writer).stderr(File::create(&err).unwrap());
        let mut running = Running {
            child: command.spawn().unwrap(),
            out: self.write("out-without-reader", ""),
            err,
        };
        Ended {
            code: running.wait(),
            out: running.out(),
            err: running.err(),
        }
    }

    /// Starts a command.
    pub(crate) fn start(&self, mut command: Command) -> Running {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let (out, err) = (
            self.path(&format!("out-{number}")),
            self.path(&format!("err-{number}")),
        );
        command
            .stdout(File::create(&out).unwrap())
            .stderr(File::create(&err).unwrap());
        Running {
            child: command.spawn().unwrap(),
            out,
            err,
        }
    }

    /// Serves this home's state folder on a free port, and waits until it listens.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Running {
        self.serve_in(&self.state(), arguments)
    }

    /// Serves another state folder of this home.
    pub(crate) fn serve_in(&self, state: &Path, arguments: &[&str]) -> Running {
        let running = self.start(self.serve_command_in(state, arguments));
        running.wait_for(|running| running.err().contains("listening on http"));
        running
    }

    /// The command that serves this home's state folder on a free port.
    pub(crate) fn serve_command(&self, arguments: &[&str]) -> Command {
        self.serve_command_in(&self.state(), arguments)
    }

    /// The command that serves another state folder of this home on a free port.
    pub(crate) fn serve_command_in(&self, state: &Path, arguments: &[&str]) -> Command {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command
            .args(["--state-dir".as_ref(), state.as_os_str()])
            .args(arguments)
            .env("GRANTD_LOG_FORMAT", "human");
        command
    }
}

/// A command that runs; it is killed when this is dropped.
pub(crate) struct Running {
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

impl Running {
    /// A line of its status as the kernel tells it, such as `VmHWM`, in KiB.
    pub(crate) fn status(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn out(&self) -> String {
        fs::read_to_string(&self.out).unwrap()
    }

    pub(crate) fn err(&self) -> String {
        fs::read_to_string(&self.err).unwrap()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until something holds, and fails when the process ends first.
    pub(crate) fn wait_for(&self, holds: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !holds(self) {
            assert!(
                begin.elapsed() < DEADLINE && !self.err().contains("grantd: "),
                "out: {}\nerr: {}",
                self.out(),
                self.err()
            );
            std::thread::sleep(LOOK);
        }
    }

    /// Waits for the end, and returns the exit code.
    pub(crate) fn wait(&mut self) -> i32 {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            assert!(
                begin.elapsed() < DEADLINE,
                "it does not end: {}",
                self.err()
            );
            std::thread::sleep(LOOK);
        }
    }

    /// Sends a signal to this process alone.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Sends a signal to this process alone, and returns its exit code.
    pub(crate) fn end_by(&mut self, signal: Signal) -> i32 {
        let id = Pid::from_child(&self.child);
        kill_process(id, signal).unwrap();
        self.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // it may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sets the permission bits of a file or folder.
pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The permission bits of a file or folder.
pub(crate) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// The part of a text between two others.
pub(crate) fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap();
    rest.split_once(after).unwrap().0
}
