//! The sockets of a server: bound before anything else, so that a port in use ends the start at once.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::config::Config;
use crate::failure::Failure;
use crate::lifecycle;

/// What a server listens on.
pub(crate) struct Sockets {
    /// API and console.
    pub(crate) listener: TcpListener,
    /// Where that is.
    pub(crate) local: SocketAddr,
    /// What is counted, if it is served.
    pub(crate) metrics: Option<(TcpListener, SocketAddr)>,
    /// HTTP consumers, if they are served.
    pub(crate) consumers: Option<(TcpListener, SocketAddr)>,
}

impl Sockets {
    /// Binds what the configuration says.
    ///
    /// # Errors
    /// When a port is taken, or the system refuses.
    pub(crate) async fn bind(config: &Config) -> Result<Self, Failure> {
        let (listener, local) = lifecycle::listen(config.server.listen).await?;
        let metrics = match config.metrics.listen {
            Some(address) => Some(lifecycle::listen_at(address, "metrics.listen").await?),
            None => None,
        };
        let consumers = match config.consumers.address(config.server.listen) {
            Some(address) => Some(lifecycle::listen_at(address, "consumers.listen").await?),
            None => None,
        };
        Ok(Self {
            listener,
            local,
            metrics,
            consumers,
        })
    }

    /// All of them: nothing is sent there.
    pub(crate) fn own(&self) -> Vec<SocketAddr> {
        let others = [&self.metrics, &self.consumers];
        let others = others.into_iter().flatten().map(|(_, local)| *local);
        std::iter::once(self.local).chain(others).collect()
    }
}
