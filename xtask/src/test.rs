//! `cargo xtask test`: every step in order, going on after a failure, then the summary.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::Result;

use crate::peers::{self, Peer};
use crate::summary::{self, Outcome, Step};
use crate::workspace::{self, Workspace};
use crate::{debian, deny, dist, libtest, run, tidy, toolchain};

/// How much is run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Full,
    /// Neither network nor servers.
    Quick,
}

/// Runs all steps; true when the run is good.
pub(crate) fn run(workspace: &Workspace, extent: Extent) -> Result<bool> {
    debian::require(&[&debian::C_COMPILER, &debian::GIT])?;
    toolchain::require(workspace)?;
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
    let mut absent = Vec::new();
    for peer in &peers::ALL {
        let step = step(peer.name, quick, || Ok(installed(workspace, peer)));
        if let Outcome::Skipped(reason) = &step.outcome {
            absent.push((peer, reason.clone()));
        }
        steps.push(step);
    }
    let build = step("build", quick, || cargo("build --locked -p grantd"));
    let ready = build.outcome == Outcome::Ok;
    let needs_binary = || {
        ended(
            Outcome::Skipped("needs the binary".to_owned()),
            String::new(),
        )
    };
    steps.push(build);
    let may_pack = !absent
        .iter()
        .any(|(peer, _)| peer.name == peers::PACKAGES.name);
    if may_pack {
        steps.push(step("pack", quick, || {
            if ready {
                packed(workspace)
            } else {
                Ok(needs_binary())
            }
        }));
    }
    steps.push(step("e2e", quick, || {
        if ready {
            end_to_end(workspace, &absent)
        } else {
            Ok(needs_binary())
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
    // A snapshot that differs fails the test, it is not put beside the accepted one.
    command.env("INSTA_UPDATE", "no");
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
fn installed(workspace: &Workspace, peer: &Peer) -> Step {
    let outcome = match peer.install(workspace) {
        Ok(()) => Outcome::Ok,
        Err(error) => {
            let reason = format!("{error:#}");
            println!("{}: {reason}", peer.name);
            // One line, for it is repeated with each test.
            let reason = reason
                .lines()
                .map(str::trim)
                .collect::<Vec<_>>()
                .join(" / ");
            Outcome::Skipped(reason)
        }
    };
    ended(outcome, String::new())
}

/// Packages of the binary that is tested, for e2e to install.
fn packed(workspace: &Workspace) -> Result<Step> {
    println!("\n$ cargo xtask dist");
    // what an earlier run left is not what is tested
    let _ = std::fs::remove_dir_all(packages(workspace));
    let order = dist::Order {
        binary: Some(workspace.target().join("debug/grantd")),
        into: Some(packages(workspace)),
        compression: dist::Compression::Fast,
    };
    dist::pack(workspace, &order)?;
    Ok(judged(true, String::new()))
}

fn packages(workspace: &Workspace) -> PathBuf {
    workspace.target().join("packages")
}

/// The end-to-end tests, those of absent peers left out and named.
fn end_to_end(workspace: &Workspace, absent: &[(&Peer, String)]) -> Result<Step> {
    const E2E: &str = "test -p e2e --locked --no-fail-fast";
    let mut left_out = Vec::new();
    if !absent.is_empty() {
        let mut list = workspace.cargo(E2E);
        list.args(["--quiet", "--", "--list", "--format", "terse"]);
        let tests = libtest::listed(&run::captured(&mut list)?);
        left_out = needing(&tests, absent);
    }
    let mut command = workspace.cargo(E2E);
    command.env("GRANTD_BIN", workspace.target().join("debug/grantd"));
    command.env("GRANTD_PEERS", workspace.peers());
    command.env("GRANTD_PACKAGES", packages(workspace));
    command.arg("--");
    for (peer, _) in absent {
        command.args(["--skip", &filter(peer)]);
    }
    let step = tested(&mut command)?;
    Ok(with_left_out(step, left_out))
}

/// What a test's name contains that needs the peer.
fn filter(peer: &Peer) -> String {
    format!("{}::", peer.module)
}

/// The tests that need an absent peer, each with the reason.
fn needing(tests: &[String], absent: &[(&Peer, String)]) -> Vec<String> {
    let reason = |test: &String| {
        let needs = |(peer, _): &&(&Peer, String)| test.contains(&filter(peer));
        let (peer, reason) = absent.iter().find(needs)?;
        Some(format!("{test}: needs {}: {reason}", peer.name))
    };
    tests.iter().filter_map(reason).collect()
}

/// Counts tests that were left out as skipped.
fn with_left_out(mut step: Step, left_out: Vec<String>) -> Step {
    if let Some(counts) = &mut step.tests {
        counts.skipped += left_out.len();
    }
    step.ignored.extend(left_out);
    step
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
    fn the_tests_of_an_absent_peer_are_skips_with_their_reason() {
        let tests = [
            "egress::denied",
            "peers::glewlwyd::raw",
            "glewlwyd::cli::raw",
        ];
        let tests = tests.map(str::to_owned);
        let peer = peers::ALL.iter().find(|peer| peer.name == "glewlwyd");
        let absent = [(peer.unwrap(), "no package".to_owned())];
        let left_out = needing(&tests, &absent);
        let expected = [
            "peers::glewlwyd::raw: needs glewlwyd: no package",
            "glewlwyd::cli::raw: needs glewlwyd: no package",
        ];
        assert_eq!(left_out, expected);
        let ran = shell("echo 'test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured'");
        let step = with_left_out(ran, left_out);
        assert_eq!(step.tests.unwrap().skipped, 2);
        assert_eq!(step.ignored, expected);
        assert!(summary::is_good(std::slice::from_ref(&step), false));
        assert!(!summary::is_good(&[step], true));
    }

    #[test]
    fn tests_never_accept_snapshots() {
        let good = "echo 'test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured'";
        let step = shell(&format!("test \"$INSTA_UPDATE\" = no && {good}"));
        assert_eq!(step.outcome, Outcome::Ok);
    }

    #[test]
    fn what_is_left_out_does_not_run() {
        let step = step("it", true, || anyhow::bail!("ran"));
        assert_eq!(step.outcome, Outcome::LeftOut);
    }
}
