//! Idle connections, kept a while for the next request on the same way.
//!
//! Invariant: two requests share a connection only if host, port, authorities and route are equal.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use crate::connect::Connection;
use crate::route::Route;
use crate::target::{host_name, port};

/// How many idle connections are kept for a key.
const MOST_PER_KEY: usize = 32;

/// How many idle connections are kept in all.
const MOST: usize = 256;

/// How long an idle connection is kept; it is thrown away at the next look into the pool.
const IDLE: Duration = Duration::from_mins(1);

/// What two requests must have in common to share a connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    host: String,
    port: u16,
    /// The authorities, or none for plain http.
    tls: Option<u64>,
    route: Route,
}

impl Key {
    pub(crate) fn new(url: &Url, tls: Option<u64>, route: &Route) -> Self {
        Self {
            host: host_name(url).to_owned(),
            port: port(url),
            tls,
            route: route.clone(),
        }
    }
}

/// The idle connections.
#[derive(Default)]
pub(crate) struct Pool {
    idle: Mutex<HashMap<Key, Vec<Idle>>>,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

impl Pool {
    /// The connection that was used last.
    pub(crate) fn take(&self, key: &Key) -> Option<Connection> {
        let mut idle = self.pruned();
        idle.get_mut(key)?.pop().map(|it| it.connection)
    }

    /// Keeps a connection whose answer was read to the end.
    pub(crate) fn put(&self, key: Key, connection: Connection) {
        let mut idle = self.pruned();
        if idle.values().map(Vec::len).sum::<usize>() >= MOST {
            return;
        }
        let same = idle.entry(key).or_default();
        if same.len() >= MOST_PER_KEY {
            same.remove(0);
        }
        same.push(Idle {
            connection,
            since: Instant::now(),
        });
    }

    /// Closes all of them.
    pub(crate) fn clear(&self) {
        self.pruned().clear();
    }

    fn pruned(&self) -> MutexGuard<'_, HashMap<Key, Vec<Idle>>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|_, same| {
            same.retain(|it| !it.connection.sender.is_closed() && it.since.elapsed() < IDLE);
            !same.is_empty()
        });
        idle
    }
}
