//! A small HTTP/1.1 server inside a test, for clients nobody here wrote: one request for each connection, no body.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::{TIMEOUT, tls};
use crate::certificate::ServerCertificate;

/// The longest request, in bytes.
const MOST_BYTES: u64 = 64 * 1024;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The path, with `?` and what is behind it.
    pub target: String,
    headers: Vec<(String, String)>,
}

impl Asked {
    /// The first header of this name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The path alone.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Reply {
    /// An answer with this status and body.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// An answer of JSON.
    #[must_use]
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, body.to_string()).header("content-type", "application/json")
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn message(&self) -> Vec<u8> {
        let mut head = format!(
            "HTTP/1.1 {} of the test\r\nconnection: close\r\ncontent-length: {}\r\n",
            self.status,
            self.body.len()
        );
        for (name, value) in &self.headers {
            head.extend([name, ": ", value.as_str(), "\r\n"]);
        }
        head.push_str("\r\n");
        [head.as_bytes(), &self.body].concat()
    }
}

/// A server on a free port of loopback, until the tests end.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Starts it; with a certificate it speaks TLS. What answers is told its own address and port.
    pub fn start(
        certificate: Option<&ServerCertificate>,
        answer: impl Fn(&str, &Asked) -> Reply + Send + Sync + 'static,
    ) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let server = Self {
            address: listener.local_addr()?,
            scheme: if certificate.is_some() {
                "https"
            } else {
                "http"
            },
            asked: Arc::default(),
        };
        let config = certificate.map(tls::server_config).transpose()?;
        let (asked, answer, place) = (Arc::clone(&server.asked), Arc::new(answer), server.place());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (asked, answer) = (Arc::clone(&asked), Arc::clone(&answer));
                let (config, place) = (config.clone(), place.clone());
                thread::spawn(move || {
                    // who asked may go away at any time, and a client may try what it does not finish
                    let _ = serve(stream, config, &asked, |it| answer(&place, it));
                });
            }
        });
        Ok(server)
    }

    /// Its address and port.
    #[must_use]
    pub fn place(&self) -> String {
        self.address.to_string()
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Its URL, without a path.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// What it was asked so far, in order; it is forgotten.
    #[must_use]
    pub fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn serve(
    stream: TcpStream,
    config: Option<Arc<ServerConfig>>,
    asked: &Mutex<Vec<Asked>>,
    answer: impl Fn(&Asked) -> Reply,
) -> Result<()> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let exchange = |stream: &mut dyn ReadWrite| -> Result<()> {
        let request = read(stream)?;
        let reply = answer(&request);
        let mut all = asked.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(request);
        drop(all);
        stream.write_all(&reply.message())?;
        Ok(stream.flush()?)
    };
    match config {
        Some(config) => {
            let mut stream = StreamOwned::new(ServerConnection::new(config)?, stream);
            exchange(&mut stream)?;
            stream.conn.send_close_notify();
            Ok(stream.flush()?)
        }
        None => exchange(&mut { stream }),
    }
}

trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

/// Reads the head; more is not expected.
fn read(stream: &mut dyn ReadWrite) -> Result<Asked> {
    let mut lines = BufReader::new(stream.take(MOST_BYTES)).lines();
    let first = lines.next().context("nothing came")??;
    let target = first.split(' ').nth(1).context("no target")?.to_owned();
    let mut headers = Vec::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    Ok(Asked { target, headers })
}
