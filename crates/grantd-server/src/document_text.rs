//! Documents as people keep them: TOML or JSON, read with the line of each value, and written as TOML.

mod json_lines;
mod toml_text;

use std::collections::BTreeMap;

use serde_json::Value;

pub use crate::document::secret_variables;
pub use toml_text::write as to_toml;

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextForm {
    /// TOML 1.0.
    Toml,
    /// JSON.
    Json,
}

impl TextForm {
    /// By the name of a file: JSON if it ends in `.json`, else TOML.
    #[must_use]
    pub fn of_file(name: &str) -> Self {
        let ending = name.rsplit_once('.').map(|(_, ending)| ending);
        if ending.is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
            Self::Json
        } else {
            Self::Toml
        }
    }
}

/// The largest document, in bytes.
const MOST_BYTES: usize = 1024 * 1024;

/// A text that was read.
#[derive(Debug)]
pub struct DocumentText {
    /// What it says.
    pub document: Value,
    lines: BTreeMap<String, usize>,
}

/// Why a text can not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFault {
    /// Where, counted from 1.
    pub line: usize,
    /// What is wrong; no value of the text.
    pub detail: String,
}

impl DocumentText {
    /// Reads a text.
    ///
    /// # Errors
    /// When it is not of this form, says one thing twice, or is larger than 1 MiB.
    pub fn read(text: &str, form: TextForm) -> Result<Self, TextFault> {
        if text.len() > MOST_BYTES {
            return Err(TextFault {
                line: 1,
                detail: format!(
                    "at most {} MiB are expected; divide the document",
                    MOST_BYTES / 1024 / 1024
                ),
            });
        }
        let mut lines = BTreeMap::new();
        let document = match form {
            TextForm::Toml => toml_text::read(text, &mut lines)?,
            TextForm::Json => json_lines::read(text, &mut lines)?,
        };
        Ok(Self { document, lines })
    }

    /// The line of the value at a JSON pointer (RFC 6901), or of what it would stand in.
    #[must_use]
    pub fn line(&self, pointer: &str) -> usize {
        let mut place = pointer;
        loop {
            if let Some(line) = self.lines.get(place) {
                return *line;
            }
            match place.rsplit_once('/') {
                Some((outer, _)) => place = outer,
                None => return 1,
            }
        }
    }
}

/// Where each line begins, found once for all that is looked up.
struct LineStarts(Vec<usize>);

impl LineStarts {
    fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let behind = ends.map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(behind).collect())
    }

    /// The number, from 1, of the line that holds the byte at this offset.
    fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TOML: &str = "version = 1\n\n[credentials.mail]\nname = \"Mail\"\nexpires = 2027-01-31T09:00:00Z\n\
                        labels = { team = \"sales\" }\nresources = [\n  \"urn:a\",\n  \"urn:b\",\n]\n\
                        [[credentials.mail.headers]]\nname = \"x\"\nport = 0x1f\nfactor = 1.5\non = true\n";

    const JSON: &str = "{\n \"version\": 1,\n \"credentials\": {\n  \"mail\": {\"name\": \"Mail\",\n   \"expires\":\n \
                        \"2027-01-31T09:00:00Z\", \"labels\": {\"team\": \"sales\"},\n  \"resources\": [\"urn:a\",\n\
                        \"urn:b\"], \"headers\": [{\"name\": \"x\", \"port\": 31,\n\"factor\": 1.5, \"on\": true}]}}}";

    #[test]
    fn both_forms_say_the_same_and_know_their_lines() {
        let expected = json!({"version": 1, "credentials": {"mail": {
            "name": "Mail", "expires": "2027-01-31T09:00:00Z", "labels": {"team": "sales"},
            "resources": ["urn:a", "urn:b"],
            "headers": [{"name": "x", "port": 31, "factor": 1.5, "on": true}]
        }}});
        let toml = DocumentText::read(TOML, TextForm::Toml).unwrap();
        let json = DocumentText::read(JSON, TextForm::Json).unwrap();
        assert_eq!(toml.document, expected);
        assert_eq!(json.document, expected);
        for (pointer, in_toml, in_json) in [
            ("", 1, 1),
            ("/version", 1, 2),
            ("/credentials/mail", 3, 4),
            ("/credentials/mail/name", 4, 4),
            ("/credentials/mail/labels/team", 6, 6),
            ("/credentials/mail/resources/1", 9, 8),
            ("/credentials/mail/headers/0/port", 13, 8),
            ("/credentials/mail/headers/0/on", 15, 9),
            ("/credentials/mail/scope", 3, 4),
            ("/listeners", 1, 1),
        ] {
            assert_eq!(toml.line(pointer), in_toml, "{pointer} in TOML");
            assert_eq!(json.line(pointer), in_json, "{pointer} in JSON");
        }
    }

    #[test]
    fn what_can_not_be_read_is_told_by_its_line_and_not_repeated() {
        for (form, text, line) in [
            (TextForm::Toml, "a = 1\nb = \"hunter2", 2),
            (TextForm::Toml, "a = 1\na = \"hunter2\"", 2),
            (TextForm::Json, "{\n\"a\": \"hunter2\"\n\"b\": 1}", 3),
            (TextForm::Json, "{\"a\": \"hunter2\",\n\"a\": 1}", 2),
            (
                TextForm::Json,
                "{\"a\": {\"b/c\": \"hunter2\",\n\n\"b/c\": 1}}",
                3,
            ),
            (TextForm::Toml, "a = 99999999999999999999", 1),
        ] {
            let fault = DocumentText::read(text, form).unwrap_err();
            assert_eq!(fault.line, line, "{text}: {fault:?}");
            assert!(!fault.detail.contains("hunter2"), "{fault:?}");
            assert!(!fault.detail.contains(" line "), "{fault:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        let document = json!({"version": 1,
            "sources": {"vault": {"kind": "vault", "paths": ["apps/*"], "vault": {"address": "https://v",
                "login": {"method": "approle", "role_id": "r"}, "ca_bundle": "-----BEGIN\na\n-----END\n"}}},
            "credentials": {"mail": {
                "name": "a \"b\" \\ c\u{7f}\u{1}\tä\u{1f511}", "description": "one\ntwo \"\"\" three\\\n",
                "labels": {"team": "sales", "a.b/c": ""}, "resources": [], "connect_timeout_s": 5, "f": 1.5,
                "headers": [{"name": "x", "secret": false}, {"name": "y"}],
                "no_scope": true, "client_secret": "${x}"
            }, "other": {}},
            "listeners": {}
        });
        let written = to_toml(&document);
        let read = DocumentText::read(&written, TextForm::Toml)
            .unwrap_or_else(|e| panic!("{e:?}: {written}"));
        assert_eq!(read.document, document, "{written}");
        assert!(written.contains("[credentials.mail]\n"), "{written}");
    }
}
