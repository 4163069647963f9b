//! CSV (RFC 4180), read strictly: in UTF-8 with or without a byte order mark, divided by commas or by
//! semicolons. What is not as it should be is told by its line, and nothing is guessed: a quote that is not
//! closed would swallow rows. What is written is no formula for a spreadsheet.

pub(crate) mod credentials;

/// What stands before a text that says it is UTF-8.
const MARK: &str = "\u{feff}";

/// A record, and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// Counted from 1.
    pub(crate) line: u64,
    /// Its fields.
    pub(crate) fields: Vec<String>,
}

/// Why a text is no CSV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CsvFault {
    /// Where, counted from 1.
    pub(crate) line: u64,
    /// What is wrong; no value of the text.
    pub(crate) detail: String,
}

/// The records of a text, one by one; empty lines are none.
pub(crate) struct Records<'a> {
    rest: &'a str,
    line: u64,
    separator: char,
}

impl<'a> Records<'a> {
    /// Begins to read. What divides the fields is seen by the first line.
    ///
    /// # Errors
    /// When it is not UTF-8.
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, CsvFault> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let lines = good.split(|byte| *byte == b'\n').skip(1).count() as u64;
            fault(lines + 1, "text in UTF-8 is expected")
        })?;
        let rest = text.strip_prefix(MARK).unwrap_or(text);
        Ok(Self {
            rest,
            line: 1,
            separator: separator(rest),
        })
    }

    /// The next record.
    ///
    /// # Errors
    /// When quotes are not as they should be.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, CsvFault> {
        loop {
            if self.rest.is_empty() {
                return Ok(None);
            }
            if !self.ends_line() {
                break;
            }
        }
        let line = self.line;
        let mut fields = Vec::new();
        loop {
            let field = if let Some(quoted) = self.rest.strip_prefix('"') {
                self.rest = quoted;
                self.quoted()?
            } else {
                self.plain()?
            };
            fields.push(field);
            if let Some(rest) = self.rest.strip_prefix(self.separator) {
                self.rest = rest;
                continue;
            }
            if self.rest.is_empty() || self.ends_line() {
                return Ok(Some(Record { line, fields }));
            }
            let detail = "the end of a field is expected behind its closing quote";
            return Err(fault(self.line, detail));
        }
    }

    fn plain(&mut self) -> Result<String, CsvFault> {
        let end = self
            .rest
            .find([self.separator, '\n', '"'])
            .unwrap_or(self.rest.len());
        let (field, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        if rest.starts_with('"') {
            let detail = "a field with a quote in it is expected in quotes, the quote in it twice";
            return Err(fault(self.line, detail));
        }
        // a line end of two characters is none of the field
        let field = match field.strip_suffix('\r') {
            Some(field) if rest.starts_with('\n') || rest.is_empty() => field,
            _ => field,
        };
        self.rest = rest;
        Ok(field.to_owned())
    }

    fn quoted(&mut self) -> Result<String, CsvFault> {
        let begun = self.line;
        let mut field = String::new();
        loop {
            let Some((part, rest)) = self.rest.split_once('"') else {
                return Err(fault(begun, "a quote that is closed is expected"));
            };
            self.line += part.bytes().filter(|byte| *byte == b'\n').count() as u64;
            field.push_str(part);
            let Some(rest) = rest.strip_prefix('"') else {
                self.rest = rest;
                return Ok(field);
            };
            field.push('"');
            self.rest = rest;
        }
    }

    fn ends_line(&mut self) -> bool {
        let rest = self.rest;
        let after = rest
            .strip_prefix("\r\n")
            .or_else(|| rest.strip_prefix('\n'));
        let Some(after) = after else {
            return false;
        };
        self.rest = after;
        self.line += 1;
        true
    }
}

