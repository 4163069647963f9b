//! An authority that is made in the run, and the certificate of the upstream.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::run;

/// The name in the certificate, beside the address of this machine.
pub(super) const NAME: &str = "localhost";

/// Files in PEM.
pub(super) struct Certificates {
    pub(super) authority: PathBuf,
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

impl Certificates {
    /// Makes them in this folder; they end in a day.
    pub(super) fn make(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let authority_key = folder.join("authority.key");
        let made = Self {
            authority: folder.join("authority.pem"),
            certificate: folder.join("upstream.pem"),
            key: folder.join("upstream.key"),
        };
        let mut authority = request(
            &authority_key,
            &made.authority,
            "/CN=authority of a benchmark",
        );
        authority.args(["-addext", "basicConstraints=critical,CA:TRUE"]);
        authority.args(["-addext", "keyUsage=critical,keyCertSign"]);
        run::captured(&mut authority)?;
        let mut certificate = request(&made.key, &made.certificate, "/CN=upstream");
        certificate.arg("-CA").arg(&made.authority);
        certificate.arg("-CAkey").arg(&authority_key);
        certificate.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        let names = format!("subjectAltName=DNS:{NAME},IP:127.0.0.1");
        run::captured(certificate.args(["-addext", &names]))?;
        Ok(made)
    }
}

/// A certificate with a new key on P-256, which all of them take.
fn request(key: &Path, into: &Path, subject: &str) -> Command {
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "ec"]);
    command.args(["-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]);
    command.args(["-days", "1", "-subj", subject]);
    command.arg("-keyout").arg(key).arg("-out").arg(into);
    command
}
