//! An HTTP/1.1 answer that was read to the end of its connection.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// Status, headers and body of an answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, with their values, in the order they came.
    pub headers: Vec<(String, String)>,
    /// The body without its transfer coding.
    pub body: String,
}

impl Response {
    pub(super) fn parse(answer: &[u8]) -> Result<Self> {
        let end = find(answer, b"\r\n\r\n").context("the answer has no complete head")?;
        let (head, body) = (String::from_utf8_lossy(&answer[..end]), &answer[end + 4..]);
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let mut response = Self {
            status: status.context("the answer has no status")?.parse()?,
            headers: lines.filter_map(header).collect(),
            body: String::new(),
        };
        let chunked = response.header("transfer-encoding") == Some("chunked");
        let body = if chunked {
            join_chunks(body)?
        } else {
            body.to_vec()
        };
        if let Some(length) = response.header("content-length") {
            let length: usize = length.parse()?;
            ensure!(
                length == body.len(),
                "{length} bytes announced, {} came",
                body.len()
            );
        }
        response.body = String::from_utf8(body)?;
        Ok(response)
    }

    /// The first header of this name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON; an error quotes it.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.body).with_context(|| format!("no JSON: {self:?}"))
    }

    /// This answer, if it has the status.
    pub fn expect(self, status: u16) -> Result<Self> {
        ensure!(self.status == status, "expected {status}: {self:?}");
        Ok(self)
    }
}

fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    Some((name.to_ascii_lowercase(), value.trim().to_owned()))
}

fn join_chunks(mut rest: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = find(rest, b"\r\n").context("a chunk has no size")?;
        let size = std::str::from_utf8(&rest[..line])?;
        let size = usize::from_str_radix(size.split(';').next().unwrap_or(size).trim(), 16)?;
        rest = &rest[line + 2..];
        if size == 0 {
            return Ok(body);
        }
        ensure!(rest.len() >= size + 2, "a chunk is cut short");
        body.extend_from_slice(&rest[..size]);
        rest = &rest[size + 2..];
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined() -> Result<()> {
        let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\n";
        let response = Response::parse(answer)?;
        assert_eq!((response.status, response.body.as_str()), (200, "abcde"));
        Ok(())
    }

    #[test]
    fn a_body_that_is_cut_short_is_an_error() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc";
        assert!(Response::parse(answer).is_err());
    }
}
