//! The accept loop: plain or TLS, HTTP/1.1 and HTTP/2, a limit on connections, graceful shutdown.

mod activity;
mod connection;
mod crowd;
mod patient;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use grantd_engine::Engine;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::observe::RequestIds;
use crate::quick::Quick;
use crate::{LiveSettings, Readiness, ServerSettings, ServerTls, router};
use connection::Connections;
use crowd::Crowd;

/// The most connections at once. While further ones wait to be accepted, those that are not in use end.
const MOST_CONNECTIONS: usize = 4096;

/// How long to wait when the system has no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long open requests may go on after the shutdown has begun.
const DRAIN: Duration = Duration::from_secs(10);

/// How serving has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With the last request.
    Whole,
    /// With requests still open.
    CutOff,
}

/// The server of API and console.
pub struct Server {
    router: Router,
    quick: Option<Quick>,
    tls: Option<ServerTls>,
}

impl Server {
    /// A server over this engine, without TLS.
    #[must_use]
    pub fn new(engine: Engine, settings: ServerSettings) -> Self {
        let readiness = Readiness::new(engine.clone());
        Self::watched(engine, settings, readiness).0
    }

    /// A server over this engine, without TLS, that tells whether it is ready as it is told; with what may be changed
    /// while it runs.
    #[must_use]
    pub fn watched(
        engine: Engine,
        settings: ServerSettings,
        readiness: Readiness,
    ) -> (Self, LiveSettings) {
        let live = LiveSettings::new(&settings);
        let app = App {
            request_ids: RequestIds::new(&engine),
            engine,
            settings: Arc::new(settings),
            live: live.clone(),
            readiness,
            console: Arc::default(),
        };
        let server = Self {
            router: router::router(app.clone()),
            quick: Some(Quick::new(app)),
            tls: None,
        };
        (server, live)
    }

    /// Speaks TLS, and nothing else.
    #[must_use]
    pub fn with_tls(self, tls: ServerTls) -> Self {
        Self {
            tls: Some(tls),
            ..self
        }
    }

    /// A server of these routes, without TLS.
    pub(crate) const fn of_router(router: Router) -> Self {
        Self {
            router,
            quick: None,
            tls: None,
        }
    }

    /// The routes alone, to be called without a socket.
    pub fn into_router(self) -> Router {
        self.router
    }

    /// Serves until the shutdown begins, then lets open requests end within 10 s.
    pub async fn serve(self, listener: TcpListener, shutdown: CancellationToken) -> Ended {
        let tracker = TaskTracker::new();
        let permits = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let connections = Connections {
            router: self.router,
            quick: self.quick,
            tls: self.tls,
            tracker: tracker.clone(),
            shutdown: shutdown.clone(),
            crowd: Crowd::default(),
        };
        let crowd = connections.crowd.clone();
        let mut short_until = Instant::now();
        loop {
            crowd.set(permits.available_permits() == 0 || Instant::now() < short_until);
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
                Ok((stream, peer)) => {
                    let serving = connections.clone().serve(stream, peer);
                    tracker.spawn(async move {
                        serving.await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    // mostly for want of file descriptors: some are freed
                    short_until = Instant::now() + 3 * crowd::LOOK;
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
            return Ended::CutOff;
        }
        Ended::Whole
    }
}
