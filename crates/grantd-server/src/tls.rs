//! The server's side of TLS: a certificate chain with its key, and the configuration made of them.
//!
//! TLS 1.2 and 1.3, HTTP/2 before HTTP/1.1, the provider named. Invariant: what is replaced holds
//! for new connections at once and for open ones never; no client is asked for a certificate.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use grantd_model::{Secret, Timestamp};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{CertificateError, InconsistentKeys, RootCertStore, ServerConfig};
use thiserror::Error;

/// HTTP/2 as it is agreed on in the handshake (RFC 9113 section 3.2).
pub(crate) const HTTP2: &[u8] = b"h2";

/// HTTP/1.1 as it is agreed on in the handshake (RFC 7301 section 6).
const HTTP1: &[u8] = b"http/1.1";

/// Later than any date that a certificate can hold, the year 9999.
const END_OF_TIME: Duration = Duration::from_secs(1 << 40);

/// What PEM says of a key that a passphrase protects.
const ENCRYPTED: [&str; 2] = ["BEGIN ENCRYPTED PRIVATE KEY", "Proc-Type: 4,ENCRYPTED"];

/// What is wrong with a certificate or its key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TlsIdentityError {
    /// There is no certificate.
    #[error("there is no certificate, expected is PEM text with `-----BEGIN CERTIFICATE-----`")]
    NoCertificate,
    /// A certificate, by its number from 1, can not be read.
    #[error("certificate {0} can not be read: {1}")]
    UnreadableCertificate(usize, &'static str),
    /// There is no key.
    #[error("there is no private key, expected is PEM text with `-----BEGIN PRIVATE KEY-----`")]
    NoKey,
    /// A passphrase protects the key.
    #[error("the private key is encrypted, expected is one without a passphrase")]
    EncryptedKey,
    /// The key can not be read.
    #[error("the private key can not be read: {0}")]
    UnreadableKey(&'static str),
    /// The key is of another certificate.
    #[error(
        "the private key does not belong to the certificate; the server's own certificate is \
         expected first, those of the authorities after it"
    )]
    KeyMismatch,
    /// The TLS library refuses them for another reason.
    #[error("certificate and key can not be used: {0}")]
    Unusable(String),
}

impl TlsIdentityError {
    /// Whether it is the key alone that is wrong.
    #[must_use]
    pub const fn is_of_key(&self) -> bool {
        matches!(
            self,
            Self::NoKey | Self::EncryptedKey | Self::UnreadableKey(_)
        )
    }
}

/// A certificate chain with its key, ready to serve.
#[derive(Clone)]
pub struct TlsIdentity {
    certificate: CertificateDer<'static>,
    config: Arc<ServerConfig>,
}

