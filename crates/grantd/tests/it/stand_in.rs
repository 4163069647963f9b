//! Servers of one thread that answer every request alike, and keep what they were asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// An API key of the right form.
pub(crate) const KEY: &str =
    "gk_0000000000e000400000000000_0123456789abcdefghijklmnopqrstuv0123456789abcdefghi0\n";

/// A server on a free port of loopback, until the process ends.
pub(crate) struct StandIn {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl StandIn {
    /// Answers with these header lines and this body, after so long.
    pub(crate) fn start(head: &str, body: &str, after: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (kept, length) = (Arc::clone(&requests), body.len());
        let answer = format!(
            "HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = read(&stream);
                kept.lock().unwrap().push(request);
                std::thread::sleep(after);
                // who asked may have gone away
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { address, requests }
    }

    /// A grantd that hands out this answer to the demand for a token.
    pub(crate) fn grantd(answer: &serde_json::Value) -> Self {
        let head = "200 OK\r\nContent-Type: application/json";
        Self::start(head, &answer.to_string(), Duration::ZERO)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked so far, head and body of each.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Waits until it was asked so often.
    pub(crate) fn wait_for_requests(&self, count: usize) {
        let begin = Instant::now();
        while self.requests().len() < count {
            assert!(begin.elapsed() < Duration::from_secs(30), "nobody asks");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn read(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        request.push_str(&line);
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request + &String::from_utf8(body).unwrap()
}
