//! `cargo xtask test`: every step in order, going on after a failure, then the summary.

use std::process::Command;
use std::time::Instant;

use anyhow::Result;

use crate::summary::{self, Outcome, Step};
use crate::workspace::{self, Workspace};
use crate::{debian, deny, libtest, peers, run, tidy};

/// How much is run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Full,
    /// Neither network nor servers.
    Quick,
}

/// Runs all steps; true when the run is good.
pub(crate) fn run(workspace: &Workspace, extent: Extent) -> Result<bool> {
    debian::require(&[&debian::C_COMPILER])?;
    let mut steps = Vec::new();
    let quick = extent == Extent::Quick;
    let cargo = |arguments: &str| checked(&mut workspace.cargo(arguments));

    steps.push(step("fetch", quick, || cargo("fetch --locked")));
    steps.push(step("fmt", false, || {
        cargo("fmt --all --check -- --color never")
    }));
    steps.push(step("clippy", false, || {
        cargo("clippy --workspace --all-targets --locked -- -D warnings")
    }));
    steps.push(step("clippy, no features", false, || {
        cargo("clippy -p grantd --no-default-features --all-targets --locked -- -D warnings")
    }));
    steps.push(step("tidy", false, || tidied(workspace)));
    steps.push(step("deny", quick, || denied(workspace)));
    steps.push(step("test", false, || {
        const ALL: &str = "test --workspace --all-targets --locked --exclude e2e --no-fail-fast";
        tested(&mut workspace.cargo(ALL))
    }));
    steps.push(step("peers", quick, || Ok(installed(workspace))));
    steps.push(step("build", quick, || cargo("build --locked -p grantd")));
    let ready = steps
        .iter()
        .rev()
        .take(2)
        .all(|step| step.outcome == Outcome::Ok);
    steps.push(step("e2e", quick, || {
        if ready {
            end_to_end(workspace)
        } else {
            Ok(not_ready())
        }
    }));

    let in_ci = workspace::in_ci();
    println!("\n{}", summary::text(&steps, in_ci).trim_end());
    Ok(summary::is_good(&steps, in_ci))
}

/// Runs and times one step; an error is a failure with its text as output.
fn step(name: &'static str, left_out: bool, perform: impl FnOnce() -> Result<Step>) -> Step {
    if left_out {
        return Step {
            name,
            ..ended(Outcome::LeftOut, String::new())
        };
    }
    let started = Instant::now();
    let step = perform().unwrap_or_else(|error| {
        println!("error: {error:#}");
        ended(Outcome::Failed, format!("{error:#}"))
    });
    Step {
        name,
        seconds: started.elapsed().as_secs_f64(),
        ..step
    }
}

fn ended(outcome: Outcome, output: String) -> Step {
    let (failing, ignored) = (Vec::new(), Vec::new());
    Step {
        name: "",
        outcome,
        seconds: 0.0,
        tests: None,
        failing,
        ignored,
        output,
    }
}

fn judged(ok: bool, output: String) -> Step {
    ended(if ok { Outcome::Ok } else { Outcome::Failed }, output)
}

fn checked(command: &mut Command) -> Result<Step> {
    let finished = run::streamed(command)?;
    Ok(judged(finished.ok, finished.output))
}

/// A command that runs tests: it must end well and have run at least one.
fn tested(command: &mut Command) -> Result<Step> {
    let run::Finished { ok, mut output } = run::streamed(command)?;
    let results = libtest::results(&output);
    let some_ran = results.counts.passed + results.counts.failed > 0;
    if ok && !some_ran {
        output.push_str("no test ran\n");
    }
    if !results.details.is_empty() {
        output = results.details;
    }
    Ok(Step {
        tests: Some(results.counts),
        failing: results.failing.into_iter().collect(),
        ignored: results.ignored.into_iter().collect(),
        ..judged(ok && some_ran, output)
    })
}

fn tidied(workspace: &Workspace) -> Result<Step> {
    println!("\n$ cargo xtask tidy");
    let findings = tidy::findings(workspace)?;
    print!("{findings}");
    Ok(judged(findings.problems.is_empty(), findings.to_string()))
}

fn denied(workspace: &Workspace) -> Result<Step> {
    checked(&mut deny::policy_command(workspace)?)
}

/// A peer that cannot be installed here is a skip with its reason.
fn installed(workspace: &Workspace) -> Step {
    match peers::install(workspace) {
        Ok(()) => ended(Outcome::Ok, String::new()),
        Err(error) => ended(Outcome::Skipped(format!("{error:#}")), String::new()),
    }
}

fn end_to_end(workspace: &Workspace) -> Result<Step> {
    let mut command = workspace.cargo("test -p e2e --locked --no-fail-fast");
    command.env("GRANTD_BIN", workspace.target().join("debug/grantd"));
    command.env("GRANTD_PEERS", workspace.peers());
    tested(&mut command)
}

fn not_ready() -> Step {
    ended(
        Outcome::Skipped("needs the peers and the binary".to_owned()),
        String::new(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Step {
        step("it", false, || {
            tested(Command::new("sh").args(["-c", script]))
        })
    }

    #[test]
    fn a_test_step_in_which_no_test_ran_has_failed() {
        let step = shell("echo 'test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured'");
        assert_eq!(step.outcome, Outcome::Failed);
        assert!(step.output.ends_with("no test ran\n"));
    }

    #[test]
    fn a_test_step_that_exits_badly_has_failed_whatever_it_printed() {
        let good = "echo 'test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured'";
        assert_eq!(shell(good).outcome, Outcome::Ok);
        assert_eq!(shell(&format!("{good}; exit 101")).outcome, Outcome::Failed);
    }

    #[test]
    fn a_step_that_cannot_start_has_failed_with_the_reason() {
        let step = step("it", false, || {
            checked(&mut Command::new("no-such-program-here"))
        });
        assert_eq!(step.outcome, Outcome::Failed);
        assert!(step.output.contains("cannot start: no-such-program-here"));
    }

    #[test]
    fn what_is_left_out_does_not_run() {
        let step = step("it", true, || anyhow::bail!("ran"));
        assert_eq!(step.outcome, Outcome::LeftOut);
    }
}