/// What divides the fields of the first line outside of quotes, more often than the other.
fn separator(text: &str) -> char {
    let mut in_quotes = false;
    let (mut commas, mut semicolons) = (0_usize, 0_usize);
    for c in text.chars() {
        match c {
            '"' => in_quotes = !in_quotes,
            '\n' if !in_quotes => break,
            ',' if !in_quotes => commas += 1,
            ';' if !in_quotes => semicolons += 1,
            _ => {}
        }
    }
    if semicolons > commas { ';' } else { ',' }
}

/// A field as it is written. One that a spreadsheet would take for a formula is marked as text (OWASP, CSV
/// injection).
pub(crate) fn written(field: &str) -> String {
    let is_formula =
        field.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let mark = if is_formula { "'" } else { "" };
    if field.contains([',', ';', '"', '\t', '\n', '\r']) {
        format!("\"{mark}{}\"", field.replace('"', "\"\""))
    } else {
        format!("{mark}{field}")
    }
}

fn fault(line: u64, detail: &str) -> CsvFault {
    CsvFault {
        line,
        detail: detail.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<(u64, Vec<String>)>, CsvFault> {
        let mut records = Records::new(bytes)?;
        let mut read = Vec::new();
        while let Some(record) = records.next()? {
            read.push((record.line, record.fields));
        }
        Ok(read)
    }

    fn texts(fields: &[&str]) -> Vec<String> {
        fields.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn records_are_read_as_rfc_4180_says() {
        for (text, expected) in [
            (
                "a,b\r\nc,d\r\n",
                vec![(1, texts(&["a", "b"])), (2, texts(&["c", "d"]))],
            ),
            (
                "a;b,c\n1;2\n",
                vec![(1, texts(&["a;b", "c"])), (2, texts(&["1;2"]))],
            ),
            (
                "a;b\n1;\"2;\"\"3\"\"\"",
                vec![(1, texts(&["a", "b"])), (2, texts(&["1", "2;\"3\""]))],
            ),
            (
                "\u{feff}a,b\n\n\n1,\"x\ny\"\n2,",
                vec![
                    (1, texts(&["a", "b"])),
                    (4, texts(&["1", "x\ny"])),
                    (6, texts(&["2", ""])),
                ],
            ),
            ("a\n\"\"\n", vec![(1, texts(&["a"])), (2, texts(&[""]))]),
            ("", vec![]),
            ("a,b\r", vec![(1, texts(&["a", "b"]))]),
        ] {
            assert_eq!(all(text.as_bytes()), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_csv_is_told_by_its_line() {
        for (text, line) in [
            (&b"a,b\n1,\"2\n3,4\n"[..], 2),
            (b"a,b\n1,2\"3\n", 2),
            (b"a,b\n\"1\"2,3\n", 2),
            (b"a,b\n1,2\n\xff,3\n", 3),
        ] {
            assert_eq!(all(text).unwrap_err().line, line, "{text:?}");
        }
    }

    #[test]
    fn whatever_is_written_is_read_as_the_same() {
        let parts = ["", "a", "\"", ",", ";", "\n", "\r\n", " ", "ä", "\u{feff}"];
        for one in parts {
            for two in parts {
                for three in parts {
                    let field = format!("{one}{two}{three}");
                    let quoted = field.replace('"', "\"\"");
                    let text = format!("h,i\n\"{quoted}\",x\n");
                    let read = all(text.as_bytes()).unwrap();
                    assert_eq!(read[1].1, [field, "x".to_owned()], "{text:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_written_survives_and_is_no_formula() {
        for (field, expected) in [
            ("plain", "plain"),
            ("a, b", "\"a, b\""),
            ("a;b", "\"a;b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
            ("=A1,\"x\"", "\"'=A1,\"\"x\"\"\""),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@x", "'@x"),
            ("\tx", "\"'\tx\""),
            ("\rx", "\"'\rx\""),
            ("\n=x", "\"'\n=x\""),
            ("＝1", "'＝1"),
        ] {
            assert_eq!(written(field), expected);
        }
    }
}
