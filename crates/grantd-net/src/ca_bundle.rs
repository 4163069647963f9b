//! PEM bundles of authorities' certificates (RFC 7468).

use grantd_model::Invalid;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// The largest bundle that is read, in bytes.
const MOST_BYTES: usize = 512 * 1024;

/// Counts the certificates of a bundle, for checking a field.
///
/// # Errors
/// When there is none, or one can not be read.
pub fn check_ca_bundle(pem: &str) -> Result<usize, Invalid> {
    roots(pem).map(|roots| roots.len())
}

/// The authorities of a bundle and no others.
pub(crate) fn roots(pem: &str) -> Result<RootCertStore, Invalid> {
    let mut roots = RootCertStore::empty();
    add_to(&mut roots, pem)?;
    Ok(roots)
}

/// Adds the authorities of a bundle.
pub(crate) fn add_to(roots: &mut RootCertStore, pem: &str) -> Result<(), Invalid> {
    if pem.len() > MOST_BYTES {
        return Err(Invalid::new(
            "too_long",
            "a CA bundle of at most 512 KiB is expected",
        ));
    }
    let mut count = 0_usize;
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        count += 1;
        let certificate = certificate.map_err(|_| unreadable(count, "its PEM text is damaged"))?;
        roots
            .add(certificate)
            .map_err(|_| unreadable(count, "it is no X.509 certificate"))?;
    }
    if count == 0 {
        return Err(Invalid::new(
            "no_certificate",
            "PEM text with at least one `-----BEGIN CERTIFICATE-----` is expected",
        ));
    }
    Ok(())
}

fn unreadable(number: usize, why: &str) -> Invalid {
    Invalid::new(
        "unreadable_certificate",
        format!("certificate {number} of the CA bundle can not be read: {why}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(check_ca_bundle("").unwrap_err().code, "no_certificate");
        assert_eq!(
            check_ca_bundle("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
                .unwrap_err()
                .code,
            "no_certificate"
        );
        let wrong = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let fault = check_ca_bundle(wrong).unwrap_err();
        assert_eq!(fault.code, "unreadable_certificate");
        assert!(fault.detail.contains("certificate 1"), "{fault}");
        let cut = "-----BEGIN CERTIFICATE-----\nAAAA\n";
        assert_eq!(
            check_ca_bundle(cut).unwrap_err().code,
            "unreadable_certificate"
        );
        assert_eq!(
            check_ca_bundle(&"x".repeat(MOST_BYTES + 1))
                .unwrap_err()
                .code,
            "too_long"
        );
    }
}
