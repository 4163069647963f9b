//! A checked connection without HTTP, for protocols that are spoken elsewhere: opened as every other one is,
//! and brought under TLS at once or later.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::timeout;
use url::Url;

use crate::error::NetError;
use crate::tls::{self, TlsConfig};
use crate::tls_fault::TlsFault;

/// Where a line leads, and how it is kept secret.
#[derive(Clone)]
pub struct Dial {
    /// Host and port, as a URL of https; of http for a line that stays in the clear, which goes to this
    /// machine only.
    pub url: Url,
    /// Whether TLS begins with the first byte.
    pub tls_at_once: bool,
    /// PEM certificates of the only authorities trusted, instead of the usual ones.
    pub ca_bundle: Option<Arc<str>>,
    /// How long it may take until the line stands.
    pub limit: Duration,
}

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dial")
            .field("origin", &self.url.origin().ascii_serialization())
            .field("tls_at_once", &self.tls_at_once)
            .field("own_ca_bundle", &self.ca_bundle.is_some())
            .finish_non_exhaustive()
    }
}

/// Bytes in both directions.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// An open line.
pub struct Line {
    stream: Box<dyn Stream>,
    /// What it is brought under TLS with; none if it is, or must not be.
    later: Option<(TlsConfig, Url, Duration)>,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("in_the_clear", &self.later.is_some())
            .finish_non_exhaustive()
    }
}

impl Line {
    /// A line over a stream that somebody else has opened: for tests, which have no network.
    #[must_use]
    pub fn over(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Self {
        Self {
            stream: Box::new(stream),
            later: None,
        }
    }

    pub(crate) fn in_the_clear(
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        later: Option<(TlsConfig, Url, Duration)>,
    ) -> Self {
        Self {
            stream: Box::new(stream),
            later,
        }
    }

    /// Brings the line under TLS. What came in the clear and was not read is lost with it: the caller
    /// makes sure that there is none (RFC 3207 section 4.2).
    ///
    /// # Errors
    /// When TLS can not be agreed on, or the line is none that could be brought under it.
    pub async fn start_tls(self) -> Result<Self, NetError> {
        let Some((config, url, limit)) = self.later else {
            return Err(NetError::Tls(TlsFault::Closed));
        };
        let config = config.without_alpn();
        let shaken = timeout(limit, tls::handshake(&config, &url, self.stream)).await;
        match shaken {
            Ok(stream) => Ok(Self::over(stream?)),
            Err(_) => Err(NetError::Tls(TlsFault::TimedOut(limit))),
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
