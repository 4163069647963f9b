//! The threads of the data path: one accepts connections and deals them out, the others serve them, each with a
//! runtime of its own.

use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use arc_swap::ArcSwap;
use grantd_engine::{Engine, EngineError};
use grantd_net::Net;
use tokio::runtime::{Builder, Handle};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::LocalSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access_log::AccessLog;
use crate::client::{self, Counted};
use crate::collector::Consumers;
use crate::table::{Opened, Table, TableMaker};
use crate::worker::Worker;

/// How long open requests may go on after the shutdown has begun.
const DRAIN: Duration = Duration::from_secs(10);

/// How long to wait when the system has no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long to wait when consumers can not be read.
const READ_PAUSE: Duration = Duration::from_secs(1);

/// What the data path is made of.
pub struct ProxyParts {
    /// Who knows consumers and tokens.
    pub engine: Engine,
    /// The way out.
    pub net: Arc<Net>,
    /// The consumers that are served from here on.
    pub consumers: Consumers,
    /// Which requests have a line in the log.
    pub access_log: AccessLog,
    /// How many threads serve connections.
    pub threads: usize,
    /// The most connections of callers at once; further ones wait to be accepted.
    pub connections: usize,
    /// Whether callers on this machine may do without a key where a consumer says so: not where a proxy on this
    /// machine lets others in.
    pub keyless: bool,
}

/// Why serving does not begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The system gives no thread or runtime.
    #[error(transparent)]
    System(#[from] io::Error),
    /// The consumers can not be read.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// How serving has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With the last request.
    Whole,
    /// With requests still open.
    CutOff,
}

/// The data path while it serves.
pub struct Proxy {
    threads: Vec<JoinHandle<Ended>>,
    running: Arc<AtomicUsize>,
    table: Arc<ArcSwap<Table>>,
    maker: TableMaker,
    engine_tasks: TaskTracker,
}

/// A connection on its way to the thread that serves it.
type Dealt = (std::net::TcpStream, std::net::SocketAddr, Counted);

impl Proxy {
    /// Begins to serve on a listener; the engine's work is done in the runtime that this is called in.
    ///
    /// # Errors
    /// When a thread or a runtime can not be made, or the consumers can not be read.
    pub async fn start(
        parts: &ProxyParts,
        listener: TcpListener,
        shutdown: &CancellationToken,
    ) -> Result<Self, StartError> {
        let mut maker = TableMaker::default();
        let first = maker.make(opened(&parts.engine).await?);
        let table = Arc::clone(&parts.consumers.0);
        table.store(Arc::new(first));
        listener.set_nonblocking(true)?;
        let engine_tasks = TaskTracker::new();
        let running = Arc::new(AtomicUsize::new(0));
        let mut threads = Vec::new();
        let mut hands = Vec::new();
        for number in 0..parts.threads.max(1) {
            let (sender, receiver) = unbounded_channel();
            let open = Arc::new(AtomicUsize::new(0));
            hands.push((sender, open));
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let shared = (
                parts.engine.clone(),
                Arc::clone(&parts.net),
                Arc::clone(&table),
            );
            let engine = (Handle::current(), engine_tasks.clone());
            let (shutdown, log, keyless) = (shutdown.clone(), parts.access_log, parts.keyless);
            let named = thread::Builder::new().name(format!("consumers-{number}"));
            let alive = Counted::new(Arc::clone(&running));
            threads.push(named.spawn(move || {
                let _alive = alive;
                let local = LocalSet::new();
                let worker = Worker::new(number, shared, engine, (log, keyless));
                runtime.block_on(local.run_until(serve(worker, receiver, shutdown)))
            })?);
        }
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (shutdown, most) = (shutdown.clone(), parts.connections);
        let named = thread::Builder::new().name("consumers-accept".to_owned());
        let alive = Counted::new(Arc::clone(&running));
        threads.push(named.spawn(move || {
            let _alive = alive;
            runtime.block_on(accept(listener, hands, most, shutdown));
            Ended::Whole
        })?);
        Ok(Self {
            threads,
            running,
            table,
            maker,
            engine_tasks,
        })
    }