impl TlsIdentity {
    /// Reads a chain, the server's own certificate first, and its key.
    ///
    /// # Errors
    /// When either is absent or can not be read, or the two do not belong together.
    pub fn from_pem(chain: &str, key: &Secret<String>) -> Result<Self, TlsIdentityError> {
        let chain = read_chain(chain)?;
        let certificate = chain
            .first()
            .cloned()
            .ok_or(TlsIdentityError::NoCertificate)?;
        // what the library says of a certificate names neither which nor what is expected
        ParsedCertificate::try_from(&certificate).map_err(|_| {
            TlsIdentityError::UnreadableCertificate(1, "it is no X.509 certificate")
        })?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let key = provider
            .key_provider
            .load_private_key(read_key(key)?)
            .map_err(|_| {
                TlsIdentityError::UnreadableKey("an RSA, ECDSA or Ed25519 key is expected")
            })?;
        let certified = CertifiedKey::new(chain, key);
        if let Err(fault) = certified.keys_match()
            && fault != rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)
        {
            return Err(TlsIdentityError::KeyMismatch);
        }
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|fault| TlsIdentityError::Unusable(fault.to_string()))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        config.alpn_protocols = vec![HTTP2.to_vec(), HTTP1.to_vec()];
        Ok(Self {
            certificate,
            config: Arc::new(config),
        })
    }

    /// Whether the certificate is for this name or address.
    #[must_use]
    pub fn is_for(&self, host: &str) -> bool {
        let (Ok(certificate), Ok(name)) = (
            ParsedCertificate::try_from(&self.certificate),
            ServerName::try_from(host),
        ) else {
            return false;
        };
        verify_server_name(&certificate, &name).is_ok()
    }

    /// From when on and until when the certificate holds (RFC 5280 section 4.1.2.5); none where it can not be
    /// read.
    #[must_use]
    pub fn validity(&self) -> Option<(Timestamp, Timestamp)> {
        let CertificateError::NotValidYetContext { not_before, .. } =
            self.fault_at(UnixTime::since_unix_epoch(Duration::ZERO))?
        else {
            return None;
        };
        let CertificateError::ExpiredContext { not_after, .. } =
            self.fault_at(UnixTime::since_unix_epoch(END_OF_TIME))?
        else {
            return None;
        };
        Some((timestamp(not_before)?, timestamp(not_after)?))
    }

    /// What the library has against the certificate at this time: nobody is trusted, and its dates come first.
    fn fault_at(&self, time: UnixTime) -> Option<CertificateError> {
        let certificate = ParsedCertificate::try_from(&self.certificate).ok()?;
        let algorithms =
            rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms;
        let nobody = RootCertStore::empty();
        match verify_server_cert_signed_by_trust_anchor(
            &certificate,
            &nobody,
            &[],
            time,
            algorithms.all,
        ) {
            Err(rustls::Error::InvalidCertificate(fault)) => Some(fault),
            _ => None,
        }
    }
}

fn timestamp(time: UnixTime) -> Option<Timestamp> {
    let seconds = i64::try_from(time.as_secs()).ok()?;
    Some(Timestamp::from_seconds(seconds))
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsIdentity").finish_non_exhaustive()
    }
}

/// What a server shows in its handshakes; clones share it, so that it can be replaced while the
/// server runs.
#[derive(Debug, Clone)]
pub struct ServerTls(Arc<RwLock<TlsIdentity>>);

impl ServerTls {
    /// Shows this one.
    #[must_use]
    pub fn new(identity: TlsIdentity) -> Self {
        Self(Arc::new(RwLock::new(identity)))
    }

    /// Shows another one from the next handshake on.
    pub fn replace(&self, identity: TlsIdentity) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = identity;
    }

    /// Whether the certificate that is shown now is for this name or address.
    #[must_use]
    pub fn is_for(&self, host: &str) -> bool {
        let shown = self.0.read().unwrap_or_else(PoisonError::into_inner);
        shown.is_for(host)
    }

    /// What is shown now.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        let shown = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&shown.config)
    }
}

fn read_chain(pem: &str) -> Result<Vec<CertificateDer<'static>>, TlsIdentityError> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .enumerate()
        .map(|(position, certificate)| {
            certificate.map_err(|_| {
                TlsIdentityError::UnreadableCertificate(position + 1, "its PEM text is damaged")
            })
        })
        .collect()
}

