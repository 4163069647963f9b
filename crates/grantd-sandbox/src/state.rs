//! What the endpoints share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use grantd_model::{Clock, Origin, Randomness};
use tokio::sync::watch;

use crate::config::{MailConfig, SandboxClient, SandboxConfig};
use crate::faults::Fault;
use crate::mailbox::store::Mailboxes;
use crate::stats::Stats;
use crate::tokens::Tokens;

/// The settings, and what changes behind one lock that is never held across a wait.
pub(crate) struct Shared {
    /// The registered clients by their id.
    pub(crate) clients: BTreeMap<String, SandboxClient>,
    /// How long a token lives.
    pub(crate) token_lifetime: Duration,
    /// The issuer, where it is set.
    pub(crate) issuer: Option<Origin>,
    /// The settings of the mailbox server.
    pub(crate) mail_config: MailConfig,
    /// The mailboxes.
    pub(crate) mail: Mailboxes,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    changing: Mutex<Changing>,
    stopping: watch::Sender<bool>,
}

/// What changes while the sandbox runs.
pub(crate) struct Changing {
    /// The issued tokens.
    pub(crate) tokens: Tokens,
    /// The fault that is switched on.
    pub(crate) fault: Fault,
    /// The counters.
    pub(crate) stats: Stats,
}

impl Shared {
    /// The state of a sandbox that just began.
    pub(crate) fn new(
        config: SandboxConfig,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Self {
        let clients = config
            .clients
            .into_iter()
            .map(|client| (client.client_id.to_string(), client))
            .collect();
        Self {
            clients,
            token_lifetime: config.token_lifetime,
            issuer: config.issuer,
            mail: Mailboxes::new(&config.mail.mailboxes, Arc::clone(&randomness)),
            mail_config: config.mail,
            clock,
            randomness,
            changing: Mutex::new(Changing {
                tokens: Tokens::new(),
                fault: Fault::none(),
                stats: Stats::default(),
            }),
            stopping: watch::Sender::new(false),
        }
    }

    /// What changes.
    pub(crate) fn changing(&self) -> MutexGuard<'_, Changing> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// 256 random bits as text.
    pub(crate) fn random_text(&self) -> String {
        let mut bytes = [0; 32];
        self.randomness.fill(&mut bytes);
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// Says whether the server is about to stop; held-back requests end then.
    pub(crate) fn set_stopping(&self, stopping: bool) {
        self.stopping.send_replace(stopping);
    }

    /// Waits until the server is about to stop.
    pub(crate) async fn stopping(&self) {
        // The sender lives as long as self, so the wait ends in no other way.
        let _ = self
            .stopping
            .subscribe()
            .wait_for(|stopping| *stopping)
            .await;
    }

    /// Waits this long, shorter if the server is about to stop.
    pub(crate) async fn pause(&self, duration: Duration) {
        tokio::select! {
            () = tokio::time::sleep(duration) => {}
            () = self.stopping() => {}
        }
    }
}
