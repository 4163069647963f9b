//! One connection: its TLS handshake, its version of HTTP, its limits and its end.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use hyper::rt::Executor;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::activity::{Activity, AnswerBody, Idle, OpenRequest};
use super::crowd::Crowd;
use super::patient::Patient;
use crate::ServerTls;
use crate::client_address::Peer;
use crate::quick::Quick;
use crate::tls::HTTP2;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a client may take to send the head of its first request.
const HEAD: Duration = Duration::from_secs(15);

/// How long a connection is kept at least on which no request is open, and twice that at most; the
/// head of a further request has to come within that time.
const IDLE: Duration = Duration::from_mins(1);

/// How long a client that was told that its connection ends may keep it without a request.
const FAREWELL: Duration = Duration::from_secs(5);

/// The largest head of a request, in bytes.
const HEAD_BYTES: u32 = 64 * 1024;

/// The most requests at once on an HTTP/2 connection.
const MOST_STREAMS: u32 = 256;

/// How often an HTTP/2 client is asked whether it is still there, and how long it may take to say.
const PING: Duration = Duration::from_secs(20);

/// What all connections of a server share.
#[derive(Clone)]
pub(super) struct Connections {
    pub(super) router: Router,
    pub(super) quick: Option<Quick>,
    pub(super) tls: Option<ServerTls>,
    pub(super) tracker: TaskTracker,
    pub(super) shutdown: CancellationToken,
    pub(super) crowd: Crowd,
}

impl Connections {
    /// Serves one connection to its end.
    pub(super) async fn serve<S>(self, stream: S, peer: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let builder = builder(Tasks(self.tracker.clone()));
        let stream = Patient::new(stream);
        let Some(tls) = &self.tls else {
            return self.http(stream, peer, builder).await;
        };
        let accepting = TlsAcceptor::from(tls.config()).accept(stream);
        let accepted = tokio::select! {
            () = self.shutdown.cancelled() => return,
            () = self.crowd.patience(HANDSHAKE) => {
                return tracing::debug!("a TLS handshake took too long");
            }
            accepted = accepting => accepted,
        };
        match accepted {
            Ok(stream) => {
                // what was agreed on holds; without an agreement it is HTTP/1.1
                let builder = match stream.get_ref().1.alpn_protocol() {
                    Some(HTTP2) => builder.http2_only(),
                    _ => builder.http1_only(),
                };
                self.http(stream, peer, builder).await;
            }
            Err(error) => tracing::debug!(%error, "a TLS handshake failed"),
        }
    }

    async fn http<S>(self, stream: S, peer: SocketAddr, builder: Builder<Tasks>)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let activity = Activity::default();
        let (router, quick, counted) = (self.router, self.quick, activity.clone());
        let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            let quick = quick
                .as_ref()
                .and_then(|quick| quick.answer(&request, peer));
            let way = if let Some(answer) = quick {
                counted.note();
                Way::Quick(answer)
            } else {
                request.extensions_mut().insert(Peer(peer));
                // boxed, so that a quick answer does not move the room of the other way
                Way::Routed(counted.begin(), Box::pin(router.clone().oneshot(request)))
            };
            async move {
                Ok::<_, std::convert::Infallible>(match way {
                    Way::Quick(answer) => answer.map(|bytes| AnswerBody::Whole(Some(bytes))),
                    Way::Routed(open, answering) => {
                        let answer = answering.await?;
                        answer.map(|body| AnswerBody::open(body, open))
                    }
                })
            }
        });
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        let early = tokio::select! {
            ended = connection.as_mut() => Some(ended),
            () = self.shutdown.cancelled() => None,
            idle = activity.idles(HEAD, IDLE, self.crowd.clone()) => match idle {
                Idle::Unused => None,
                Idle::Stuck => return tracing::debug!("a client does not take its answer"),
            },
        };
        let ended = if let Some(ended) = early {
            ended
        } else {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection => ended,
                _ = activity.idles(FAREWELL, FAREWELL, self.crowd.clone()) => return,
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended with an error");
        }
    }
}

/// How a request is answered.
enum Way<F> {
    /// It is answered already.
    Quick(hyper::Response<Bytes>),
    /// By its route, and it is open until its answer was sent.
    Routed(OpenRequest, F),
}

fn builder(tasks: Tasks) -> Builder<Tasks> {
    let mut builder = Builder::new(tasks);
    // no timer for each head: what does not come is noticed by the time that nothing happens
    builder
        .http1()
        .header_read_timeout(None)
        .max_buf_size(HEAD_BYTES as usize);
    // its limits on streams that are reset, and on what it holds for them, are hyper's
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MOST_STREAMS)
        .max_header_list_size(HEAD_BYTES)
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING);
    builder
}

/// Runs the requests of HTTP/2 connections on the tracker, so that the shutdown waits for them.
#[derive(Clone)]
struct Tasks(TaskTracker);

impl<F> Executor<F> for Tasks
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    fn execute(&self, future: F) {
        self.0.spawn(future);
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
    use tokio::time::Instant;

    use super::*;

    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    /// An empty frame SETTINGS.
    const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];

    fn connected(tls: Option<ServerTls>) -> DuplexStream {
        let connections = Connections {
            router: Router::new().route("/", get(|| async { "ok" })),
            quick: None,
            tls,
            tracker: TaskTracker::new(),
            shutdown: CancellationToken::new(),
            crowd: Crowd::default(),
        };
        let (client, server) = tokio::io::duplex(64 * 1024);
        let tracker = connections.tracker.clone();
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        tracker.spawn(connections.serve(server, peer));
        client
    }

    /// How many seconds it takes until the server has closed.
    async fn closed(mut client: DuplexStream, sent: &[u8]) -> u64 {
        let begin = Instant::now();
        client.write_all(sent).await.unwrap();
        let mut answer = Vec::new();
        // the server may close with what it has not read
        let reading = client.read_to_end(&mut answer);
        let _ = tokio::time::timeout(Duration::from_hours(1), reading).await;
        begin.elapsed().as_secs()
    }

    fn tls() -> ServerTls {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = grantd_model::Secret::new(made.signing_key.serialize_pem());
        ServerTls::new(crate::TlsIdentity::from_pem(&made.cert.pem(), &key).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_for_nothing_is_not_kept() {
        let settings = [PREFACE, &SETTINGS].concat();
        for sent in [
            &b""[..],
            b"PRI *",
            PREFACE,
            &settings,
            b"GET / HTTP/1.1\r\n",
        ] {
            let seconds = closed(connected(None), sent).await;
            assert!((15..=20).contains(&seconds), "{sent:?}: {seconds}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_handshake_that_does_not_end_is_ended() {
        // a record of a handshake that promises more than comes
        for sent in [&b""[..], &[22, 3, 1, 1, 0, 1]] {
            let seconds = closed(connected(Some(tls())), sent).await;
            assert_eq!(seconds, 10, "{sent:?}");
        }
    }
}
