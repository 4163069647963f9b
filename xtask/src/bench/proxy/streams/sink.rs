//! A service that sends and takes bodies without keeping them, over one connection after the other.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// The path at which it reads slowly.
pub(super) const SLOW: &str = "slow";

/// How many bytes are moved at once.
const PIECE: usize = 256 * 1024;

/// How long it pauses after each of them where it is slow: 4 s for a GiB.
const PAUSE: Duration = Duration::from_millis(1);

/// The service while it runs.
pub(super) struct Sink {
    port: u16,
    is_over: Arc<AtomicBool>,
    serving: Option<JoinHandle<()>>,
}

impl Sink {
    /// Serves at this port; bodies in both directions have so many bytes.
    pub(super) fn start(port: u16, bytes: u64) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))
            .with_context(|| format!("port {port} is taken"))?;
        let is_over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&is_over);
        let serving = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if seen.load(Ordering::Relaxed) {
                    return;
                }
                // the caller sees that an answer is missing
                if let Err(error) = stream.map_err(Into::into).and_then(|it| serve(&it, bytes)) {
                    println!("the service of large bodies: {error:#}");
                }
            }
        });
        Ok(Self {
            port,
            is_over,
            serving: Some(serving),
        })
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // it waits for a connection: this one; it has ended if there is none
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(serving) = self.serving.take() {
            let _ = serving.join();
        }
    }
}

/// Answers one request and closes.
fn serve(stream: &TcpStream, bytes: u64) -> Result<()> {
    let mut reader = BufReader::with_capacity(PIECE, stream);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut length = None;
    loop {
        let mut line = String::new();
        ensure!(reader.read_line(&mut line)? > 0, "a request without an end");
        if line == "\r\n" {
            break;
        }
        let line = line.to_ascii_lowercase();
        if let Some(told) = line.strip_prefix("content-length:") {
            length = Some(told.trim().parse::<u64>()?);
        }
    }
    if request.starts_with("GET ") {
        return send(stream, bytes);
    }
    ensure!(
        length == Some(bytes),
        "a body of {length:?} bytes is announced"
    );
    let is_slow = request.contains(SLOW);
    let mut left = usize::try_from(bytes)?;
    let mut piece = vec![0; PIECE];
    while left > 0 {
        let wanted = left.min(PIECE);
        reader.read_exact(&mut piece[..wanted])?;
        left -= wanted;
        if is_slow {
            std::thread::sleep(PAUSE);
        }
    }
    head(stream, 0)
}

fn send(mut stream: &TcpStream, bytes: u64) -> Result<()> {
    head(stream, bytes)?;
    let zeros = vec![0; PIECE];
    let mut left = usize::try_from(bytes)?;
    while left > 0 {
        let wanted = left.min(PIECE);
        stream.write_all(&zeros[..wanted])?;
        left -= wanted;
    }
    Ok(())
}

fn head(mut stream: &TcpStream, length: u64) -> Result<()> {
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    Ok(())
}
