//! Collects values, faults and notices while a form is read.

use grantd_model::{FieldError, Invalid, Notice};
use serde_json::Number;

/// What was found while a form was read.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) faults: Vec<FieldError>,
    pub(super) notices: Vec<Notice>,
}

impl Fields {
    /// A value that has to be there; white space around it is taken off with a notice.
    pub(super) fn required<T>(
        &mut self,
        pointer: &str,
        text: Option<String>,
        parse: impl FnOnce(String) -> Result<T, Invalid>,
    ) -> Option<T> {
        match text {
            None => {
                self.fault(pointer, Invalid::new("required", "a value is expected"));
                None
            }
            Some(text) => self.trimmed(pointer, text, parse),
        }
    }

    /// A value that may be absent; an empty one counts as absent.
    pub(super) fn optional<T>(
        &mut self,
        pointer: &str,
        text: Option<String>,
        parse: impl FnOnce(String) -> Result<T, Invalid>,
    ) -> Option<T> {
        let text = text.filter(|text| !text.trim().is_empty())?;
        self.trimmed(pointer, text, parse)
    }

    /// A list, each value parsed; too long a list is a fault.
    pub(super) fn list<T>(
        &mut self,
        pointer: &str,
        texts: Option<Vec<String>>,
        most: usize,
        parse: impl Fn(String) -> Result<T, Invalid>,
    ) -> Vec<T> {
        let texts = texts.unwrap_or_default();
        self.count(pointer, texts.len(), most);
        let mut values = Vec::with_capacity(texts.len().min(most));
        for (position, text) in texts.into_iter().enumerate() {
            values.extend(self.trimmed(&format!("{pointer}/{position}"), text, &parse));
        }
        values
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(
        &mut self,
        pointer: &str,
        text: Option<String>,
        words: &[(&str, T)],
    ) -> Option<T> {
        let text = text?;
        let found = words
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, value)| *value);
        if found.is_none() {
            let names = words
                .iter()
                .map(|(word, _)| *word)
                .collect::<Vec<_>>()
                .join("`, `");
            self.fault(
                pointer,
                Invalid::new("unknown_word", format!("one of `{names}` is expected")),
            );
        }
        found
    }

    /// A whole number within bounds, in seconds; what is none is outside of them.
    pub(super) fn seconds(
        &mut self,
        pointer: &str,
        number: Option<&Number>,
        default: u64,
        most: u64,
    ) -> u64 {
        let number = number.map_or(Some(default), Number::as_u64);
        if let Some(number) = number.filter(|number| (1..=most).contains(number)) {
            return number;
        }
        let detail = format!("a whole number of seconds from 1 to {most} is expected");
        self.fault(pointer, Invalid::new("out_of_range", detail));
        default
    }

    /// A parsed value, or its fault at this place.
    pub(super) fn take<T>(&mut self, pointer: &str, parsed: Result<T, Invalid>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(fault) => {
                self.fault(pointer, fault);
                None
            }
        }
    }

    /// Notes a fault.
    pub(super) fn fault(&mut self, pointer: &str, fault: Invalid) {
        self.faults.push(fault.at(pointer));
    }

    /// Notes something that was accepted but should be known.
    pub(super) fn notice(&mut self, pointer: &str, code: &'static str, detail: &str) {
        self.notices.push(Notice {
            pointer: pointer.to_owned(),
            code,
            detail: detail.to_owned(),
        });
    }

    /// Refuses a list with more than `most` entries.
    pub(super) fn count(&mut self, pointer: &str, count: usize, most: usize) {
        if count > most {
            self.fault(
                pointer,
                Invalid::new("too_many", format!("at most {most} entries are expected")),
            );
        }
    }

    fn trimmed<T>(
        &mut self,
        pointer: &str,
        text: String,
        parse: impl FnOnce(String) -> Result<T, Invalid>,
    ) -> Option<T> {
        let trimmed = text.trim();
        let text = if trimmed.len() == text.len() {
            text
        } else {
            self.notice(
                pointer,
                "trimmed",
                "white space around the value was taken off",
            );
            trimmed.to_owned()
        };
        self.take(pointer, parse(text))
    }
}
