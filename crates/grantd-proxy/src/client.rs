//! A caller's connection: HTTP/1.1 with keep-alive, as many requests as come.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Waker};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::activity::{Activity, Use};
use crate::body::Sending;
use crate::exchange;
use crate::worker::Worker;

/// The largest head of a request, in bytes.
const MOST_HEAD: usize = 48 * 1024;

/// The largest buffer of a connection, in bytes.
const MOST_BUFFER: usize = 64 * 1024;

/// What is known of a caller's connection. Neither connection nor request has a timer or looks at anything that
/// other threads look at: the thread looks at all of them once a second.
pub(crate) struct Client {
    pub(crate) peer: SocketAddr,
    pub(crate) activity: Activity,
    /// Counts the connection, also once it has become something else than HTTP.
    pub(crate) counted: Rc<Counted>,
    /// What had happened at the last look.
    seen: Cell<u64>,
    order: Cell<Order>,
    waker: RefCell<Option<Waker>>,
    /// When the answer that is waited for is late, in the time since the machine was started.
    answer_by: Cell<Option<Duration>>,
    is_late: Cell<bool>,
}

/// What a connection is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// To go on.
    Go,
    /// To end with its last request.
    End,
    /// To end at once.
    Leave,
}

impl Client {
    fn new(peer: SocketAddr, counted: Counted) -> Rc<Self> {
        Rc::new(Self {
            peer,
            counted: Rc::new(counted),
            activity: Activity::default(),
            seen: Cell::new(0),
            order: Cell::new(Order::Go),
            waker: RefCell::default(),
            answer_by: Cell::default(),
            is_late: Cell::default(),
        })
    }

    /// Tells the connection.
    pub(crate) fn tell(&self, order: Order) {
        self.order.set(order);
        self.wake();
    }

    /// Looks whether an answer is late, once a second.
    pub(crate) fn look_at_answer(&self, now: Duration) {
        if self.answer_by.get().is_some_and(|by| now >= by) {
            self.is_late.set(true);
            self.wake();
        }
    }

    /// Looks whether the connection is of use; one that is not by the second look ends.
    pub(crate) fn look_at_use(&self) {
        let mut seen = self.seen.get();
        let found = self.activity.look(&mut seen);
        self.seen.set(seen);
        if found != Use::Used {
            self.tell(Order::Leave);
        }
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }

    fn listen(&self, waker: &Waker) {
        let mut kept = self.waker.borrow_mut();
        if !kept.as_ref().is_some_and(|kept| kept.will_wake(waker)) {
            *kept = Some(waker.clone());
        }
    }

    /// Waits for an answer for so long, give or take a second; a body that is on its way puts that off.
    pub(crate) async fn in_time<T>(
        &self,
        (limit, now): (Duration, impl Fn() -> Duration),
        sending: impl Future<Output = T>,
        body: Option<&Sending>,
    ) -> Option<T> {
        self.is_late.set(false);
        self.answer_by.set(Some(now() + limit));
        let sent_so_far = || body.map_or(0, |body| body.pieces.get());
        let mut pieces = sent_so_far();
        let mut sending = pin!(sending);
        let answered = poll_fn(|context| {
            if let Poll::Ready(sent) = sending.as_mut().poll(context) {
                return Poll::Ready(Some(sent));
            }
            if self.is_late.replace(false) {
                let sent = sent_so_far();
                if sent == pieces {
                    return Poll::Ready(None);
                }
                pieces = sent;
                self.answer_by.set(Some(now() + limit));
            }
            Poll::Pending
        });
        let answered = answered.await;
        self.answer_by.set(None);
        answered
    }
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
    counted: Counted,
) {
    // only a matter of speed, so a fault is none
    let _ = stream.set_nodelay(true);
    let client = Client::new(peer, counted);
    let _place = worker.clients.enter(&client);
    let (asked, asking) = (Rc::clone(&worker), Rc::clone(&client));
    let service = service_fn(move |request| {
        let answer = exchange::answer(Rc::clone(&asked), Rc::clone(&asking), request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    // a hundred header fields, which is hyper's own limit: for another one it would allocate with each request
    let connection = http1::Builder::new()
        .max_header_size(MOST_HEAD)
        .max_buf_size(MOST_BUFFER)
        .half_close(false)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let mut is_ending = false;
    poll_fn(|context| {
        client.listen(context.waker());
        match client.order.get() {
            Order::Leave => return Poll::Ready(()),
            Order::End if !is_ending => {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
            Order::End | Order::Go => {}
        }
        // a connection that breaks is the caller's matter
        connection.as_mut().poll(context).map(drop)
    })
    .await;
}
