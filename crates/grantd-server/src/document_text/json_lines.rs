//! JSON with the line of each value.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{LineStarts, TextFault};
use crate::json_body::member;

/// Reads a text, and notes the line of each value by its pointer.
pub(super) fn read(text: &str, lines: &mut BTreeMap<String, usize>) -> Result<Value, TextFault> {
    let document = serde_json::from_str(text).map_err(|error| {
        let detail = error.to_string();
        let detail = detail.split(" at line ").next().unwrap_or_default();
        TextFault {
            line: error.line().max(1),
            detail: format!("this is no JSON: {detail}"),
        }
    })?;
    let mut walk = Walk {
        text,
        starts: LineStarts::of(text),
        at: 0,
        lines,
    };
    walk.value("")?;
    Ok(document)
}

/// Walks through a text that is known to be JSON.
struct Walk<'a> {
    text: &'a str,
    starts: LineStarts,
    at: usize,
    lines: &'a mut BTreeMap<String, usize>,
}

impl Walk<'_> {
    fn value(&mut self, place: &str) -> Result<(), TextFault> {
        let first = self.next();
        let at = self.starts.line(self.at);
        self.lines.entry(place.to_owned()).or_insert(at);
        match first {
            Some(b'{') => self.object(place),
            Some(b'[') => self.list(place),
            Some(b'"') => {
                self.string();
                Ok(())
            }
            _ => {
                self.skip(|byte| {
                    !matches!(byte, b',' | b'}' | b']') && !byte.is_ascii_whitespace()
                });
                Ok(())
            }
        }
    }

    fn object(&mut self, place: &str) -> Result<(), TextFault> {
        self.at += 1;
        while let Some(byte) = self.next() {
            match byte {
                b'}' => {
                    self.at += 1;
                    break;
                }
                b'"' => {
                    let at = self.starts.line(self.at);
                    let name: String = serde_json::from_str(self.string()).unwrap_or_default();
                    let inner = member(place, &name);
                    if self.lines.insert(inner.clone(), at).is_some() {
                        return Err(TextFault {
                            line: at,
                            detail: "this member is there already".to_owned(),
                        });
                    }
                    if self.next() == Some(b':') {
                        self.at += 1;
                    }
                    self.value(&inner)?;
                }
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    fn list(&mut self, place: &str) -> Result<(), TextFault> {
        self.at += 1;
        let mut position = 0;
        while let Some(byte) = self.next() {
            match byte {
                b']' => {
                    self.at += 1;
                    break;
                }
                b',' => self.at += 1,
                _ => {
                    self.value(&format!("{place}/{position}"))?;
                    position += 1;
                }
            }
        }
        Ok(())
    }

    /// Passes a string, and returns it as it is written.
    fn string(&mut self) -> &str {
        let begin = self.at;
        self.at += 1;
        while let Some(byte) = self.byte() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
        self.text.get(begin..self.at).unwrap_or_default()
    }

    /// The next byte that is no white space.
    fn next(&mut self) -> Option<u8> {
        self.skip(|byte| byte.is_ascii_whitespace());
        self.byte()
    }

    fn skip(&mut self, is_passed: impl Fn(u8) -> bool) {
        while self.byte().is_some_and(&is_passed) {
            self.at += 1;
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}
