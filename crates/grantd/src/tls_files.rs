//! The files of the certificate and the key that the server speaks TLS with.

use std::fmt;
use std::path::{Path, PathBuf};

use grantd_model::Secret;
use grantd_server::TlsIdentity;

use crate::files;

/// Where they are.
#[derive(Debug, Clone)]
pub(crate) struct TlsFiles {
    certificate: PathBuf,
    key: PathBuf,
}

/// What stands in them, as a number that tells whether it has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TlsDigest([[u8; 32]; 2]);

/// What is wrong with one of them, on one line.
#[derive(Debug)]
pub(crate) struct TlsFilesFault {
    /// Whether it is the file of the key.
    pub(crate) of_key: bool,
    detail: String,
}

impl TlsFiles {
    /// These two.
    pub(crate) fn new(certificate: &Path, key: &Path) -> Self {
        Self {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
        }
    }

    /// Reads them as they are now.
    ///
    /// # Errors
    /// When one can not be read or is of no use, others may read the key, or the two do not belong
    /// together.
    pub(crate) fn read(&self) -> Result<TlsIdentity, TlsFilesFault> {
        let chain =
            files::read_text(&self.certificate).map_err(|error| self.fault(false, &error))?;
        let key = self.read_key()?;
        TlsIdentity::from_pem(&chain, &key).map_err(|error| self.fault(error.is_of_key(), &error))
    }

    /// What stands in them now; none where one can not be read.
    pub(crate) fn digest(&self) -> Option<TlsDigest> {
        let certificate = files::digest(&self.certificate).ok()?;
        Some(TlsDigest([certificate, files::digest(&self.key).ok()?]))
    }

    fn read_key(&self) -> Result<Secret<String>, TlsFilesFault> {
        let (key, mode) =
            files::read_secret(&self.key).map_err(|error| self.fault(true, &error))?;
        if mode & 0o027 != 0 {
            let detail = format!(
                "it has mode {mode:04o}, expected is 0600; others may have read or changed it"
            );
            return Err(self.fault(true, &detail));
        }
        Ok(key)
    }

    fn fault(&self, of_key: bool, detail: &dyn fmt::Display) -> TlsFilesFault {
        let path = if of_key { &self.key } else { &self.certificate };
        TlsFilesFault {
            of_key,
            detail: format!("{}: {detail}", path.display()),
        }
    }
}

impl fmt::Display for TlsFilesFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}
