//! Why a request has no answer.
//!
//! Variants are causes that one can act on. No text holds a secret, a path or a query.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use grantd_model::{ErrorKind, Invalid};
use http::StatusCode;
use thiserror::Error;

use crate::phases::PhaseReport;
use crate::refusal::Refusal;
use crate::tls_fault::TlsFault;

/// A request that has no answer, with what happened until then.
#[derive(Debug)]
pub struct SendFailure {
    /// The cause.
    pub error: NetError,
    /// The phases that were begun; the last one failed.
    pub phases: Vec<PhaseReport>,
}

impl SendFailure {
    /// Who is at fault.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.error.kind()
    }
}

impl fmt::Display for SendFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for SendFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NetError {
    /// The request itself can not be sent.
    #[error("{0}")]
    InvalidRequest(Invalid),
    /// The egress policy does not allow the target.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The name does not exist, or has no address.
    #[error("the name {host} does not exist")]
    NameNotFound {
        /// The name.
        host: String,
    },
    /// The name could not be looked up.
    #[error("the name {host} could not be looked up: {fault}")]
    ResolveFailed {
        /// The name.
        host: String,
        /// What the resolver said.
        fault: String,
    },
    /// Nothing listens there.
    #[error("{address} refused the connection")]
    ConnectRefused {
        /// Where: the target or the proxy.
        address: SocketAddr,
    },
    /// No connection within the limit.
    #[error("no connection to {host} within {} s", .after.as_secs_f32())]
    ConnectTimeout {
        /// The target or the proxy.
        host: String,
        /// The limit.
        after: Duration,
    },
    /// No route leads there.
    #[error("no route leads to {address}")]
    NetworkUnreachable {
        /// Where: the target or the proxy.
        address: SocketAddr,
    },
    /// The connection failed in another way.
    #[error("the connection to {address} failed: {fault}")]
    ConnectFailed {
        /// Where: the target or the proxy.
        address: SocketAddr,
        /// What the system said.
        fault: String,
    },
    /// The proxy did not open a tunnel.
    #[error("the proxy refused with status {}", .status.as_u16())]
    ProxyRefused {
        /// What it answered.
        status: StatusCode,
    },
    /// The proxy answered something that is not HTTP, or nothing.
    #[error("the proxy did not answer as a proxy: {fault}")]
    ProxyMisbehaved {
        /// What was wrong.
        fault: String,
    },
    /// TLS could not be agreed on.
    #[error("{0}")]
    Tls(TlsFault),
    /// No complete answer within the limit.
    #[error("{host} did not answer within {} s", .after.as_secs_f32())]
    RequestTimeout {
        /// The target.
        host: String,
        /// The limit.
        after: Duration,
    },
    /// The connection ended before the answer was complete. The request may have been carried out.
    #[error("{host} closed the connection before its answer was complete")]
    ClosedEarly {
        /// The target.
        host: String,
    },
    /// The body of the answer is larger than the limit.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge {
        /// The target.
        host: String,
        /// The status of the answer, whose header was complete.
        status: StatusCode,
        /// The limit in bytes.
        limit: usize,
    },
    /// The header of the answer has too many fields or is too large.
    #[error("the header of the answer of {host} is too large")]
    HeaderTooLarge {
        /// The target.
        host: String,
    },
    /// The answer is not HTTP/1.1.
    #[error("the answer of {host} is not valid HTTP: {fault}")]
    Malformed {
        /// The target.
        host: String,
        /// What was wrong.
        fault: String,
    },
}

impl NetError {
    /// Stable, `snake_case`, for events and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request_settings",
            Self::Refused(_) => "egress_refused",
            Self::NameNotFound { .. } => "name_not_found",
            Self::ResolveFailed { .. } => "resolve_failed",
            Self::ConnectRefused { .. } => "connect_refused",
            Self::ConnectTimeout { .. } => "connect_timeout",
            Self::NetworkUnreachable { .. } => "network_unreachable",
            Self::ConnectFailed { .. } => "connect_failed",
            Self::ProxyRefused { .. } => "proxy_refused",
            Self::ProxyMisbehaved { .. } => "proxy_misbehaved",
            Self::Tls(_) => "tls_failed",
            Self::RequestTimeout { .. } => "request_timeout",
            Self::ClosedEarly { .. } => "closed_early",
            Self::TooLarge { .. } => "too_large",
            Self::HeaderTooLarge { .. } => "header_too_large",
            Self::Malformed { .. } => "malformed_answer",
        }
    }

    /// Who is at fault.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidRequest(_) => ErrorKind::Invalid,
            Self::Refused(_) => ErrorKind::Policy,
            Self::TooLarge { .. } | Self::HeaderTooLarge { .. } | Self::Malformed { .. } => {
                ErrorKind::AuthorizationServerMisbehaved
            }
            Self::NameNotFound { .. }
            | Self::ResolveFailed { .. }
            | Self::ConnectRefused { .. }
            | Self::ConnectTimeout { .. }
            | Self::NetworkUnreachable { .. }
            | Self::ConnectFailed { .. }
            | Self::ProxyRefused { .. }
            | Self::ProxyMisbehaved { .. }
            | Self::Tls(_)
            | Self::RequestTimeout { .. }
            | Self::ClosedEarly { .. } => ErrorKind::Unreachable,
        }
    }

    /// What people can do about it, as sentences.
    #[must_use]
    pub fn remedy(&self) -> String {
        let text = match self {
            Self::InvalidRequest(_) => "Correct the setting that is named.",
            Self::Refused(refusal) => return refusal.remedy(),
            Self::Tls(fault) => fault.remedy(),
            Self::NameNotFound { .. } => {
                "Check the spelling of the host, and that this machine's DNS knows it."
            }
            Self::ResolveFailed { .. } => "Check the DNS settings of this machine; try again.",
            Self::ConnectRefused { .. } => {
                "Nothing listens at this port: check the port, and that the server runs."
            }
            Self::ConnectTimeout { .. } => {
                "A firewall may drop the connection. Check that this machine may reach it, or \
                 set an egress proxy."
            }
            Self::NetworkUnreachable { .. } | Self::ConnectFailed { .. } => {
                "Check the network of this machine, or set an egress proxy."
            }
            Self::ProxyRefused { status } => proxy_remedy(*status),
            Self::ProxyMisbehaved { .. } => {
                "Check the address of the egress proxy; it has to be an HTTP proxy that takes \
                 CONNECT."
            }
            Self::RequestTimeout { .. } => {
                "The server is reached but slow; try again, or raise the request timeout."
            }
            Self::ClosedEarly { .. } => {
                "The server, or something in between, ended the connection; try again."
            }
            Self::TooLarge { .. } | Self::HeaderTooLarge { .. } => {
                "Such an answer is not what was asked for: check the URL."
            }
            Self::Malformed { .. } => "Check the URL and the port; the server has to speak HTTP.",
        };
        text.to_owned()
    }
}

impl From<Refusal> for NetError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

const fn proxy_remedy(status: StatusCode) -> &'static str {
    match status.as_u16() {
        407 => {
            "The proxy asks for a sign-in, which grantd does not send; allow this machine there."
        }
        403 => "The proxy does not allow the target; allow it there.",
        _ => "The proxy could not reach the target; its log says why.",
    }
}
