//! Why a command ends without success, in lines for people, and the exit code that says so.

use std::fmt;
use std::process::ExitCode;

/// Whose turn it is after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// A server or the system refused: exit code 1.
    Refused,
    /// What was typed or configured is wrong: exit code 2.
    Usage,
    /// All is well, and something is not as it is wanted: exit code 3.
    Differs,
    /// The program that was to run can not be run: exit code 126.
    NotRun,
    /// The program that was to run is not there: exit code 127.
    NotFound,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Refused => Self::from(1),
            Exit::Usage => Self::from(2),
            Exit::Differs => Self::from(3),
            Exit::NotRun => Self::from(126),
            Exit::NotFound => Self::from(127),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What is wrong, on one line.
    pub(crate) detail: String,
    /// Places with what is wrong there, such as flags.
    pub(crate) fields: Vec<(String, String)>,
    /// What to do about it.
    pub(crate) remedy: Option<String>,
}

/// Why a command ends without success.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Whose turn it is.
    pub(crate) exit: Exit,
    /// Everything that is wrong; never empty.
    pub(crate) faults: Vec<Fault>,
}

impl Failure {
    /// A server or the system refused.
    pub(crate) fn refused(detail: impl Into<String>) -> Self {
        Self::of(Exit::Refused, [detail.into()])
    }

    /// What was typed is wrong.
    pub(crate) fn usage(detail: impl Into<String>) -> Self {
        Self::of(Exit::Usage, [detail.into()])
    }

    /// Several things are wrong.
    pub(crate) fn of(exit: Exit, details: impl IntoIterator<Item = String>) -> Self {
        let faults = details
            .into_iter()
            .map(|detail| Fault {
                detail,
                fields: Vec::new(),
                remedy: None,
            })
            .collect();
        Self { exit, faults }
    }

    /// Says what to do about the last thing.
    pub(crate) fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        if let Some(fault) = self.faults.last_mut() {
            fault.remedy = Some(remedy.into());
        }
        self
    }

    /// All places, to be named in other words.
    pub(crate) fn fields_mut(&mut self) -> impl Iterator<Item = &mut (String, String)> {
        self.faults.iter_mut().flat_map(|fault| &mut fault.fields)
    }

    /// Names places of the last thing.
    pub(crate) fn with_fields(mut self, fields: Vec<(String, String)>) -> Self {
        if let Some(fault) = self.faults.last_mut() {
            fault.fields = fields;
        }
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.faults {
            writeln!(f, "grantd: {}", one_line(&fault.detail))?;
            for (place, detail) in &fault.fields {
                writeln!(f, "  {}: {}", one_line(place), one_line(detail))?;
            }
            if let Some(remedy) = &fault.remedy {
                writeln!(f, "  {}", one_line(remedy))?;
            }
        }
        Ok(())
    }
}

/// The text on one line; control characters, which could steer a terminal, are written out, and so
/// are those that turn the direction of text or are not seen.
pub(crate) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_unseen(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Marks of direction, separators and joiners: nothing is seen of them but what they do to others.
const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_written_out() {
        for c in [
            '\u{200b}', '\u{200f}', '\u{2028}', '\u{202e}', '\u{2066}', '\u{feff}',
        ] {
            let text = one_line(&format!("a{c}b"));
            assert_eq!(text, format!("a\\u{{{:x}}}b", u32::from(c)));
        }
        assert_eq!(one_line("Käse – 東京 ✓"), "Käse – 東京 ✓");
    }

    #[test]
    fn lines_are_laid_out_and_can_not_steer_a_terminal() {
        let failure = Failure::usage("2 values are wrong\u{1b}[2J")
            .with_fields(vec![("--name".to_owned(), "it is\nempty".to_owned())])
            .with_remedy("Give one.");
        assert_eq!(
            failure.to_string(),
            "grantd: 2 values are wrong\\u{1b}[2J\n  --name: it is\\nempty\n  Give one.\n"
        );
    }
}
