//! Notices that the files of certificate and key have changed, as when a mount of secrets is renewed, and shows the
//! new ones.
//!
//! Invariant: what is of no use is never shown, and told once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use grantd_server::{ServerTls, TlsIdentity};

use crate::tls_files::{TlsDigest, TlsFiles};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(10);

/// What is shown, and the files that it comes from; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct TlsWatch {
    tls: ServerTls,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug)]
struct Seen {
    files: TlsFiles,
    /// Of what was taken up, or told to be of no use.
    digest: Option<TlsDigest>,
}

impl TlsWatch {
    /// Of what was just read from these files.
    pub(crate) fn new(identity: TlsIdentity, files: TlsFiles) -> Self {
        let digest = files.digest();
        Self {
            tls: ServerTls::new(identity),
            seen: Arc::new(Mutex::new(Seen { files, digest })),
        }
    }

    /// What the server shows in its handshakes.
    pub(crate) fn tls(&self) -> ServerTls {
        self.tls.clone()
    }

    /// Shows what was just read from these files.
    pub(crate) fn show(&self, identity: TlsIdentity, files: TlsFiles) {
        let digest = files.digest();
        self.tls.replace(identity);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Seen { files, digest };
    }

    /// Looks again and again, as long as this is polled.
    async fn run(&self) {
        loop {
            tokio::time::sleep(LOOK).await;
            let watch = self.clone();
            // a mount may hang; what panics is looked at again
            let _ = tokio::task::spawn_blocking(move || watch.look()).await;
        }
    }

    fn look(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let digest = seen.files.digest();
        if digest == seen.digest {
            return;
        }
        match seen.files.read() {
            Ok(identity) => {
                self.tls.replace(identity);
                tracing::info!("the certificate has changed, and the new one is shown");
            }
            Err(fault) => tracing::error!(
                %fault,
                "the files of the certificate have changed and are of no use; the one of before is shown on"
            ),
        }
        seen.digest = digest;
    }
}

/// Looks again and again where there is something to look at; never ends.
pub(crate) async fn run(watch: Option<&TlsWatch>) {
    match watch {
        Some(watch) => watch.run().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::files;

    fn write(folder: &Path, host: &str) -> TlsFiles {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), host.to_owned()]);
        let made = made.unwrap();
        let (certificate, key) = (folder.join("server.pem"), folder.join("server.key"));
        files::write_private(&certificate, &made.cert.pem()).unwrap();
        files::write_private(&key, &made.signing_key.serialize_pem()).unwrap();
        TlsFiles::new(&certificate, &key)
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_is_shown_soon_and_one_of_no_use_never() {
        let folder = tempfile::tempdir().unwrap();
        let files = write(folder.path(), "first");
        let watch = TlsWatch::new(files.read().unwrap(), files);
        let soon = async |watch: &TlsWatch| {
            let limit = tokio::time::timeout(3 * LOOK, watch.run());
            assert!(limit.await.is_err());
        };
        files::write_private(&folder.path().join("server.pem"), "no certificate").unwrap();
        soon(&watch).await;
        assert!(watch.tls().is_for("first"));

        write(folder.path(), "second");
        soon(&watch).await;
        assert!(watch.tls().is_for("second") && !watch.tls().is_for("first"));
    }
}
