//! The files of the certificate and the key that the server speaks TLS with.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use grantd_model::{Secret, Timestamp};
use grantd_server::TlsIdentity;

use crate::files;

/// How long before its end a certificate is spoken of: who renews by itself has done so.
const SOON: Duration = Duration::from_hours(14 * 24);

/// Where they are.
#[derive(Debug, Clone)]
pub(crate) struct TlsFiles {
    certificate: PathBuf,
    key: PathBuf,
}

/// What stands in them, as a number that tells whether it has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsDigest([Vec<u8>; 2]);

/// What they are, and the number of the very bytes that were read.
pub(crate) struct TlsRead {
    pub(crate) identity: TlsIdentity,
    pub(crate) digest: TlsDigest,
}

/// What is to be said of the dates of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Dates {
    /// It holds now.
    Hold(Option<Timestamp>),
    /// It ends soon.
    EndSoon(Timestamp),
    /// It has ended.
    Ended(Timestamp),
    /// It does not hold yet.
    NotYet(Timestamp),
}

impl Dates {
    /// Those of the server's own certificate.
    pub(crate) fn of(identity: &TlsIdentity, now: Timestamp) -> Self {
        match identity.validity() {
            Some((_, until)) if until < now => Self::Ended(until),
            Some((from, _)) if from > now => Self::NotYet(from),
            Some((_, until)) if until < now.plus(SOON) => Self::EndSoon(until),
            Some((_, until)) => Self::Hold(Some(until)),
            None => Self::Hold(None),
        }
    }

    /// What is wrong with them.
    pub(crate) fn fault(&self) -> Option<String> {
        Some(match self {
            Self::Hold(_) => return None,
            Self::EndSoon(until) => format!("the certificate ends soon, at {until}"),
            Self::Ended(until) => format!("the certificate ended at {until}: clients refuse it"),
            Self::NotYet(from) => {
                format!("the certificate begins at {from}: clients refuse it until then")
            }
        })
    }
}

/// What stands in them.
pub(crate) struct TlsContent<'a> {
    certificate: String,
    key: Secret<String>,
    files: &'a TlsFiles,
}

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
    pub(crate) fn read(&self) -> Result<TlsRead, TlsFilesFault> {
        let content = self.content()?;
        Ok(TlsRead {
            identity: content.identity()?,
            digest: content.digest(),
        })
    }

    /// Reads them as they are now, whatever stands in them.
    ///
    /// # Errors
    /// When one can not be read, or others may read the key.
    pub(crate) fn content(&self) -> Result<TlsContent<'_>, TlsFilesFault> {
        let certificate = files::read_text(&self.certificate);
        Ok(TlsContent {
            certificate: certificate.map_err(|error| self.fault(false, &error))?,
            key: self.read_key()?,
            files: self,
        })
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

impl TlsContent<'_> {
    /// The number of it.
    pub(crate) fn digest(&self) -> TlsDigest {
        let of = |text: &str| digest(&SHA256, text.as_bytes()).as_ref().to_vec();
        TlsDigest([of(&self.certificate), of(self.key.expose())])
    }

    /// What it is.
    ///
    /// # Errors
    /// When it is of no use, or the two do not belong together.
    pub(crate) fn identity(&self) -> Result<TlsIdentity, TlsFilesFault> {
        let identity = TlsIdentity::from_pem(&self.certificate, &self.key);
        identity.map_err(|error| self.files.fault(error.is_of_key(), &error))
    }
}

impl fmt::Display for TlsFilesFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dates_of_a_certificate_are_judged() {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2030, 1, 1);
        params.not_after = rcgen::date_time_ymd(2031, 1, 1);
        let certificate = params.self_signed(&key).unwrap().pem();
        let key = Secret::new(key.serialize_pem());
        let identity = TlsIdentity::from_pem(&certificate, &key).unwrap();
        let (from, until) = identity.validity().unwrap();
        let day = Duration::from_hours(24);
        for (now, expected) in [
            (Timestamp::from_seconds(0), Dates::NotYet(from)),
            (from.plus(day), Dates::Hold(Some(until))),
            (from.plus(360 * day), Dates::EndSoon(until)),
            (until.plus(day), Dates::Ended(until)),
        ] {
            assert_eq!(Dates::of(&identity, now), expected);
        }
    }
}
