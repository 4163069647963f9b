//! Why a TLS handshake failed, in terms that people act on.

use std::time::Duration;

use grantd_model::Timestamp;
use rustls::CertificateError;
use rustls::pki_types::UnixTime;
use thiserror::Error;

/// Why a TLS connection was not made, or was ended by the server.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TlsFault {
    /// No trusted authority has issued the certificate, as far as the chain shows.
    #[error("the certificate is from an authority that is not trusted")]
    UnknownIssuer,
    /// The certificate, or one above it, has expired.
    #[error("the certificate has expired{}", since(*.0))]
    Expired(Option<Timestamp>),
    /// The certificate, or one above it, is not valid yet.
    #[error("the certificate is not valid yet{}", since(*.0))]
    NotValidYet(Option<Timestamp>),
    /// The certificate is for other names.
    #[error("the certificate is for another name{}", listed(.0))]
    NameMismatch(Vec<String>),
    /// The certificate is wrong in another way.
    #[error("the certificate is not acceptable: {0}")]
    Certificate(String),
    /// The server ended the connection with a TLS alert, such as one that asks for a client
    /// certificate.
    #[error("the server refused with the TLS alert {0}")]
    Alert(String),
    /// The server answered something that is not TLS.
    #[error("the server does not speak TLS at this port")]
    NotTls,
    /// The connection ended during the handshake.
    #[error("the server closed the connection during the TLS handshake")]
    Closed,
    /// The server took the connection and did not shake hands within the limit.
    #[error("no TLS handshake within {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The two sides have nothing in common, or broke the protocol.
    #[error("the TLS handshake failed: {0}")]
    Protocol(String),
}

impl TlsFault {
    /// What people can do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::UnknownIssuer => {
                "If the authority is your own, give its certificate as CA bundle. Otherwise the \
                 server may not send its intermediate certificates."
            }
            Self::Expired(_) => "The server's owner has to renew the certificate.",
            Self::NotValidYet(_) => {
                "Compare the clock of this machine; otherwise the certificate is for later."
            }
            Self::NameMismatch(_) => {
                "Use a name that the certificate is for, or check that the name leads to the \
                 right server."
            }
            Self::Certificate(_) => "The server's owner has to replace the certificate.",
            Self::Alert(_) => {
                "The server ended the handshake; it may ask for a client certificate or know no \
                 such name."
            }
            Self::NotTls => "Check the port; an http port does not answer https.",
            Self::Closed => {
                "A firewall or a proxy in between may cut TLS connections; check the port as well."
            }
            Self::TimedOut(_) => {
                "The server takes connections but does not answer: check the port; a firewall or a \
                 proxy in between may hold TLS back."
            }
            Self::Protocol(_) => "The server has to offer TLS 1.2 or 1.3 with a current cipher.",
        }
    }

    /// Reads the cause out of what the TLS layer reported.
    pub(crate) fn of(fault: &rustls::Error) -> Self {
        match fault {
            rustls::Error::InvalidCertificate(fault) => Self::of_certificate(fault),
            rustls::Error::AlertReceived(alert) => Self::Alert(format!("{alert:?}")),
            rustls::Error::InvalidMessage(_) => Self::NotTls,
            other => Self::Protocol(other.to_string()),
        }
    }

    /// The cause, if an I/O error is one of TLS.
    pub(crate) fn of_io(fault: &std::io::Error) -> Option<Self> {
        fault
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>())
            .map(Self::of)
    }

    fn of_certificate(fault: &CertificateError) -> Self {
        match fault {
            // A trusted authority of the same name did not sign it: another one did.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::UnknownIssuer,
            CertificateError::Expired => Self::Expired(None),
            CertificateError::ExpiredContext { not_after, .. } => {
                Self::Expired(Some(timestamp(*not_after)))
            }
            CertificateError::NotValidYet => Self::NotValidYet(None),
            CertificateError::NotValidYetContext { not_before, .. } => {
                Self::NotValidYet(Some(timestamp(*not_before)))
            }
            CertificateError::NotValidForName => Self::NameMismatch(Vec::new()),
            CertificateError::NotValidForNameContext { presented, .. } => {
                let names = presented.iter().take(MOST_NAMES);
                Self::NameMismatch(names.map(|name| plain(name).to_owned()).collect())
            }
            CertificateError::Other(fault) if fault.to_string() == "CaUsedAsEndEntity" => {
                Self::Certificate("it is marked as an authority's, not as a server's".to_owned())
            }
            other => Self::Certificate(other.to_string()),
        }
    }
}

/// How many names of a wrong certificate are shown.
const MOST_NAMES: usize = 5;

/// The name alone, of what the TLS layer writes as `DnsName("login.example.com")`.
fn plain(name: &str) -> &str {
    let inner = name
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"')
}

fn timestamp(time: UnixTime) -> Timestamp {
    Timestamp::from_micros(0).plus(Duration::from_secs(time.as_secs()))
}

fn since(time: Option<Timestamp>) -> String {
    time.map(|it| format!(" ({it})")).unwrap_or_default()
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    format!(" ({})", names.join(", "))
}
