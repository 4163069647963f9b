//! A checked connection for HTTP that is spoken elsewhere: one that keeps its connections itself, and in its own
//! threads. It is opened as every other one is.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use grantd_model::Invalid;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::client::TlsStream;
use url::{Host, Url};

use crate::connect::timed_out;
use crate::error::NetError;
use crate::net::Net;
use crate::phases::{Phase, Recorder};
use crate::request::ProxyChoice;
use crate::tls;

/// Which versions of HTTP are offered by ALPN (RFC 7301).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HttpOffer {
    /// HTTP/2, else HTTP/1.1.
    Both,
    /// HTTP/1.1 alone.
    Http1,
    /// HTTP/2 alone.
    Http2,
}

impl HttpOffer {
    fn protocols(self) -> Vec<Vec<u8>> {
        let names: &[&[u8]] = match self {
            Self::Both => &[b"h2", b"http/1.1"],
            Self::Http1 => &[b"http/1.1"],
            Self::Http2 => &[b"h2"],
        };
        names.iter().map(|name| name.to_vec()).collect()
    }
}

/// Where a connection leads.
#[derive(Clone)]
pub struct HttpTarget {
    /// The origin: the name in TLS and in the rules is its host.
    pub url: Url,
    /// Where it is connected to instead, without TLS knowing of it: a host, in brackets if it is an address of
    /// IPv6, and a port.
    pub instead: Option<(String, u16)>,
    /// PEM certificates of the only authorities trusted, instead of the usual ones.
    pub ca_bundle: Option<Arc<str>>,
    /// What is offered.
    pub offer: HttpOffer,
    /// How long it may take until the connection stands.
    pub limit: Duration,
    /// Addresses that are tried last.
    pub avoid: Vec<SocketAddr>,
    /// With which of the addresses of a name it begins; counted around.
    pub first: usize,
}

impl fmt::Debug for HttpTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTarget")
            .field("origin", &self.url.origin().ascii_serialization())
            .field("instead", &self.instead)
            .field("own_ca_bundle", &self.ca_bundle.is_some())
            .field("offer", &self.offer)
            .finish_non_exhaustive()
    }
}

/// A connection that stands.
#[derive(Debug)]
pub struct HttpConnection {
    /// Bytes in both directions.
    pub stream: HttpStream,
    /// Whether HTTP/2 was agreed on; never without TLS.
    pub http2: bool,
    /// Who is at the other end; the proxy, where there is one.
    pub peer: SocketAddr,
    /// Who was tried before and did not answer.
    pub passed_over: Vec<SocketAddr>,
}

/// A stream with or without TLS.
#[derive(Debug)]
pub enum HttpStream {
    /// In the clear.
    Plain(TcpStream),
    /// Under TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Net {
    /// Connects as a request would: by name, policy, proxy and TLS.
    ///
    /// # Errors
    /// With what is in the way.
    pub async fn connect(&self, target: &HttpTarget) -> Result<HttpConnection, NetError> {
        let config = match target.url.scheme() {
            "https" => Some(
                self.tls()
                    .config(target.ca_bundle.as_ref(), None)
                    .map_err(NetError::InvalidRequest)?
                    .with_alpn(target.offer.protocols()),
            ),
            _ => None,
        };
        let place = place(target)?;
        let policy = self.policy();
        let connector = self.connector(&policy, target.limit);
        let mut recorder = Recorder::new(None);
        // a proxy is asked for the place, the name in TLS stays
        let route = self.route(&ProxyChoice::Global, &place);
        let deadline = Instant::now() + target.limit;
        let mut passed_over = Vec::new();
        let order = |addresses: &mut Vec<IpAddr>, port| put_in_order(addresses, port, target);
        let work = async {
            let reached = connector.reach_in_order(
                &place,
                &route,
                &mut recorder,
                deadline,
                (&order, &mut passed_over),
            );
            let (tcp, peer) = reached.await?;
            let Some(config) = &config else {
                return Ok::<_, NetError>((HttpStream::Plain(tcp), false, peer));
            };
            recorder.begin(Phase::Tls);
            let stream = tls::handshake(config, &target.url, tcp).await?;
            let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            Ok::<_, NetError>((HttpStream::Tls(Box::new(stream)), http2, peer))
        };
        let (stream, http2, peer) = match timeout_at(deadline, work).await {
            Ok(result) => result?,
            Err(_) => return Err(timed_out(&recorder, &place, target.limit)),
        };
        Ok(HttpConnection {
            stream,
            http2,
            peer,
            passed_over,
        })
    }
}

/// The URL whose host and port are connected to.
fn place(target: &HttpTarget) -> Result<Url, NetError> {
    let mut url = target.url.clone();
    let Some((host, port)) = &target.instead else {
        return Ok(url);
    };
    let fault = || {
        NetError::InvalidRequest(Invalid::new(
            "invalid_address",
            "a host and a port to connect to are expected",
        ))
    };
    let host = Host::parse(host).map_err(|_| fault())?;
    url.set_host(Some(&host.to_string())).map_err(|_| fault())?;
    url.set_port(Some(*port)).map_err(|()| fault())?;
    Ok(url)
}

/// Begins with the one whose turn it is, and leaves those to be avoided for the end.
fn put_in_order(addresses: &mut [IpAddr], port: u16, target: &HttpTarget) {
    let turn = target.first.checked_rem(addresses.len()).unwrap_or(0);
    addresses.rotate_left(turn);
    // a stable sort: those that are not avoided keep their turns
    addresses.sort_by_key(|address| target.avoid.contains(&SocketAddr::new(*address, port)));
}

impl AsyncRead for HttpStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for HttpStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(context, pieces),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(context, pieces),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(avoid: &[&str], first: usize) -> HttpTarget {
        HttpTarget {
            url: "https://api.example.com/".parse().unwrap(),
            instead: None,
            ca_bundle: None,
            offer: HttpOffer::Both,
            limit: Duration::from_secs(1),
            avoid: avoid.iter().map(|it| it.parse().unwrap()).collect(),
            first,
        }
    }

    #[test]
    fn addresses_take_turns_and_those_to_be_avoided_come_last() {
        for (avoid, first, expected) in [
            (&[][..], 0, ["192.0.2.1", "192.0.2.2", "192.0.2.3"]),
            (&[], 4, ["192.0.2.2", "192.0.2.3", "192.0.2.1"]),
            (
                &["192.0.2.2:443"],
                1,
                ["192.0.2.3", "192.0.2.1", "192.0.2.2"],
            ),
            (
                &["192.0.2.2:80"],
                1,
                ["192.0.2.2", "192.0.2.3", "192.0.2.1"],
            ),
        ] {
            let mut addresses: Vec<IpAddr> = ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
                .map(|it| it.parse().unwrap())
                .to_vec();
            put_in_order(&mut addresses, 443, &target(avoid, first));
            let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            assert_eq!(texts, expected, "{avoid:?} {first}");
        }
        put_in_order(&mut [], 443, &target(&[], 3));
    }

    #[test]
    fn another_place_leaves_the_name() {
        let mut target = target(&[], 0);
        target.instead = Some(("[::1]".to_owned(), 8443));
        assert_eq!(place(&target).unwrap().as_str(), "https://[::1]:8443/");
        target.instead = Some(("a b".to_owned(), 1));
        assert!(place(&target).is_err());
    }
}
