//! Connections to one origin, of one thread: idle ones of HTTP/1.1, and one of HTTP/2 that requests share.
//!
//! Invariant: a connection is used by one request at a time, or is one of HTTP/2; one whose answer was not read to
//! its end is closed. A connection is never shared by consumers that differ in what it was made with.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use grantd_net::{HttpConnection, NetError};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper::rt::Executor;
use hyper_util::rt::{TokioIo, TokioTimer};

use crate::body::OutBody;
use crate::origin::Origin;
use crate::worker::Worker;

/// How long a connection may be idle.
const IDLE: Duration = Duration::from_mins(1);

/// The most idle connections to one origin, of one thread.
const MOST_IDLE: usize = 256;

/// The largest header of an answer, in bytes; of at most a hundred fields, which is hyper's own limit: for another
/// one it would allocate with each answer.
const MOST_HEADER_BYTES: usize = 64 * 1024;

/// The largest read buffer of a connection, in bytes.
const MOST_BUFFER: usize = 256 * 1024;

/// How much may be on its way on a stream and on a connection of HTTP/2, in bytes.
const STREAM_WINDOW: u32 = 1024 * 1024;
const CONNECTION_WINDOW: u32 = 8 * 1024 * 1024;

/// How often a connection of HTTP/2 is asked whether it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// The connections to one origin.
pub(crate) struct Upstream {
    pub(crate) origin: Arc<Origin>,
    idle: RefCell<Vec<Idle>>,
    shared: RefCell<Option<http2::SendRequest<OutBody>>>,
    /// Whoever makes the shared connection has it.
    connecting: tokio::sync::Mutex<()>,
    /// Whether HTTP/2 was agreed on last.
    is_http2: Cell<bool>,
    /// The rules of the way out that the connections were made by.
    rules: Cell<u64>,
    /// When the last request came.
    now: Cell<Duration>,
}

struct Idle {
    sender: http1::SendRequest<OutBody>,
    since: Duration,
}

/// A connection for one request.
pub(crate) struct Connection {
    sender: Sender,
    /// Whether it was made for this request.
    pub(crate) is_fresh: bool,
    /// The rules of the way out that it was made by.
    rules: u64,
}

enum Sender {
    One(http1::SendRequest<OutBody>),
    Shared(http2::SendRequest<OutBody>),
}

/// A connection of HTTP/1.1 whose answer is being read.
pub(crate) struct Lease {
    sender: http1::SendRequest<OutBody>,
    rules: u64,
    upstream: Rc<Upstream>,
}

impl Lease {
    /// The answer was read to its end.
    pub(crate) fn give_back(self) {
        self.upstream.put(self.sender, self.rules);
    }
}

impl Upstream {
    pub(crate) fn new(origin: Arc<Origin>, rules: u64) -> Rc<Self> {
        Rc::new(Self {
            is_http2: Cell::new(origin.is_http2_known()),
            origin,
            idle: RefCell::default(),
            shared: RefCell::default(),
            connecting: tokio::sync::Mutex::default(),
            rules: Cell::new(rules),
            now: Cell::default(),
        })
    }

    /// Throws away what was made by other rules of the way out than those of now.
    pub(crate) fn obey(&self, rules: u64) {
        if self.rules.replace(rules) != rules {
            self.idle.borrow_mut().clear();
            *self.shared.borrow_mut() = None;
        }
    }

    /// Throws away what is closed or was idle for too long.
    pub(crate) fn prune(&self, now: Duration) {
        self.idle
            .borrow_mut()
            .retain(|it| !it.sender.is_closed() && now.saturating_sub(it.since) < IDLE);
        let mut shared = self.shared.borrow_mut();
        if shared.as_ref().is_some_and(http2::SendRequest::is_closed) {
            *shared = None;
        }
    }

    /// A connection that is there.
    pub(crate) fn at_hand(&self, now: Duration) -> Option<Connection> {
        self.now.set(now);
        if self.is_http2.get() {
            let shared = self.shared.borrow();
            let sender = shared.as_ref().filter(|it| !it.is_closed())?.clone();
            return Some(Connection {
                sender: Sender::Shared(sender),
                is_fresh: false,
                rules: self.rules.get(),
            });
        }
        let mut idle = self.idle.borrow_mut();
        while let Some(at) = idle
            .iter()
            .rposition(|it| it.sender.is_ready() || it.sender.is_closed())
        {
            let found = idle.remove(at);
            if found.sender.is_ready() {
                return Some(Connection {
                    sender: Sender::One(found.sender),
                    is_fresh: false,
                    rules: self.rules.get(),
                });
            }
        }
        None
    }

