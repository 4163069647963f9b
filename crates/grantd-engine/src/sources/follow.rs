//! Reads again what is in use, and drops tokens that were made with what is another secret now.

use std::time::Duration;

use grantd_model::{SecretReference, SecretValue};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::Engine;

/// How often it is seen what is to be read again.
const LOOK: Duration = Duration::from_secs(2);

impl Engine {
    /// Reads again what is in use, until the end.
    pub(crate) async fn refresh_sources(&self, stop: CancellationToken) {
        // what is still read at the end ends with it
        let mut reading = JoinSet::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            while reading.try_join_next().is_some() {}
            self.parts().sources.refresh(&mut reading);
        }
    }

    /// Drops tokens whose secret has changed at its source, until the end.
    pub(crate) async fn follow_sources(&self, stop: CancellationToken) {
        let mut told = self.parts().sources.changes();
        loop {
            let changed = tokio::select! {
                () = stop.cancelled() => return,
                changed = told.recv() => changed,
            };
            match changed {
                Ok(changed) => {
                    let dropped = self.drop_tokens_of(|reference| {
                        reference.source == changed.source && reference.path == changed.path
                    });
                    tracing::info!(
                        source = %changed.source, path = %changed.path, tokens = dropped,
                        "a secret is another one now, tokens that were made with it are dropped"
                    );
                }
                // too many at once to tell apart
                Err(RecvError::Lagged(_)) => {
                    self.drop_tokens_of(|_| true);
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    /// Drops the tokens of credentials with a secret at such a place; tells how many were still good.
    pub(crate) fn drop_tokens_of(&self, is_meant: impl Fn(&SecretReference) -> bool) -> usize {
        let now = self.moment();
        let mut dropped = 0;
        for known in self.directory().all() {
            let mut secrets = known.credential.authentication.secret().iter();
            let uses = secrets.any(|entry| match &entry.value {
                SecretValue::External(reference) => is_meant(reference),
                SecretValue::Internal(_) => false,
            });
            if uses {
                dropped += known.tokens.drop_all(now);
                // what was refused before may be accepted now
                known.tokens.end_cool_downs();
            }
        }
        dropped
    }
}
