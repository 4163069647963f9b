//! The end of `cargo xtask test`: a table, one line of counts, and what failed.

use std::fmt::Write as _;

use crate::libtest::Counts;

/// How many lines of a failing step's output are repeated at the end.
const TAIL: usize = 40;

/// How a step ended.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    Ok,
    Failed,
    /// It could not be run here, and why.
    Skipped(String),
    /// It was not asked for.
    LeftOut,
}

/// One step of the run, ended.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) outcome: Outcome,
    pub(crate) seconds: f64,
    /// Set when the step ran tests.
    pub(crate) tests: Option<Counts>,
    /// Names of what failed inside the step.
    pub(crate) failing: Vec<String>,
    /// Names of what did not run inside the step, with the reason where one is known.
    pub(crate) ignored: Vec<String>,
    pub(crate) output: String,
}

impl Step {
    /// What the step adds to the sum: its tests, or itself as one.
    fn counts(&self) -> Counts {
        let itself = match self.outcome {
            Outcome::Ok => Counts {
                passed: 1,
                ..Counts::default()
            },
            Outcome::Failed => Counts {
                failed: 1,
                ..Counts::default()
            },
            Outcome::Skipped(_) => Counts {
                skipped: 1,
                ..Counts::default()
            },
            Outcome::LeftOut => Counts::default(),
        };
        match self.tests {
            // Tests that did not build, or a crash: the step counts as the failure.
            Some(tests) if self.outcome == Outcome::Failed && tests.failed == 0 => {
                Counts { failed: 1, ..tests }
            }
            Some(tests) => tests,
            None => itself,
        }
    }
}

/// Whether the run is good; unattended, a skip is as bad as a failure.
pub(crate) fn is_good(steps: &[Step], in_ci: bool) -> bool {
    let failed = steps.iter().any(|step| step.outcome == Outcome::Failed);
    let skipped = steps
        .iter()
        .map(|step| step.counts().skipped)
        .sum::<usize>();
    !failed && (skipped == 0 || !in_ci)
}

/// The whole text; its last lines name what failed.
pub(crate) fn text(steps: &[Step], in_ci: bool) -> String {
    let mut text = String::new();
    let width = steps.iter().map(|step| step.name.len()).max().unwrap_or(0);
    let mut sum = Counts::default();
    for step in steps {
        sum += step.counts();
        let outcome = match &step.outcome {
            Outcome::Ok => "ok".to_owned(),
            Outcome::Failed => "FAILED".to_owned(),
            Outcome::Skipped(reason) => format!("skipped: {reason}"),
            Outcome::LeftOut => "left out by --quick".to_owned(),
        };
        let tests = step.tests.map_or(String::new(), |counts| {
            let Counts {
                passed,
                failed,
                skipped,
            } = counts;
            format!(" ({passed} passed, {failed} failed, {skipped} skipped)")
        });
        let _ = writeln!(
            text,
            "{:width$}  {:>6.1} s  {outcome}{tests}",
            step.name, step.seconds
        );
    }
    for step in steps {
        for name in &step.ignored {
            let _ = writeln!(text, "skipped: {}: {name}", step.name);
        }
    }
    let _ = writeln!(
        text,
        "{} passed, {} failed, {} skipped",
        sum.passed, sum.failed, sum.skipped
    );
    text.push_str(&what_failed(steps, in_ci));
    text
}

/// Tails of the failing steps, then one `failed: …` line for each thing.
fn what_failed(steps: &[Step], in_ci: bool) -> String {
    let (mut tails, mut names) = (String::new(), String::new());
    for step in steps {
        if step.outcome == Outcome::Failed {
            let _ = writeln!(tails, "\n--- {}, last lines:", step.name);
            let lines: Vec<&str> = step.output.lines().collect();
            for line in &lines[lines.len().saturating_sub(TAIL)..] {
                let _ = writeln!(tails, "{line}");
            }
            let _ = writeln!(names, "failed: {}", step.name);
            for name in &step.failing {
                let _ = writeln!(names, "failed: {}: {name}", step.name);
            }
        }
        if in_ci {
            if let Outcome::Skipped(reason) = &step.outcome {
                let _ = writeln!(names, "failed: {} was skipped: {reason}", step.name);
            }
            for name in &step.ignored {
                let _ = writeln!(names, "failed: {} skipped {name}", step.name);
            }
        }
    }
    if names.is_empty() {
        names
    } else {
        format!("{tails}\n{names}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &'static str, outcome: Outcome) -> Step {
        Step {
            name,
            outcome,
            seconds: 1.25,
            tests: None,
            failing: Vec::new(),
            ignored: Vec::new(),
            output: String::new(),
        }
    }

    fn tests(outcome: Outcome, passed: usize, failed: usize, skipped: usize) -> Step {
        Step {
            tests: Some(Counts {
                passed,
                failed,
                skipped,
            }),
            ..step("test", outcome)
        }
    }

    #[test]
    fn tests_are_summed_and_every_other_step_counts_as_one() {
        let steps = [
            step("fmt", Outcome::Ok),
            tests(Outcome::Ok, 40, 0, 2),
            step("e2e", Outcome::LeftOut),
        ];
        let text = text(&steps, false);
        assert!(
            text.ends_with("\n41 passed, 0 failed, 2 skipped\n"),
            "{text}"
        );
        assert!(
            text.contains("e2e      1.2 s  left out by --quick"),
            "{text}"
        );
        assert!(is_good(&steps, false));
    }

    #[test]
    fn tests_that_did_not_build_count_as_one_failure() {
        let steps = [tests(Outcome::Failed, 0, 0, 0)];
        assert!(text(&steps, false).contains("0 passed, 1 failed, 0 skipped"));
    }

    #[test]
    fn the_last_lines_name_what_failed() {
        let failing = vec!["scope::breaks".to_owned()];
        let output = "first\nlast".to_owned();
        let steps = [Step {
            failing,
            output,
            ..tests(Outcome::Failed, 1, 1, 0)
        }];
        let text = text(&steps, false);
        let expected =
            "\n--- test, last lines:\nfirst\nlast\n\nfailed: test\nfailed: test: scope::breaks\n";
        assert!(text.ends_with(expected), "{text}");
        assert!(!is_good(&steps, false));
    }

    #[test]
    fn a_skip_is_a_failure_only_when_unattended() {
        let steps = [step("peers", Outcome::Skipped("no python3".to_owned()))];
        assert!(is_good(&steps, false) && !is_good(&steps, true));
        assert!(text(&steps, false).ends_with("0 passed, 0 failed, 1 skipped\n"));
        assert!(text(&steps, true).ends_with("failed: peers was skipped: no python3\n"));
    }

    #[test]
    fn an_ignored_test_is_named_and_a_failure_when_unattended() {
        let ignored = vec!["slow".to_owned()];
        let steps = [Step {
            ignored,
            ..tests(Outcome::Ok, 1, 0, 1)
        }];
        assert!(is_good(&steps, false) && !is_good(&steps, true));
        assert!(text(&steps, true).ends_with("failed: test skipped slow\n"));
        let table = "s  ok (1 passed, 0 failed, 1 skipped)\nskipped: test: slow\n\
                     1 passed, 0 failed, 1 skipped\n";
        assert!(text(&steps, false).ends_with(table));
    }

    #[test]
    fn what_quick_leaves_out_is_no_failure() {
        assert!(is_good(&[step("e2e", Outcome::LeftOut)], true));
    }
}