fn read_key(pem: &Secret<String>) -> Result<PrivateKeyDer<'static>, TlsIdentityError> {
    let pem = pem.expose();
    match PrivateKeyDer::from_pem_slice(pem.as_bytes()) {
        Ok(_) | Err(pem::Error::NoItemsFound) if ENCRYPTED.iter().any(|it| pem.contains(it)) => {
            Err(TlsIdentityError::EncryptedKey)
        }
        Ok(key) => Ok(key),
        Err(pem::Error::NoItemsFound) => Err(TlsIdentityError::NoKey),
        // the library would quote the text
        Err(_) => Err(TlsIdentityError::UnreadableKey("its PEM text is damaged")),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn pair(names: &[&str]) -> (String, Secret<String>) {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names).unwrap();
        let certificate = certificate.self_signed(&key).unwrap();
        (certificate.pem(), Secret::new(key.serialize_pem()))
    }

    fn fault(chain: &str, key: &str) -> TlsIdentityError {
        TlsIdentity::from_pem(chain, &Secret::new(key.to_owned())).unwrap_err()
    }

    #[test]
    fn what_is_wrong_is_named() {
        let (chain, key) = pair(&["grantd.example.com"]);
        let (other_chain, other_key) = pair(&["grantd.example.com"]);
        let key = key.expose().as_str();
        let cut = |pem: &str| pem.lines().take(2).collect::<Vec<_>>().join("\n");
        let section = |what: &str| format!("-----BEGIN {what}-----\nAAAA\n-----END {what}-----\n");
        for (chain, key, expected) in [
            ("", key, TlsIdentityError::NoCertificate),
            (key, key, TlsIdentityError::NoCertificate),
            (
                &section("CERTIFICATE"),
                key,
                TlsIdentityError::UnreadableCertificate(1, "it is no X.509 certificate"),
            ),
            (
                &format!("{chain}{}", cut(&other_chain)),
                key,
                TlsIdentityError::UnreadableCertificate(2, "its PEM text is damaged"),
            ),
            (&chain, "", TlsIdentityError::NoKey),
            (&chain, &chain, TlsIdentityError::NoKey),
            (
                &chain,
                &cut(key),
                TlsIdentityError::UnreadableKey("its PEM text is damaged"),
            ),
            (
                &chain,
                &section("PRIVATE KEY"),
                TlsIdentityError::UnreadableKey("an RSA, ECDSA or Ed25519 key is expected"),
            ),
            (
                &chain,
                &section("ENCRYPTED PRIVATE KEY"),
                TlsIdentityError::EncryptedKey,
            ),
            (&chain, other_key.expose(), TlsIdentityError::KeyMismatch),
            (
                &format!("{other_chain}{chain}"),
                key,
                TlsIdentityError::KeyMismatch,
            ),
        ] {
            assert_eq!(fault(chain, key), expected);
        }
    }

    #[test]
    fn one_file_may_hold_chain_and_key() {
        let (chain, key) = pair(&["localhost"]);
        let both = format!("{}{chain}", key.expose());
        assert!(TlsIdentity::from_pem(&both, &Secret::new(both.clone())).is_ok());
    }

    #[test]
    fn a_certificate_is_for_its_names_alone() {
        let (chain, key) = pair(&["*.example.com", "127.0.0.1"]);
        let identity = TlsIdentity::from_pem(&chain, &key).unwrap();
        for host in ["grantd.example.com", "127.0.0.1"] {
            assert!(identity.is_for(host), "{host}");
        }
        for host in ["example.com", "localhost", "::1", "127.0.0.2", "a b", ""] {
            assert!(!identity.is_for(host), "{host}");
        }
    }

    #[test]
    fn the_dates_of_a_certificate_are_read() {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        let certificate = params.self_signed(&key).unwrap();
        let key = Secret::new(key.serialize_pem());
        let identity = TlsIdentity::from_pem(&certificate.pem(), &key).unwrap();
        let (from, until) = identity.validity().unwrap();
        assert_eq!(
            (from.to_string(), until.to_string()),
            (
                "2020-01-01T00:00:00Z".to_owned(),
                "2021-01-01T00:00:00Z".to_owned()
            )
        );
    }

    #[test]
    fn what_is_replaced_holds_for_all_clones() {
        let (chain, key) = pair(&["localhost"]);
        let identity = TlsIdentity::from_pem(&chain, &key).unwrap();
        let tls = ServerTls::new(identity.clone());
        let clone = tls.clone();
        let before = clone.config();
        let (chain, key) = pair(&["localhost"]);
        tls.replace(TlsIdentity::from_pem(&chain, &key).unwrap());
        assert!(!Arc::ptr_eq(&before, &clone.config()));
        assert!(!format!("{identity:?} {tls:?}").contains("PRIVATE"));
    }
}
