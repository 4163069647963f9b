//! Servers on loopback, a scripted resolver and an observer that writes down.

use std::collections::VecDeque;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use grantd_net::{
    EgressPolicy, Net, NetConfig, Outcome, Phase, PhaseReport, Request, ResolveError, Resolver,
};
use http::Method;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;

/// An answer that keeps the connection open.
pub(crate) const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A server that runs until it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Server {
    /// Listens on 127.0.0.1 and gives each connection to the handler.
    pub(crate) async fn start<F, R>(handler: F) -> Self
    where
        F: Fn(TcpStream) -> R + Send + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), handler).await
    }

    /// Listens at the address.
    pub(crate) async fn start_at<F, R>(address: SocketAddr, handler: F) -> Self
    where
        F: Fn(TcpStream) -> R + Send + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&accepted);
        let open = Arc::new(AtomicUsize::new(0));
        let now_open = Arc::clone(&open);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                now_open.fetch_add(1, Ordering::SeqCst);
                let (work, now_open) = (handler(stream), Arc::clone(&now_open));
                connections.spawn(async move {
                    work.await;
                    now_open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self {
            address,
            accepted,
            open,
            _tasks: tasks,
        }
    }

    /// Answers every request of every connection with these bytes.
    pub(crate) async fn answering(answer: &'static [u8]) -> Self {
        Self::start(move |stream| answer_all(stream, answer)).await
    }

    /// How many connections were accepted.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// How many connections are open.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// A URL of this server by its address.
    pub(crate) fn url(&self, path: &str) -> Url {
        format!("http://{}{path}", self.address).parse().unwrap()
    }
}

/// Answers every request with these bytes, until the client goes.
pub(crate) async fn answer_all<T>(mut stream: T, answer: &'static [u8])
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    while read_request(&mut stream).await.is_some() {
        if stream.write_all(answer).await.is_err() {
            return;
        }
    }
}

/// A request with its body, or nothing when the client has gone.
pub(crate) async fn read_request<T: AsyncRead + Unpin>(stream: &mut T) -> Option<String> {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(stream.read_u8().await.ok()?);
    }
    let header = String::from_utf8(text).unwrap();
    let length = header.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    Some(header + &String::from_utf8(body).unwrap())
}

/// A way out that may reach loopback by these rules.
pub(crate) fn net(allow: &[&str]) -> Net {
    Net::new(NetConfig::new(policy(allow))).unwrap()
}

/// The same with scripted look-ups.
pub(crate) fn net_resolving(allow: &[&str], resolver: &Arc<Script>) -> Net {
    let mut config = NetConfig::new(policy(allow));
    config.resolver = Arc::clone(resolver) as Arc<dyn Resolver>;
    Net::new(config).unwrap()
}

/// A policy with these rules.
pub(crate) fn policy(allow: &[&str]) -> EgressPolicy {
    EgressPolicy::parse(allow.iter().copied()).unwrap()
}

/// A GET with short limits.
pub(crate) fn get(url: Url) -> Request {
    let mut request = Request::new(Method::GET, url);
    request.limits.connect = Duration::from_secs(5);
    request.limits.total = Duration::from_secs(10);
    request
}

/// The phases with their outcomes.
pub(crate) fn outline(phases: &[PhaseReport]) -> Vec<(Phase, Outcome)> {
    phases.iter().map(|it| (it.phase, it.outcome)).collect()
}

/// Answers look-ups one after the other from a list, the last one for ever, and counts them.
pub(crate) struct Script {
    answers: Mutex<VecDeque<Result<Vec<IpAddr>, ResolveError>>>,
    asked: Mutex<Vec<String>>,
}

impl Script {
    /// One list of addresses per look-up.
    pub(crate) fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |list: &&[&str]| Ok(list.iter().map(|it| it.parse().unwrap()).collect());
        Arc::new(Self {
            answers: Mutex::new(answers.iter().map(parse).collect()),
            asked: Mutex::default(),
        })
    }

    /// A fault at each look-up.
    pub(crate) fn failing(fault: ResolveError) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(VecDeque::from([Err(fault)])),
            asked: Mutex::default(),
        })
    }

    /// The names that were asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Resolver for Script {
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, ResolveError> {
        self.asked.lock().unwrap().push(host.to_owned());
        let mut answers = self.answers.lock().unwrap();
        if answers.len() > 1 {
            return answers.pop_front().unwrap();
        }
        answers.front().unwrap().clone()
    }
}
