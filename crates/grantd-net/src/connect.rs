//! From a URL to an open connection: resolve, check, connect, tunnel, TLS.
//!
//! Invariant: the addresses that were checked are the ones that are connected to; there is one
//! look-up per connection.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use grantd_model::ProxyUrl;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::error::NetError;
use crate::guard::EgressPolicy;
use crate::phases::{Phase, Recorder};
use crate::proxy;
use crate::resolve::{ResolveError, Resolver};
use crate::route::Route;
use crate::target::{host_name, literal_address, port};
use crate::tls::{self, TlsConfig};
use crate::tls_fault::TlsFault;

/// The longest that connecting may take, whatever the limit says.
const MOST_TIME: Duration = Duration::from_hours(1);

/// The most header fields of an answer.
const MOST_HEADERS: usize = 100;

/// The largest header of an answer, in bytes.
const MOST_HEADER_BYTES: usize = 32 * 1024;

/// The largest read buffer of a connection, in bytes.
const MOST_BUFFER_BYTES: usize = 64 * 1024;

/// An open HTTP/1.1 connection.
pub(crate) struct Connection {
    pub(crate) sender: SendRequest<Full<Bytes>>,
    pub(crate) peer: SocketAddr,
}

/// Puts the addresses of a place, and its port, into the order in which they are tried.
pub(crate) type Order<'a> = &'a (dyn Fn(&mut Vec<IpAddr>, u16) + Sync);

/// How a place is reached.
struct Way<'a> {
    /// Whether the proxy, where there is one, is asked for a tunnel.
    tunnels: bool,
    order: Order<'a>,
    /// Who was tried and did not answer.
    passed_over: &'a mut Vec<SocketAddr>,
}

/// What connecting needs.
pub(crate) struct Connector<'a> {
    pub(crate) policy: &'a EgressPolicy,
    pub(crate) resolver: &'a dyn Resolver,
    pub(crate) tasks: &'a TaskTracker,
    pub(crate) stop: &'a CancellationToken,
    pub(crate) limit: Duration,
}

impl Connector<'_> {
    /// Opens a connection within the limit.
    pub(crate) async fn open(
        &self,
        url: &Url,
        route: &Route,
        tls: Option<&TlsConfig>,
        recorder: &mut Recorder,
    ) -> Result<Connection, NetError> {
        let next = route.proxy().map_or(url, ProxyUrl::url);
        let deadline = Instant::now() + self.limit.min(MOST_TIME);
        let work = self.establish(url, next, route, tls, recorder, deadline);
        match timeout_at(deadline, work).await {
            Ok(result) => result,
            Err(_) => Err(timed_out(recorder, next, self.limit)),
        }
    }

    /// Opens a stream within the limit, that leads to the target of the URL itself: through a tunnel where
    /// there is a proxy.
    pub(crate) async fn open_stream(
        &self,
        url: &Url,
        route: &Route,
        recorder: &mut Recorder,
    ) -> Result<TcpStream, NetError> {
        let next = route.proxy().map_or(url, ProxyUrl::url);
        let deadline = Instant::now() + self.limit.min(MOST_TIME);
        let work = self.reach((url, next), route, true, recorder, deadline);
        match timeout_at(deadline, work).await {
            Ok(result) => result.map(|(tcp, _)| tcp),
            Err(_) => Err(timed_out(recorder, next, self.limit)),
        }
    }

    async fn establish(
        &self,
        url: &Url,
        next: &Url,
        route: &Route,
        tls: Option<&TlsConfig>,
        recorder: &mut Recorder,
        deadline: Instant,
    ) -> Result<Connection, NetError> {
        let tunnels = tls.is_some();
        let reached = self.reach((url, next), route, tunnels, recorder, deadline);
        let (tcp, peer) = reached.await?;
        let Some(tls) = tls else {
            return self.speak_http(tcp, peer).await;
        };
        recorder.begin(Phase::Tls);
        let stream = tls::handshake(tls, url, tcp).await?;
        recorder.done(tls::agreed(&stream));
        self.speak_http(stream, peer).await
    }

    /// Looks up, checks, connects in the order that is wanted, and asks the proxy for a tunnel where there is
    /// one; notes whom it passed over.
    pub(crate) async fn reach_in_order(
        &self,
        url: &Url,
        route: &Route,
        recorder: &mut Recorder,
        deadline: Instant,
        (order, passed_over): (Order<'_>, &mut Vec<SocketAddr>),
    ) -> Result<(TcpStream, SocketAddr), NetError> {
        let next = route.proxy().map_or(url, ProxyUrl::url);
        let way = Way {
            tunnels: true,
            order,
            passed_over,
        };
        self.reach_by((url, next), route, recorder, deadline, way)
            .await
    }

    /// Looks up, checks, connects, and asks the proxy for a tunnel where there is to be one.
    async fn reach(
        &self,
        (url, next): (&Url, &Url),
        route: &Route,
        tunnels: bool,
        recorder: &mut Recorder,
        deadline: Instant,
    ) -> Result<(TcpStream, SocketAddr), NetError> {
        let way = Way {
            tunnels,
            order: &|_, _| {},
            passed_over: &mut Vec::new(),
        };
        self.reach_by((url, next), route, recorder, deadline, way)
            .await
    }

    async fn reach_by(
        &self,
        (url, next): (&Url, &Url),
        route: &Route,
        recorder: &mut Recorder,
        deadline: Instant,
        way: Way<'_>,
    ) -> Result<(TcpStream, SocketAddr), NetError> {
        let mut addresses = self.addresses(next, recorder).await?;
        (way.order)(&mut addresses, port(next));

        recorder.begin(Phase::EgressPolicy);
        route.check(self.policy, url, &addresses)?;
        recorder.done(
            if route.proxy().is_some() && literal_address(url).is_none() {
                "the proxy resolves the name".to_owned()
            } else {
                String::new()
            },
        );

        recorder.begin(Phase::Tcp);
        let (mut tcp, peer) =
            connect_first(next, &addresses, (deadline, self.limit), way.passed_over).await?;
        recorder.done(peer.to_string());

        if way.tunnels && route.proxy().is_some() {
            recorder.begin(Phase::Proxy);
            proxy::tunnel(&mut tcp, host_name(url), port(url)).await?;
            recorder.done(host_name(next).to_owned());
        }
        Ok((tcp, peer))
    }

    /// The addresses of the host, in the form in which they are connected to.
    async fn addresses(&self, url: &Url, recorder: &mut Recorder) -> Result<Vec<IpAddr>, NetError> {
        if let Some(address) = literal_address(url) {
            return Ok(vec![address.to_canonical()]);
        }
        recorder.begin(Phase::Dns);
        let host = host_name(url).to_owned();
        let found = match self
            .resolver
            .resolve(url.host_str().unwrap_or_default())
            .await
        {
            Ok(found) if !found.is_empty() => found,
            Ok(_) | Err(ResolveError::NotFound) => return Err(NetError::NameNotFound { host }),
            Err(ResolveError::Failed(fault)) => {
                return Err(NetError::ResolveFailed { host, fault });
            }
        };
        let found: Vec<IpAddr> = found.iter().map(IpAddr::to_canonical).collect();
        let texts: Vec<String> = found.iter().map(IpAddr::to_string).collect();
        recorder.done(texts.join(", "));
        Ok(found)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that makes HTTP connections"
    )]
    async fn speak_http<T>(&self, stream: T, peer: SocketAddr) -> Result<Connection, NetError>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, driver) = http1::Builder::new()
            .title_case_headers(true)
            .max_headers(MOST_HEADERS)
            .max_header_size(MOST_HEADER_BYTES)
            .max_buf_size(MOST_BUFFER_BYTES)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|fault| NetError::ConnectFailed {
                address: peer,
                fault: fault.to_string(),
            })?;
        // The driver's own errors reach the sender; the task ends with the connection.
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            stop.run_until_cancelled(driver).await;
        });
        Ok(Connection { sender, peer })
    }
}

