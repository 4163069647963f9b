//! A small blocking HTTP/1.1 client and server, one connection for each request. It shares no code with the
//! product, follows no redirect and retries nothing.

mod response;
mod server;
mod tls;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};
pub use response::Response;
use serde_json::Value;
pub use server::{Asked, Reply, Server};
pub use tls::certificate_shown;

use crate::encoding;

const TIMEOUT: Duration = Duration::from_secs(30);

/// A request under construction.
#[derive(Debug, Clone)]
pub struct Request {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    authority: Option<String>,
}

impl Request {
    /// A request without a body to an `http` or `https` URL.
    #[must_use]
    pub fn new(method: &str, url: &str) -> Self {
        Self {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            authority: None,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends a JSON body.
    #[must_use]
    pub fn json(self, value: &Value) -> Self {
        self.json_as("application/json", value)
    }

    /// Sends a JSON body of another media type.
    #[must_use]
    pub fn json_as(mut self, media_type: &str, value: &Value) -> Self {
        self.body = value.to_string().into_bytes();
        self.header("content-type", media_type)
    }

    /// Sends these bytes.
    #[must_use]
    pub fn bytes(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self.header("content-type", "application/octet-stream")
    }

    /// Sends a form.
    #[must_use]
    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        self.body = encoding::form(fields).into_bytes();
        self.header("content-type", "application/x-www-form-urlencoded")
    }

    /// Trusts this PEM certificate authority for an `https` URL.
    #[must_use]
    pub fn trusting(mut self, authority: &str) -> Self {
        self.authority = Some(authority.to_owned());
        self
    }

    /// Sends the request and reads the whole answer.
    pub fn send(&self) -> Result<Response> {
        self.exchange()
            .with_context(|| format!("{} {}", self.method, self.url))
    }

    fn exchange(&self) -> Result<Response> {
        let (scheme, rest) = self
            .url
            .split_once("://")
            .context("the URL has no scheme")?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        let message = self.message(host, path);
        match (scheme, &self.authority) {
            ("http", _) => exchange(stream, &message),
            ("https", Some(authority)) => {
                exchange(tls::connect(stream, host, authority)?, &message)
            }
            _ => bail!("neither http nor https with a certificate authority"),
        }
    }

    fn message(&self, host: &str, path: &str) -> Vec<u8> {
        let mut head = format!(
            "{} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n",
            self.method,
            self.body.len()
        );
        for (name, value) in &self.headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        [head.as_bytes(), &self.body].concat()
    }
}

fn exchange(mut stream: impl Read + Write, message: &[u8]) -> Result<Response> {
    stream.write_all(message)?;
    stream.flush()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Response::parse(&answer)
}