    /// A new connection; of HTTP/2, one that somebody else has made meanwhile.
    ///
    /// # Errors
    /// When none of the addresses can be connected to; with what the last one said.
    pub(crate) async fn connect(
        self: &Rc<Self>,
        worker: &Rc<Worker>,
    ) -> Result<Connection, NetError> {
        if !self.is_http2.get() {
            return self.connect_now(worker).await;
        }
        let _turn = self.connecting.lock().await;
        match self.at_hand(worker.now()) {
            Some(connection) => Ok(connection),
            None => self.connect_now(worker).await,
        }
    }

    async fn connect_now(self: &Rc<Self>, worker: &Rc<Worker>) -> Result<Connection, NetError> {
        let mut last = None;
        let rules = worker.net.rules();
        for (instead, target) in self.origin.targets(worker.now()) {
            match worker.net.connect(&target).await {
                Ok(connection) => {
                    let reached = (&connection.passed_over[..], connection.peer);
                    self.origin.reached(instead, reached, worker.now());
                    return self.speak(worker, connection, rules).await;
                }
                Err(error) => {
                    self.origin.failed(instead, worker.now());
                    last = Some(error);
                }
            }
        }
        Err(last.unwrap_or_else(|| NetError::NameNotFound {
            host: self.origin.authority.clone(),
        }))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the stream was opened by the way out; these connections live in threads of their own"
    )]
    async fn speak(
        self: &Rc<Self>,
        worker: &Rc<Worker>,
        connection: HttpConnection,
        rules: u64,
    ) -> Result<Connection, NetError> {
        let peer = connection.peer;
        let failed = |fault: hyper::Error| NetError::ConnectFailed {
            address: peer,
            fault: fault.to_string(),
        };
        let io = TokioIo::new(connection.stream);
        if connection.http2 || self.origin.is_http2_known() {
            let (sender, driver) = http2::Builder::new(Local(Rc::clone(worker)))
                .timer(TokioTimer::new())
                .initial_stream_window_size(STREAM_WINDOW)
                .initial_connection_window_size(CONNECTION_WINDOW)
                .max_header_list_size(u32::try_from(MOST_HEADER_BYTES).unwrap_or(u32::MAX))
                .keep_alive_interval(KEEP_ALIVE)
                .keep_alive_timeout(KEEP_ALIVE)
                .handshake(io)
                .await
                .map_err(failed)?;
            worker.run(async move {
                // its faults reach the requests that are under way on it
                let _ = driver.await;
            });
            self.is_http2.set(true);
            if rules == self.rules.get() {
                *self.shared.borrow_mut() = Some(sender.clone());
            }
            return Ok(Connection {
                sender: Sender::Shared(sender),
                is_fresh: true,
                rules,
            });
        }
        let (sender, driver) = http1::Builder::new()
            .max_header_size(MOST_HEADER_BYTES)
            .max_buf_size(MOST_BUFFER)
            .handshake(io)
            .await
            .map_err(failed)?;
        worker.run(async move {
            // its faults reach the request that is under way on it
            let _ = driver.with_upgrades().await;
        });
        self.is_http2.set(false);
        Ok(Connection {
            sender: Sender::One(sender),
            is_fresh: true,
            rules,
        })
    }

    fn put(&self, sender: http1::SendRequest<OutBody>, rules: u64) {
        if sender.is_closed() || rules != self.rules.get() {
            return;
        }
        let mut idle = self.idle.borrow_mut();
        if idle.len() >= MOST_IDLE {
            idle.remove(0);
        }
        // the time of the last request is near enough
        idle.push(Idle {
            sender,
            since: self.now.get(),
        });
    }
}

impl Connection {
    /// Whether it is one of HTTP/2.
    pub(crate) const fn is_http2(&self) -> bool {
        matches!(self.sender, Sender::Shared(_))
    }

    /// Sends a request and waits for the header of the answer.
    pub(crate) async fn send(
        self,
        request: Request<OutBody>,
        upstream: &Rc<Upstream>,
    ) -> Result<(Response<Incoming>, Option<Lease>), TrySendError<Request<OutBody>>> {
        match self.sender {
            Sender::One(mut sender) => {
                let answer = sender.try_send_request(request).await?;
                let lease = Lease {
                    sender,
                    rules: self.rules,
                    upstream: Rc::clone(upstream),
                };
                Ok((answer, Some(lease)))
            }
            Sender::Shared(mut sender) => {
                // a closed connection says so when it is sent on
                let _ = poll_fn(|context| sender.poll_ready(context)).await;
                Ok((sender.try_send_request(request).await?, None))
            }
        }
    }
}

/// Runs what a connection of HTTP/2 needs on the thread that it belongs to.
#[derive(Clone)]
struct Local(Rc<Worker>);

impl<F: Future<Output = ()> + 'static> Executor<F> for Local {
    fn execute(&self, work: F) {
        self.0.run(work);
    }
}
