//! The accept loop: HTTP/1.1, limits on headers and connections, graceful shutdown.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use grantd_engine::Engine;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{ServerSettings, router};

/// The most connections at once; further ones wait to be accepted.
const MOST_CONNECTIONS: usize = 1024;

/// How long a client may take to send the head of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);

/// The largest head of a request, in bytes.
const HEADER_BYTES: usize = 64 * 1024;

/// How long to wait when the system has no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long open requests may go on after the shutdown has begun.
const DRAIN: Duration = Duration::from_secs(10);

/// The server of API and console.
pub struct Server(Router);

impl Server {
    /// A server over this engine.
    #[must_use]
    pub fn new(engine: Engine, settings: ServerSettings) -> Self {
        Self(router::router(engine, settings))
    }

    /// A server of these routes.
    pub(crate) const fn of_router(router: Router) -> Self {
        Self(router)
    }

    /// The routes alone, to be called without a socket.
    pub fn into_router(self) -> Router {
        self.0
    }

    /// Serves until the shutdown begins, then lets open requests end within 10 s.
    pub async fn serve(self, listener: TcpListener, shutdown: CancellationToken) {
        let tracker = TaskTracker::new();
        let permits = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        loop {
            let permit = tokio::select! {
                () = shutdown.cancelled() => break,
                permit = Arc::clone(&permits).acquire_owned() => permit,
            };
            let Ok(permit) = permit else { break };
            let accepted = tokio::select! {
                () = shutdown.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    tracker.spawn(connection(stream, self.0.clone(), shutdown.clone(), permit));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(listener);
        tracker.close();
        if tokio::time::timeout(DRAIN, tracker.wait()).await.is_err() {
            tracing::warn!(
                open = tracker.len(),
                "requests were still open when the time to end was over"
            );
        }
    }
}

async fn connection(
    stream: TcpStream,
    router: Router,
    shutdown: CancellationToken,
    _permit: OwnedSemaphorePermit,
) {
    let service = TowerToHyperService::new(router);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended with an error");
    }
}
