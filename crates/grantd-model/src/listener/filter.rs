//! Filters: what a mail must be like to be delivered.

use std::fmt;

use regex::{Regex, RegexBuilder};

use crate::Invalid;
use crate::text::check_line;

use super::FilterDraft;

/// The most memory that a regular expression may take, in bytes.
const MOST_REGEX_BYTES: usize = 256 * 1024;

/// What a filter looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FilterField {
    /// Name and address of the sender.
    Sender,
    /// Name and address of any recipient.
    Recipient,
    /// The subject.
    Subject,
    /// Whether there are attachments.
    HasAttachments,
    /// The size in bytes.
    Size,
    /// How important its sender says it is.
    Importance,
    /// Any of its categories.
    Category,
}

impl FilterField {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Sender,
        Self::Recipient,
        Self::Subject,
        Self::HasAttachments,
        Self::Size,
        Self::Importance,
        Self::Category,
    ];

    /// The name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Recipient => "recipient",
            Self::Subject => "subject",
            Self::HasAttachments => "has_attachments",
            Self::Size => "size",
            Self::Importance => "importance",
            Self::Category => "category",
        }
    }

    /// The tests that it takes, the usual one first.
    #[must_use]
    pub const fn tests(self) -> &'static [&'static str] {
        match self {
            Self::Sender | Self::Recipient | Self::Subject | Self::Category => {
                &["contains", "equals", "matches"]
            }
            Self::HasAttachments | Self::Importance => &["is"],
            Self::Size => &["at_most", "at_least"],
        }
    }
}

/// How important a mail is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Importance {
    /// Low.
    Low,
    /// As most are.
    #[default]
    Normal,
    /// High.
    High,
}

impl Importance {
    /// The name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }

    /// The one of this name, without regard to case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Low, Self::Normal, Self::High]
            .into_iter()
            .find(|it| it.name().eq_ignore_ascii_case(name))
    }
}

/// What of a mail filters look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailFacts {
    /// The sender, as `name <address>`.
    pub sender: String,
    /// Everybody it is addressed to, in the same form.
    pub recipients: Vec<String>,
    /// The subject.
    pub subject: String,
    /// Whether it has attachments, inline ones included.
    pub has_attachments: bool,
    /// In bytes.
    pub size: u64,
    /// How important.
    pub importance: Importance,
    /// Its categories.
    pub categories: Vec<String>,
}

/// One condition.
#[derive(Clone)]
pub struct Filter {
    draft: FilterDraft,
    field: FilterField,
    test: Test,
}

#[derive(Clone)]
enum Test {
    Contains(String),
    Equals(String),
    Matches(Regex),
    AtMost(u64),
    AtLeast(u64),
    Is(bool),
    Importance(Importance),
}

impl Filter {
    /// Reads one.
    ///
    /// # Errors
    /// When field, test and value do not fit, with the name of the member that is wrong.
    pub fn parse(draft: &FilterDraft) -> Result<Self, (&'static str, Invalid)> {
        let field = FilterField::ALL
            .into_iter()
            .find(|field| field.name() == draft.field)
            .ok_or_else(|| {
                (
                    "field",
                    one_of(FilterField::ALL.map(FilterField::name).as_slice()),
                )
            })?;
        if !field.tests().contains(&draft.test.as_str()) {
            return Err(("test", one_of(field.tests())));
        }
        let test = test(field, draft).map_err(|fault| ("value", fault))?;
        Ok(Self {
            draft: draft.clone(),
            field,
            test,
        })
    }

    /// What it was read from.
    #[must_use]
    pub const fn draft(&self) -> &FilterDraft {
        &self.draft
    }

    /// Whether a mail is like this.
    #[must_use]
    pub fn lets_through(&self, mail: &MailFacts) -> bool {
        let holds = match self.field {
            FilterField::Sender => self.holds_text(&mail.sender),
            FilterField::Subject => self.holds_text(&mail.subject),
            FilterField::Recipient => mail.recipients.iter().any(|it| self.holds_text(it)),
            FilterField::Category => mail.categories.iter().any(|it| self.holds_text(it)),
            FilterField::HasAttachments => {
                matches!(self.test, Test::Is(is) if is == mail.has_attachments)
            }
            FilterField::Size => match self.test {
                Test::AtMost(most) => mail.size <= most,
                Test::AtLeast(least) => mail.size >= least,
                _ => false,
            },
            FilterField::Importance => {
                matches!(self.test, Test::Importance(it) if it == mail.importance)
            }
        };
        holds != self.draft.not
    }

