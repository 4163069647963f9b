//! How many requests each authorization server gets at once, and how many of them one credential has:
//! one whose requests hang leaves turns for the others.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use grantd_model::{CredentialId, TokenEndpoint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::EngineError;

/// The most requests at once to one authorization server; further ones wait for their turn.
pub(crate) const MOST_AT_ONCE: usize = 8;

/// The most of them for one credential, which has several where parts of its scopes are asked for.
const MOST_OF_ONE: usize = 2;

/// The turns that are taken or waited for. One server is one token endpoint: big
/// providers have a path for each of their customers, who are not to hold each other up.
#[derive(Default)]
pub(crate) struct Servers {
    servers: Turns<String>,
    credentials: Turns<CredentialId>,
}

type Turns<K> = Mutex<HashMap<K, Arc<Semaphore>>>;

/// A turn; it lasts as long as this.
pub(crate) struct Turn {
    _of_the_credential: OwnedSemaphorePermit,
    _at_the_server: OwnedSemaphorePermit,
}

impl Servers {
    /// Waits for a turn, for as long as a request may take.
    pub(crate) async fn turn(
        &self,
        credential: CredentialId,
        endpoint: &TokenEndpoint,
        patience: Duration,
    ) -> Result<Turn, EngineError> {
        let own = turns(&self.credentials, credential, MOST_OF_ONE);
        let servers = turns(&self.servers, endpoint.without_query(), MOST_AT_ONCE);
        let waiting = async {
            // its own first: who waits for that holds no turn of the others
            let of_the_credential = own.acquire_owned().await;
            let at_the_server = servers.acquire_owned().await;
            match (of_the_credential, at_the_server) {
                (Ok(of_the_credential), Ok(at_the_server)) => Ok(Turn {
                    _of_the_credential: of_the_credential,
                    _at_the_server: at_the_server,
                }),
                _ => Err(EngineError::CutOff),
            }
        };
        tokio::time::timeout(patience, waiting)
            .await
            .unwrap_or(Err(EngineError::Busy { after: patience }))
    }
}

fn turns<K: Hash + Eq>(all: &Turns<K>, key: K, most: usize) -> Arc<Semaphore> {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    if all.len() == all.capacity() {
        // it would grow: those that nobody uses are forgotten first
        all.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
    }
    let turns = all
        .entry(key)
        .or_insert_with(|| Arc::new(Semaphore::new(most)));
    Arc::clone(turns)
}