    /// Tells whether all of its threads go on.
    pub fn alive(&self) -> impl Fn() -> bool + Send + Sync + 'static {
        let (running, all) = (Arc::clone(&self.running), self.threads.len());
        move || running.load(Ordering::Acquire) == all
    }

    /// Serves consumers as they are, until the shutdown begins and everything has ended.
    pub async fn serve(mut self, engine: &Engine, shutdown: &CancellationToken) -> Ended {
        let mut changed = engine.consumers_changed();
        // what has changed since the start is seen as well
        changed.mark_changed();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                seen = changed.changed() => if seen.is_err() { break },
            }
            match opened(engine).await {
                Ok(consumers) => self.table.store(Arc::new(self.maker.make(consumers))),
                Err(error) => {
                    tracing::error!(%error, "HTTP consumers could not be read again; they are served as they were");
                    tokio::time::sleep(READ_PAUSE).await;
                    changed.mark_changed();
                }
            }
        }
        self.ended().await
    }

    async fn ended(self) -> Ended {
        let joined = tokio::task::spawn_blocking(move || {
            let mut ended = Ended::Whole;
            for thread in self.threads {
                match thread.join() {
                    Ok(Ended::Whole) => {}
                    Ok(Ended::CutOff) | Err(_) => ended = Ended::CutOff,
                }
            }
            ended
        });
        let ended = joined.await.unwrap_or(Ended::CutOff);
        self.engine_tasks.close();
        self.engine_tasks.wait().await;
        ended
    }
}

/// The consumers with their secret fields opened.
async fn opened(engine: &Engine) -> Result<Vec<Opened>, EngineError> {
    let served = engine.served_consumers().await?;
    let opened = served.into_iter().map(|it| {
        if let Err(fault) = &it.fields {
            tracing::error!(consumer = %it.consumer.slug, %fault, "nothing is sent through an HTTP consumer");
        }
        (Arc::new(it.consumer), it.fields.ok())
    });
    Ok(opened.collect())
}

/// Accepts connections, and gives each to the thread that has the fewest.
async fn accept(
    listener: TcpListener,
    mut hands: Vec<(UnboundedSender<Dealt>, Arc<AtomicUsize>)>,
    most: usize,
    shutdown: CancellationToken,
) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "connections to HTTP consumers can not be accepted");
            return;
        }
    };
    loop {
        let all: usize = hands
            .iter()
            .map(|(_, open)| open.load(Ordering::Acquire))
            .sum();
        if all >= most {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(ACCEPT_PAUSE) => continue,
            }
        }
        let accepted = tokio::select! {
            () = shutdown.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let dealt = accepted.and_then(|(stream, peer)| Ok((stream.into_std()?, peer)));
        match dealt {
            Ok((stream, peer)) => {
                let all = hands.iter().enumerate();
                let fewest = all.min_by_key(|(_, (_, open))| open.load(Ordering::Acquire));
                let Some((at, (hand, open))) = fewest else {
                    return;
                };
                let sent = hand.send((stream, peer, Counted::new(Arc::clone(open))));
                if sent.is_err() {
                    tracing::error!("a thread that serves HTTP consumers has ended");
                    hands.swap_remove(at);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a connection to an HTTP consumer could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves the connections that are dealt to this thread.
async fn serve(
    worker: Rc<Worker>,
    mut dealt: UnboundedReceiver<Dealt>,
    shutdown: CancellationToken,
) -> Ended {
    worker.run(Rc::clone(&worker).look());
    let callers = TaskTracker::new();
    loop {
        let next = tokio::select! {
            () = shutdown.cancelled() => break,
            next = dealt.recv() => next,
        };
        let Some((stream, peer, counted)) = next else {
            break;
        };
        match tokio::net::TcpStream::from_std(stream) {
            Ok(stream) => {
                let serving = client::serve(Rc::clone(&worker), (stream, peer), counted);
                callers.spawn_local(serving);
            }
            Err(error) => tracing::warn!(%error, "a connection could not be served"),
        }
    }
    worker.clients.end();
    callers.close();
    let ended = match tokio::time::timeout(DRAIN, callers.wait()).await {
        Ok(()) => Ended::Whole,
        Err(_) => Ended::CutOff,
    };
    worker.tell_counts();
    // what is left, such as idle connections to services, is dropped with the thread
    ended
}
