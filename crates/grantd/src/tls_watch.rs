//! Notices that the files of certificate and key have changed, as when a mount of secrets is renewed, and shows the
//! new ones.
//!
//! Invariant: what is of no use is never shown, and told once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use grantd_model::Clock;
use grantd_server::{ServerTls, TlsIdentity};

use crate::system::SystemClock;
use crate::tls_files::{Dates, TlsDigest, TlsFiles, TlsRead};

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
    /// What was taken up, or told to be of no use; the fault where it could not be read.
    found: Result<TlsDigest, String>,
    /// How often other files were shown.
    turn: u64,
}

impl TlsWatch {
    /// Of what was just read from these files.
    pub(crate) fn new(read: TlsRead, files: TlsFiles) -> Self {
        tell_dates(&read.identity);
        let seen = Seen {
            files,
            found: Ok(read.digest),
            turn: 0,
        };
        Self {
            tls: ServerTls::new(read.identity),
            seen: Arc::new(Mutex::new(seen)),
        }
    }

    /// What the server shows in its handshakes.
    pub(crate) fn tls(&self) -> ServerTls {
        self.tls.clone()
    }

    /// Shows what was just read from these files, and tells whether it is something else than before.
    pub(crate) fn show(&self, read: TlsRead, files: TlsFiles) -> bool {
        tell_dates(&read.identity);
        let mut seen = self.seen();
        let is_new = seen.found.as_ref() != Ok(&read.digest);
        self.tls.replace(read.identity);
        *seen = Seen {
            files,
            found: Ok(read.digest),
            turn: seen.turn + 1,
        };
        is_new
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
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
        let (files, turn) = {
            let seen = self.seen();
            (seen.files.clone(), seen.turn)
        };
        // a mount may hang: nobody waits for it
        let content = files.content();
        let found = match &content {
            Ok(content) => Ok(content.digest()),
            Err(fault) => Err(fault.to_string()),
        };
        if self.seen().found == found {
            return;
        }
        let identity = content.and_then(|content| content.identity());
        let mut seen = self.seen();
        if seen.turn != turn {
            // what is shown by now was read later
            return;
        }
        seen.found = found;
        match identity {
            Ok(identity) => {
                tell_dates(&identity);
                self.tls.replace(identity);
                tracing::info!("the certificate has changed, and the new one is shown");
            }
            Err(fault) => tracing::error!(
                %fault,
                "the files of the certificate have changed and are of no use; the one of before is shown on"
            ),
        }
    }
}

/// Says in the log that clients refuse it, or will soon.
fn tell_dates(identity: &TlsIdentity) {
    if let Some(fault) = Dates::of(identity, SystemClock.now()).fault() {
        tracing::warn!("{fault}");
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

    #[tokio::test(start_paused = true)]
    async fn what_is_put_in_place_while_it_is_read_is_shown_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let files = write(folder.path(), "first");
        let read = files.read().unwrap();
        write(folder.path(), "second");
        let watch = TlsWatch::new(read, files.clone());
        watch.look();
        assert!(watch.tls().is_for("second"));

        let read = files.read().unwrap();
        write(folder.path(), "third");
        assert!(!watch.show(read, files.clone()), "it is shown already");
        watch.look();
        assert!(watch.tls().is_for("third"));
        write(folder.path(), "fourth");
        assert!(watch.show(files.read().unwrap(), files));
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_that_others_may_read_is_taken_up_when_they_may_not_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let files = write(folder.path(), "first");
        let watch = TlsWatch::new(files.read().unwrap(), files);
        write(folder.path(), "second");
        let key = folder.path().join("server.key");
        let allow = |mode| rustix::fs::chmod(&key, rustix::fs::Mode::from_raw_mode(mode)).unwrap();
        allow(0o644);
        watch.look();
        assert!(watch.tls().is_for("first"));
        allow(0o600);
        watch.look();
        assert!(watch.tls().is_for("second"));
    }
}
