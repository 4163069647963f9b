//! `grantd import`.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args;
use http::Method;
use serde_json::Value;

use super::Context;
use super::listing::text;
use super::one_secret::note_exposed;
use crate::client::{Call, Event};
use crate::failure::{Failure, one_line};
use crate::files;
use crate::output::{self, OutputFormat};

/// The largest file, in bytes.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Add the credentials of a CSV file, all of them or nothing
///
/// The first line names the columns: members of a credential such as `name`, `client_id`, `client_secret`,
/// `token_endpoint`, `scope`; one within a member with a point, such as `labels.team` or
/// `client_secret_reference.path`. Lists are divided by spaces, fields by commas or semicolons.
///
/// A row whose credential is there already is left alone if it is the same, its secrets aside; a row that is wrong is reported
/// with its line and column, and nothing is imported, unless --skip-bad-rows is given.
///
/// The exit code is 0 if all rows are imported, 1 if --skip-bad-rows left some out or the import ended early,
/// and 2 if nothing was imported because rows are wrong.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The CSV file, in UTF-8, or `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Import the other rows where some are wrong
    #[arg(long)]
    skip_bad_rows: bool,
}

impl Import {
    /// Imports.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let shown = self.file.display();
        let bytes = files::read_bytes(&self.file, MOST_BYTES)
            .map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
        if !files::is_standard(&self.file)
            && holds_secrets(bytes.expose())
            && let Ok(Some(standing)) = files::standing(&self.file)
        {
            note_exposed(&self.file, standing.mode);
        }
        let client = context.client()?;
        let call = Call::new(Method::POST, &["imports"])
            .query("skip_bad_rows", self.skip_bad_rows.then_some(true))
            .csv(bytes)
            .patient();
        let mut progress = Progress::default();
        let imported = crate::lifecycle::run_briefly(client.stream(call, |event| {
            progress.tell(event);
            Ok(())
        }));
        progress.end();
        let report = imported.map_err(|failure| self.placed(failure))?;
        if context.output == OutputFormat::Json {
            output::print_json(&report)?;
        } else {
            output::print(&told(&report, &self.file))?;
        }
        outcome(&report)
    }

    /// Names what is wrong by file and line.
    fn placed(&self, mut failure: Failure) -> Failure {
        for (place, _) in failure.fields_mut() {
            if let Some(line) = place.strip_prefix('/') {
                *place = format!("{}:{line}", self.file.display());
            }
        }
        failure
    }
}

/// Whether a column of the first line is one of secrets.
fn holds_secrets(file: &[u8]) -> bool {
    let line = file.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let columns = line.split(|byte| matches!(byte, b',' | b';'));
    let mut columns = columns.map(<[u8]>::trim_ascii);
    columns.any(|it| {
        let it = it.strip_prefix(b"\xef\xbb\xbf").unwrap_or(it);
        let it = it.strip_prefix(b"\"").unwrap_or(it);
        let is_secret = it.strip_prefix(b"client_secret");
        is_secret.is_some_and(|rest| !rest.starts_with(b"_")) || it.starts_with(b"headers.")
    })
}

/// How far it is, told at a terminal.
#[derive(Default)]
struct Progress {
    is_shown: bool,
}

impl Progress {
    fn tell(&mut self, event: &Event) {
        if event.name == "progress" && io::stderr().is_terminal() {
            self.is_shown = true;
            let number = |name: &str| event.data[name].as_u64().unwrap_or_default();
            output::complain(&format!("\r{} of {} rows", number("rows"), number("of")));
        }
    }

    fn end(&self) {
        if self.is_shown {
            output::complain("\n");
        }
    }
}

/// The rows that are wrong, then how many became what.
fn told(report: &Value, file: &Path) -> String {
    let mut lines = String::new();
    for row in report["items"].as_array().into_iter().flatten() {
        for fault in row["errors"].as_array().into_iter().flatten() {
            let column = text(&fault["column"]);
            let column = if column.is_empty() {
                column
            } else {
                format!("{column}: ")
            };
            let line = format!(
                "{}:{}: {column}{}",
                file.display(),
                row["line"],
                text(&fault["detail"])
            );
            lines.push_str(&one_line(&line));
            lines.push('\n');
        }
    }
    let count = |name: &str| report[name].as_u64().unwrap_or_default();
    let (rows, created) = (count("rows"), count("created"));
    let (unchanged, refused) = (count("unchanged"), count("refused"));
    let what = if rows == 1 { "row" } else { "rows" };
    lines + &format!("{rows} {what}: {created} added, {unchanged} as they are, {refused} refused\n")
}

fn outcome(report: &Value) -> Result<(), Failure> {
    let refused = report["refused"].as_u64().unwrap_or_default();
    match (report["result"].as_str(), refused) {
        (Some("done"), 0) => Ok(()),
        (Some("done"), 1) => Err(Failure::refused("1 row was left out")),
        (Some("done"), refused) => Err(Failure::refused(format!("{refused} rows were left out"))),
        (Some("stopped"), _) => {
            let problem = &report["problem"];
            let detail = problem["detail"].as_str().or(problem["title"].as_str());
            let detail = detail.unwrap_or_default();
            Err(
                Failure::refused(format!("the import ended early: {detail}"))
                    .with_remedy("What was added stays; import the file again for the rest."),
            )
        }
        (_, refused) => Err(Failure::usage(format!(
            "{refused} {} wrong; nothing was imported",
            if refused == 1 { "row is" } else { "rows are" }
        ))
        .with_remedy("Mend them, or import the others with --skip-bad-rows.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_secrets_are_told_from_others() {
        for (head, expected) in [
            ("name,client_secret,scope", true),
            ("\u{feff}client_secret;name", true),
            ("name,\"client_secret\"\r", true),
            ("name,headers.X-Key", true),
            ("name,parameters.code", false),
            ("name,client_secret_reference.path\nclient_secret", false),
            ("", false),
        ] {
            assert_eq!(holds_secrets(head.as_bytes()), expected, "{head}");
        }
    }
}
