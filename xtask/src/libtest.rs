//! What the output of `cargo test` says: counts, failing tests, ignored tests.

use std::collections::BTreeSet;
use std::ops::AddAssign;

/// How many tests ended which way.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// The results of all test binaries of one `cargo test`.
#[derive(Default)]
pub(crate) struct Results {
    pub(crate) counts: Counts,
    pub(crate) failing: BTreeSet<String>,
    pub(crate) ignored: BTreeSet<String>,
    /// What the failing tests printed, the first lines of each.
    pub(crate) details: String,
}

/// How much of what a failing test printed is kept.
const DETAIL_LINES: usize = 15;

/// Reads the output of `cargo test`, of one or many test binaries.
pub(crate) fn results(output: &str) -> Results {
    let mut results = Results::default();
    // How many more lines of the failing test being described are kept.
    let mut details = 0;
    for line in output.lines() {
        if line.starts_with("---- ") {
            details = DETAIL_LINES;
        } else if line == "failures:" {
            details = 0;
        }
        if details > 0 {
            details -= 1;
            results.details.extend([line, "\n"]);
        }
        if let Some((_, counts)) = line.split_once("test result: ") {
            results.counts += summary_line(counts);
        } else if let Some(name) = between(line, "---- ", " stdout ----") {
            results.failing.insert(name.to_owned());
        } else if let Some(name) = between(line, "error: test failed, to rerun pass `", "`") {
            results.failing.insert(format!("cargo test {name}"));
        } else if let Some((name, outcome)) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.split_once(" ... "))
        {
            if outcome.ends_with("FAILED") {
                results.failing.insert(name.to_owned());
            } else if outcome.starts_with("ignored") {
                results.ignored.insert(name.to_owned());
            }
        }
    }
    results
}

/// The names that `--list --format terse` prints.
pub(crate) fn listed(output: &str) -> Vec<String> {
    output
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(str::to_owned)
        .collect()
}

/// `ok. 3 passed; 1 failed; 2 ignored; 0 measured; …`
fn summary_line(line: &str) -> Counts {
    let mut counts = Counts::default();
    for part in line.split([';', '.']) {
        let mut words = part.split_whitespace();
        let (Some(Ok(number)), Some(what)) = (words.next().map(str::parse), words.next()) else {
            continue;
        };
        match what {
            "passed" => counts.passed = number,
            "failed" => counts.failed = number,
            "ignored" => counts.skipped = number,
            _ => {}
        }
    }
    counts
}

fn between<'a>(line: &'a str, before: &str, after: &str) -> Option<&'a str> {
    line.strip_prefix(before)?.strip_suffix(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "
     Running unittests src/lib.rs (target/debug/deps/a-1)
running 3 tests
test scope::parses ... ok
test scope::breaks ... FAILED
test slow ... ignored, needs a day

failures:

---- scope::breaks stdout ----
thread panicked

failures:
    scope::breaks

test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
error: test failed, to rerun pass `-p a --lib`
     Running tests/it/main.rs (target/debug/deps/it-2)
test result: ok. 40 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s
";

    #[test]
    fn counts_are_summed_over_the_binaries() {
        let expected = Counts {
            passed: 41,
            failed: 1,
            skipped: 1,
        };
        assert_eq!(results(OUTPUT).counts, expected);
    }

    #[test]
    fn failing_and_ignored_tests_are_named() {
        let results = results(OUTPUT);
        assert_eq!(
            Vec::from_iter(results.failing),
            ["cargo test -p a --lib", "scope::breaks"]
        );
        assert_eq!(Vec::from_iter(results.ignored), ["slow"]);
        assert_eq!(
            results.details,
            "---- scope::breaks stdout ----\nthread panicked\n\n"
        );
    }

    #[test]
    fn listed_tests_are_named() {
        assert_eq!(
            listed("a::b: test\nc: benchmark\n\nd: test\n"),
            ["a::b", "d"]
        );
    }

    #[test]
    fn a_crashed_binary_is_named_by_how_to_run_it_again() {
        let results = results("error: test failed, to rerun pass `-p a --test it`\n(signal: 6)");
        assert_eq!(
            Vec::from_iter(results.failing),
            ["cargo test -p a --test it"]
        );
    }
}
