//! Child processes: shown while they run, and remembered.

use std::io::{BufRead, BufReader, PipeReader};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long output is waited for once the child itself has ended.
const STRAGGLERS: Duration = Duration::from_secs(3);

/// A child that has ended.
pub(crate) struct Finished {
    pub(crate) ok: bool,
    /// stdout and stderr in the order they came.
    pub(crate) output: String,
}

/// Runs a command, showing its output as it comes and keeping a copy.
pub(crate) fn streamed(command: &mut Command) -> Result<Finished> {
    let line = command_line(command);
    println!("\n$ {line}");
    let (reader, writer) = std::io::pipe()?;
    command
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start: {line}"))?;
    // The command holds the writing ends; while it does, the pipe never ends.
    command.stdout(Stdio::null()).stderr(Stdio::null());

    let output = Arc::new(Mutex::new(String::new()));
    let copying = std::thread::spawn({
        let output = Arc::clone(&output);
        move || copy(reader, &output)
    });
    let status = child.wait()?;
    let ended = Instant::now();
    while !copying.is_finished() && ended.elapsed() < STRAGGLERS {
        std::thread::sleep(Duration::from_millis(5));
    }
    if !copying.is_finished() {
        println!("note: a process started by `{line}` still runs and holds its output open");
    }
    let output = output
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    Ok(Finished {
        ok: status.success(),
        output,
    })
}

/// Runs a command that must succeed, showing it; `what` names it in the error.
pub(crate) fn must_succeed(command: &mut Command, what: &str) -> Result<()> {
    let finished = streamed(command)?;
    if finished.ok {
        return Ok(());
    }
    bail!("{what} failed: {}", telling_line(&finished.output))
}

/// The first lines that speak of an error, or else the last one.
fn telling_line(output: &str) -> String {
    const BARE: &[&str] = &["error", "npm error"];
    let mut lines = output
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let is_telling =
        |line: &&str| line.to_ascii_lowercase().contains("error") && !BARE.contains(line);
    let telling: Vec<&str> = lines.clone().filter(is_telling).take(2).collect();
    if telling.is_empty() {
        return lines.next_back().unwrap_or("no output").to_owned();
    }
    telling.join(" / ")
}

/// Runs a command quietly and returns its stdout; its stderr becomes the error.
pub(crate) fn captured(command: &mut Command) -> Result<String> {
    let line = command_line(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start: {line}"))?;
    if !output.status.success() {
        bail!("{line}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The command as one would type it, program by its last name.
fn command_line(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let program = program.file_name().unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn copy(reader: PipeReader, output: &Mutex<String>) {
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    while reader
        .read_until(b'\n', &mut line)
        .is_ok_and(|read| read > 0)
    {
        let text = String::from_utf8_lossy(&line).into_owned();
        print!("{text}");
        output
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_str(&text);
        line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_streams_are_kept_in_order_with_the_exit_status() {
        let script = "echo one; echo two >&2; echo three; exit 4";
        let finished = streamed(Command::new("sh").args(["-c", script])).unwrap();
        assert_eq!(finished.output, "one\ntwo\nthree\n");
        assert!(!finished.ok);
    }

    #[test]
    fn a_process_left_behind_does_not_hold_the_run_up() {
        let started = Instant::now();
        let finished = streamed(Command::new("sh").args(["-c", "sleep 20 & echo done"])).unwrap();
        assert!(finished.ok && finished.output == "done\n");
        assert!(started.elapsed() < Duration::from_secs(15));
    }

    #[test]
    fn a_failure_carries_its_telling_line() {
        let pip = "start\nERROR: no such thing\nlog kept in x";
        assert_eq!(telling_line(pip), "ERROR: no such thing");
        let npm = "npm error code E1\nnpm error\nnpm error not in sync\nnpm error usage";
        assert_eq!(
            telling_line(npm),
            "npm error code E1 / npm error not in sync"
        );
        let error = must_succeed(
            Command::new("sh").args(["-c", "echo no; echo why; exit 1"]),
            "it",
        );
        assert_eq!(error.unwrap_err().to_string(), "it failed: why");
    }
}
