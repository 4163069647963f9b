//! A service that keeps what it was sent, byte by byte, and answers what a test wants.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

/// What it does with a request.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Answers with these bytes.
    Bytes(Vec<u8>),
    /// Answers with these bytes and closes.
    Last(Vec<u8>),
    /// Answers with these bytes after a while.
    Later(Duration, Vec<u8>),
    /// Answers with these bytes and sends back whatever comes from then on.
    Echo(Vec<u8>),
    /// Answers with these bytes, a piece and a pause at a time.
    Slowly(Vec<Vec<u8>>, Duration),
}

impl Reply {
    /// 200 with this body.
    pub(crate) fn ok(body: &str) -> Self {
        Self::status("200 OK", "", body)
    }

    /// A status, more fields, a body.
    pub(crate) fn status(status: &str, fields: &str, body: &str) -> Self {
        let length = body.len();
        Self::Bytes(
            format!("HTTP/1.1 {status}\r\n{fields}content-length: {length}\r\n\r\n{body}")
                .into_bytes(),
        )
    }
}

type Script = Arc<dyn Fn(&str) -> Reply + Send + Sync>;

/// A running service; ends when it is dropped.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    _stop: DropGuard,
}

impl Service {
    pub(crate) async fn start(script: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, stop) = (
            Arc::<Mutex<Vec<String>>>::default(),
            CancellationToken::new(),
        );
        let (connections, open) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let script: Script = Arc::new(script);
        let it = (
            Arc::clone(&seen),
            Arc::clone(&connections),
            Arc::clone(&open),
        );
        let ending = stop.clone();
        tokio::spawn(ending.run_until_cancelled_owned(async move {
            let (seen, connections, open) = it;
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.fetch_add(1, Ordering::SeqCst);
                open.fetch_add(1, Ordering::SeqCst);
                let (seen, open, script) =
                    (Arc::clone(&seen), Arc::clone(&open), Arc::clone(&script));
                tokio::spawn(async move {
                    serve(stream, &seen, &script).await;
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        }));
        Self {
            address,
            seen,
            connections,
            open,
            _stop: stop.drop_guard(),
        }
    }

    /// Every request so far, as it came.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// The only request so far.
    pub(crate) fn only(&self) -> String {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0].clone()
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// How many of them are open.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, seen: &Mutex<Vec<String>>, script: &Script) {
    let mut buffer = Vec::new();
    loop {
        let Some(request) = read(&mut stream, &mut buffer).await else {
            return;
        };
        seen.lock().unwrap().push(request.clone());
        let sent = match script(&request) {
            Reply::Bytes(bytes) => stream.write_all(&bytes).await,
            Reply::Last(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                return;
            }
            Reply::Later(after, bytes) => {
                tokio::select! {
                    () = tokio::time::sleep(after) => {}
                    _ = stream.read_buf(&mut buffer) => return,
                }
                stream.write_all(&bytes).await
            }
            Reply::Echo(bytes) => {
                stream.write_all(&bytes).await.unwrap();
                let (mut read, mut write) = stream.split();
                let _ = tokio::io::copy(&mut read, &mut write).await;
                return;
            }
            Reply::Slowly(pieces, pause) => {
                let mut sent = Ok(());
                for piece in pieces {
                    sent = stream.write_all(&piece).await;
                    tokio::time::sleep(pause).await;
                }
                sent
            }
        };
        if sent.is_err() {
            return;
        }
    }
}

/// One request as it came, with its body; none when the connection ends before it is whole.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(end) = whole(buffer) {
            let request = buffer.drain(..end).collect();
            return Some(String::from_utf8(request).unwrap());
        }
        if stream.read_buf(buffer).await.unwrap_or(0) == 0 {
            return None;
        }
    }
}

/// Where the first request ends.
fn whole(bytes: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(bytes);
    let head = text.find("\r\n\r\n")? + 4;
    let lower = text[..head].to_lowercase();
    if lower.contains("transfer-encoding: chunked") {
        let end = text[head..].find("\r\n0\r\n").map(|at| at + 2);
        let last = if text[head..].starts_with("0\r\n") {
            Some(0)
        } else {
            end
        }?;
        return text[head + last..]
            .find("\r\n\r\n")
            .map(|at| head + last + at + 4);
    }
    let length = lower
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(0, |it| it.trim().parse().unwrap());
    (bytes.len() >= head + length).then_some(head + length)
}
