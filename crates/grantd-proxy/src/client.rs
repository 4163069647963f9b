//! A caller's connection: HTTP/1.1 with keep-alive, as many requests as come.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::activity::{Activity, Use};
use crate::exchange;
use crate::worker::Worker;

/// How long a connection may be without a request; within one to two of these it ends.
const UNUSED: Duration = Duration::from_secs(40);

/// The largest head of a request, in bytes.
const MOST_HEAD: usize = 48 * 1024;

/// The largest buffer of a connection, in bytes.
const MOST_BUFFER: usize = 64 * 1024;

/// The most header fields of a request.
const MOST_FIELDS: usize = 128;

/// What is known of a caller's connection.
pub(crate) struct Client {
    pub(crate) peer: SocketAddr,
    pub(crate) activity: Activity,
}

/// A connection that is counted until this is dropped.
pub(crate) struct Counted(Arc<AtomicUsize>);

impl Counted {
    pub(crate) fn new(count: Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Serves a connection until it ends, is of no use, or the shutdown begins and its last request ends.
pub(crate) async fn serve(
    worker: Rc<Worker>,
    (stream, peer): (TcpStream, SocketAddr),
    shutdown: CancellationToken,
) {
    // only a matter of speed, so a fault is none
    let _ = stream.set_nodelay(true);
    let client = Rc::new(Client {
        peer,
        activity: Activity::default(),
    });
    let activity = client.activity.clone();
    let service = service_fn(move |request| {
        let answer = exchange::answer(Rc::clone(&worker), Rc::clone(&client), request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let connection = http1::Builder::new()
        .max_headers(MOST_FIELDS)
        .max_header_size(MOST_HEAD)
        .max_buf_size(MOST_BUFFER)
        .half_close(false)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let mut seen = 0;
    let mut is_ending = false;
    loop {
        tokio::select! {
            biased;
            // a connection that breaks is the caller's matter
            _ = connection.as_mut() => return,
            () = shutdown.cancelled(), if !is_ending => {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
            () = sleep(UNUSED) => match activity.look(&mut seen) {
                Use::Used => {}
                Use::Unused | Use::Stuck => return,
            },
        }
    }
}
