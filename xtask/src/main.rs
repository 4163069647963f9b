//! The one entry for every task of this repository: `cargo xtask --help`.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on stdout")]
#![expect(
    clippy::disallowed_methods,
    reason = "a developer tool reads files, environment and clock by itself"
)]

mod bench;
mod crash;
mod debian;
mod deny;
mod dist;
mod figures;
mod fuzz;
mod libtest;
mod peers;
mod run;
mod soak;
mod summary;
mod test;
mod tidy;
mod toolchain;
mod tools;
mod workspace;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

const HELP: &str = "\
cargo xtask TASK

  test [--quick]               every check and test; --quick: what needs neither network nor servers
  tidy [--bless]               the rules of the house; --bless records new migrations and callers
  deny                         licences, bans and sources of dependencies
  advisories                   known vulnerabilities of dependencies (reads the advisory database)
  peers                        installs what e2e works with, pinned, under target/peers
  bench                        measures a cached token beside nginx; takes some minutes
  bench console [COUNT]        measures every page of the console over 10,000 credentials
  bench mail                   measures email listeners beside exchangelib; takes some minutes
  bench proxy [PART...]        measures HTTP consumers beside nginx and Envoy, all or some parts: plain,
                               features, tls, bodies, http2, consumers, idle, streams
  bench start                  measures a start over 1,000 credentials: until ready, and memory
  bench sources [COUNT]        measures 10,000 credentials over one vault at a cold start
  crash                        kills grantd 200 times at writing, migrating, restoring and applying
  soak                         kills a listener 500 times at its work; takes some minutes
  soak faults                  injects faults at the authorization server; takes 10 minutes
  dist [--binary FILE] [--into FOLDER]
                               tarball, Debian package and container of a release build, or of FILE
  fuzz [TARGET] [--seconds N]  fuzzes one target or all of them, 60 seconds each unless told
  help                         this text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match perform(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one task; false when it ran and found something wrong.
fn perform(arguments: &[String]) -> Result<bool> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] | ["help" | "--help" | "-h", ..] | [_, "--help" | "-h"] => {
            println!("{HELP}");
            Ok(true)
        }
        ["test"] => test::run(&Workspace::find()?, test::Extent::Full),
        ["test", "--quick"] => test::run(&Workspace::find()?, test::Extent::Quick),
        ["tidy"] => tidy::run(&Workspace::find()?),
        ["tidy", "--bless"] => tidy::bless(&Workspace::find()?),
        ["deny"] => deny::policy(&Workspace::find()?),
        ["advisories"] => deny::advisories(&Workspace::find()?),
        ["peers"] => Ok(peers::install(&Workspace::find()?)),
        ["bench"] => bench::run(&Workspace::find()?),
        ["bench", "console"] => bench::console::run(&Workspace::find()?, None),
        ["bench", "console", count] => bench::console::run(&Workspace::find()?, Some(count)),
        ["bench", "sources"] => bench::sources::run(&Workspace::find()?, None),
        ["bench", "sources", count] => bench::sources::run(&Workspace::find()?, Some(count)),
        ["bench", "proxy", parts @ ..] => bench::proxy::run(&Workspace::find()?, parts),
        ["bench", "start"] => bench::start::run(&Workspace::find()?),
        ["bench", "mail"] => bench::mail::run(&Workspace::find()?),
        ["soak"] => soak::listener(&Workspace::find()?),
        ["soak", "faults"] => soak::faults(&Workspace::find()?),
        ["crash"] => crash::run(&Workspace::find()?),
        ["dist", rest @ ..] => dist::run(&Workspace::find()?, &dist::Order::parse(rest)?),
        ["fuzz", rest @ ..] => {
            let (target, seconds) = fuzz_arguments(rest)?;
            fuzz::run(&Workspace::find()?, target, seconds)
        }
        _ => bail!("not a task: {}\n\n{HELP}", arguments.join(" ")),
    }
}

/// The target, if one is named, and the seconds for each.
fn fuzz_arguments<'a>(arguments: &[&'a str]) -> Result<(Option<&'a str>, u32)> {
    let (target, rest) = match arguments {
        [first, rest @ ..] if !first.starts_with('-') => (Some(*first), rest),
        rest => (None, rest),
    };
    match rest {
        [] => Ok((target, 60)),
        ["--seconds", seconds] => {
            let seconds = seconds
                .parse()
                .with_context(|| format!("--seconds {seconds}"))?;
            Ok((target, seconds))
        }
        _ => bail!("expected: fuzz [TARGET] [--seconds N]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fuzz_takes_a_target_and_seconds_in_this_order() {
        assert_eq!(fuzz_arguments(&[]).unwrap(), (None, 60));
        assert_eq!(fuzz_arguments(&["url"]).unwrap(), (Some("url"), 60));
        assert_eq!(fuzz_arguments(&["--seconds", "5"]).unwrap(), (None, 5));
        assert_eq!(
            fuzz_arguments(&["url", "--seconds", "5"]).unwrap(),
            (Some("url"), 5)
        );
        assert!(fuzz_arguments(&["url", "--seconds", "long"]).is_err());
        assert!(fuzz_arguments(&["url", "other"]).is_err());
    }

    #[test]
    fn an_unknown_task_is_an_error_that_lists_the_tasks() {
        let error = perform(&["tset".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("not a task: tset") && error.contains("tidy [--bless]"));
    }
}