    fn holds_text(&self, text: &str) -> bool {
        match &self.test {
            Test::Contains(part) => text.to_lowercase().contains(part),
            Test::Equals(whole) => {
                let address = text
                    .rsplit_once('<')
                    .and_then(|(_, it)| it.strip_suffix('>'));
                text.to_lowercase() == *whole
                    || self.field != FilterField::Subject
                        && address.is_some_and(|it| it.to_lowercase() == *whole)
            }
            Test::Matches(regex) => regex.is_match(text),
            _ => false,
        }
    }
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.draft == other.draft
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.draft.fmt(f)
    }
}

fn test(field: FilterField, draft: &FilterDraft) -> Result<Test, Invalid> {
    let value = draft.value.as_str();
    let line = |text: &str| check_line(text, 1000).map(|()| text.to_lowercase());
    let number = || {
        value
            .trim()
            .parse::<u64>()
            .map_err(|_| Invalid::new("invalid_number", "a whole number of bytes is expected"))
    };
    match draft.test.as_str() {
        "contains" => line(value).map(Test::Contains),
        "equals" => line(value).map(Test::Equals),
        "matches" => {
            check_line(value, 1000)?;
            RegexBuilder::new(value)
                .case_insensitive(true)
                .size_limit(MOST_REGEX_BYTES)
                .build()
                .map(Test::Matches)
                .map_err(|error| Invalid::new("invalid_regex", regex_fault(&error)))
        }
        "at_most" => number().map(Test::AtMost),
        "at_least" => number().map(Test::AtLeast),
        _ if field == FilterField::Importance => Importance::from_name(value)
            .map(Test::Importance)
            .ok_or_else(|| one_of(&["low", "normal", "high"])),
        _ => match value {
            "true" | "yes" => Ok(Test::Is(true)),
            "false" | "no" => Ok(Test::Is(false)),
            _ => Err(one_of(&["true", "false"])),
        },
    }
}

/// What is wrong with a regular expression, on one line.
fn regex_fault(error: &regex::Error) -> String {
    let text = match error {
        regex::Error::CompiledTooBig(_) => "it would take too much memory".to_owned(),
        _ => error.to_string(),
    };
    let last = text.lines().last().unwrap_or_default();
    let last = last.trim().trim_start_matches("error: ");
    format!("a regular expression is expected: {last}")
}

fn one_of(names: &[&str]) -> Invalid {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    Invalid::new(
        "unknown_value",
        format!("one of {} is expected", names.join(", ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> MailFacts {
        MailFacts {
            sender: "Ann Example <ann@example.com>".to_owned(),
            recipients: vec![
                "sales@example.org".to_owned(),
                "Äpfel <obst@example.org>".to_owned(),
            ],
            subject: "RE: Order 4711".to_owned(),
            has_attachments: true,
            size: 2048,
            importance: Importance::High,
            categories: vec!["Blue".to_owned()],
        }
    }

    fn filter(field: &str, test: &str, value: &str) -> Result<Filter, (&'static str, Invalid)> {
        Filter::parse(&FilterDraft {
            field: field.to_owned(),
            test: test.to_owned(),
            value: value.to_owned(),
            not: false,
        })
    }

    #[test]
    fn each_field_is_tested() {
        for (field, test, value, expected) in [
            ("sender", "contains", "ANN@", true),
            ("sender", "equals", "ann@example.com", true),
            ("sender", "equals", "example.com", false),
            ("recipient", "contains", "äPFEL", true),
            ("recipient", "equals", "obst@example.org", true),
            ("subject", "matches", r"order \d+$", true),
            ("subject", "matches", r"^order", false),
            ("subject", "equals", "re: order 4711", true),
            ("has_attachments", "is", "true", true),
            ("has_attachments", "is", "false", false),
            ("size", "at_most", "2048", true),
            ("size", "at_most", "2047", false),
            ("size", "at_least", "2048", true),
            ("importance", "is", "high", true),
            ("importance", "is", "low", false),
            ("category", "equals", "blue", true),
        ] {
            let mut filter = filter(field, test, value).unwrap();
            assert_eq!(
                filter.lets_through(&mail()),
                expected,
                "{field} {test} {value}"
            );
            filter.draft.not = true;
            assert_eq!(
                filter.lets_through(&mail()),
                !expected,
                "not {field} {test} {value}"
            );
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (field, test, value, member) in [
            ("colour", "is", "x", "field"),
            ("size", "contains", "1", "test"),
            ("size", "at_most", "1 MB", "value"),
            ("subject", "contains", "", "value"),
            ("subject", "matches", "(", "value"),
            ("subject", "matches", r"(\w{1000}){1000}", "value"),
            ("importance", "is", "urgent", "value"),
            ("has_attachments", "is", "perhaps", "value"),
        ] {
            let (named, fault) = filter(field, test, value).unwrap_err();
            assert_eq!(named, member, "{field} {test} {value}");
            assert!(fault.detail.contains("expected"), "{fault}");
        }
    }
}
