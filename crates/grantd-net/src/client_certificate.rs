//! The certificate that grantd itself shows (RFC 8446 section 4.4.2).

use std::fmt;

use grantd_model::{Invalid, Secret};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate with its chain and its private key, in PEM. Requests with the same one (by pointer)
/// share connections.
pub struct ClientCertificate {
    /// The certificate, its chain behind it.
    pub chain: String,
    /// The private key: PKCS #8, PKCS #1 or SEC 1, unencrypted.
    pub private_key: Secret<String>,
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate(…)")
    }
}

impl ClientCertificate {
    /// What rustls takes.
    ///
    /// # Errors
    /// When chain or private key can not be read.
    pub(crate) fn parts(
        &self,
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Invalid> {
        let chain = CertificateDer::pem_slice_iter(self.chain.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| {
                wrong("the client certificate can not be read: its PEM text is damaged")
            })?;
        if chain.is_empty() {
            return Err(wrong("a client certificate in PEM is expected"));
        }
        let key = PrivateKeyDer::from_pem_slice(self.private_key.expose().as_bytes());
        let key = key.map_err(|_| {
            wrong("the private key of the client certificate can not be read: an unencrypted one in PEM is expected")
        })?;
        Ok((chain, key))
    }
}

pub(crate) fn wrong(detail: &'static str) -> Invalid {
    Invalid::new("invalid_client_certificate", detail)
}