/// What it is called when connecting took too long.
pub(crate) fn timed_out(recorder: &Recorder, url: &Url, after: Duration) -> NetError {
    let host = host_name(url).to_owned();
    match recorder.open_phase() {
        Some(Phase::Dns) => NetError::ResolveFailed {
            host,
            fault: format!("no answer within {} s", after.as_secs_f32()),
        },
        Some(Phase::Tls) => NetError::Tls(TlsFault::TimedOut(after)),
        _ => NetError::ConnectTimeout { host, after },
    }
}

/// Tries the addresses in order; each gets its share of the time that is left.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that connects, after the check"
)]
async fn connect_first(
    url: &Url,
    addresses: &[IpAddr],
    (deadline, limit): (Instant, Duration),
    passed_over: &mut Vec<SocketAddr>,
) -> Result<(TcpStream, SocketAddr), NetError> {
    let mut last = NetError::NameNotFound {
        host: host_name(url).to_owned(),
    };
    for (left, address) in (1..=addresses.len()).rev().zip(addresses) {
        let peer = SocketAddr::new(*address, port(url));
        let remaining = deadline.saturating_duration_since(Instant::now());
        let share = remaining / u32::try_from(left).unwrap_or(u32::MAX);
        last = match timeout(share, TcpStream::connect(peer)).await {
            Ok(Ok(stream)) => {
                // Only a matter of speed, so a fault is none.
                let _ = stream.set_nodelay(true);
                return Ok((stream, peer));
            }
            Ok(Err(fault)) => connect_fault(&fault, url, peer, limit),
            Err(_) => NetError::ConnectTimeout {
                host: host_name(url).to_owned(),
                after: limit,
            },
        };
        passed_over.push(peer);
    }
    Err(last)
}

fn connect_fault(fault: &io::Error, url: &Url, address: SocketAddr, limit: Duration) -> NetError {
    match fault.kind() {
        io::ErrorKind::ConnectionRefused => NetError::ConnectRefused { address },
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
            NetError::NetworkUnreachable { address }
        }
        io::ErrorKind::TimedOut => NetError::ConnectTimeout {
            host: host_name(url).to_owned(),
            after: limit,
        },
        kind => NetError::ConnectFailed {
            address,
            fault: kind.to_string(),
        },
    }
}
