//! A child process: its output is kept for diagnostics, it is waited for with a deadline and
//! killed by its id when dropped, also while a test panics.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

const POLL: Duration = Duration::from_millis(20);

/// A running child process.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    _stdin: Option<ChildStdin>,
    stdout: Lines,
    stderr: Lines,
}

#[derive(Debug, Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Process {
    /// Starts `command`; `name` stands in every message about it.
    pub fn start(name: &str, command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{name} does not start"))?;
        Ok(Self {
            name: name.to_owned(),
            stdout: Lines::collect(child.stdout.take()),
            stderr: Lines::collect(child.stderr.take()),
            _stdin: child.stdin.take(),
            child,
        })
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks `ready` again and again until it gives a value; an early end or the deadline is an
    /// error that carries the output.
    pub fn wait_for<T>(
        &mut self,
        within: Duration,
        mut ready: impl FnMut(&Self) -> Option<T>,
    ) -> Result<T> {
        let deadline = Instant::now() + within;
        loop {
            if let Some(value) = ready(self) {
                return Ok(value);
            }
            if let Some(status) = self.child.try_wait()? {
                thread::sleep(POLL);
                bail!("{} ended early, {status}\n{}", self.name, self.output());
            }
            if Instant::now() > deadline {
                bail!(
                    "{} is not ready after {within:?}\n{}",
                    self.name,
                    self.output()
                );
            }
            thread::sleep(POLL);
        }
    }

    /// Waits for the end; none where it does not come in time.
    pub fn end(&mut self, within: Duration) -> Result<Option<ExitStatus>> {
        let deadline = Instant::now() + within;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                // what it wrote last is collected by then
                thread::sleep(POLL);
                return Ok(Some(status));
            }
            thread::sleep(POLL);
        }
        Ok(None)
    }

    /// The lines written to standard output so far.
    #[must_use]
    pub fn stdout(&self) -> Vec<String> {
        self.stdout.lock().clone()
    }

    /// Standard output and standard error so far, for people and for canary checks.
    #[must_use]
    pub fn output(&self) -> String {
        let (out, err) = (self.stdout.lock().join("\n"), self.stderr.lock().join("\n"));
        format!(
            "--- {} stdout\n{out}\n--- {} stderr\n{err}\n",
            self.name, self.name
        )
    }

    /// Ends the process at once, as `kill -9` does, and collects it.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        #[expect(
            clippy::print_stderr,
            reason = "the test harness shows it when the test fails"
        )]
        {
            eprintln!("{}", self.output());
        }
    }
}

impl Lines {
    fn collect(pipe: Option<impl Read + Send + 'static>) -> Self {
        let lines = Self::default();
        if let Some(pipe) = pipe {
            let kept = lines.clone();
            thread::spawn(move || {
                let mut reader = BufReader::new(pipe);
                let mut line = Vec::new();
                while reader
                    .read_until(b'\n', &mut line)
                    .is_ok_and(|read| read > 0)
                {
                    kept.lock()
                        .push(String::from_utf8_lossy(&line).trim_end().to_owned());
                    line.clear();
                }
            });
        }
        lines
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn shell(script: &str) -> Result<Process> {
        Process::start("a shell", Command::new("sh").args(["-c", script]))
    }

    #[test]
    fn a_dropped_process_is_gone() -> Result<()> {
        let process = shell("exec sleep 60")?;
        let entry = PathBuf::from(format!("/proc/{}", process.id()));
        assert!(entry.exists());
        drop(process);
        assert!(!entry.exists());
        Ok(())
    }

    #[test]
    fn an_early_end_shows_the_output() -> Result<()> {
        let mut process = shell("echo on stdout; echo on stderr >&2; exit 3")?;
        let ended = process.wait_for(Duration::from_secs(10), |_| None::<()>);
        let message = ended
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        for part in ["exit status: 3", "on stdout", "on stderr"] {
            assert!(message.contains(part), "{message}");
        }
        Ok(())
    }

    #[test]
    fn the_deadline_is_kept() -> Result<()> {
        let mut process = shell("sleep 60")?;
        let ended = process.wait_for(Duration::from_millis(50), |_| None::<()>);
        assert!(ended.is_err_and(|error| error.to_string().contains("not ready")));
        Ok(())
    }
}
