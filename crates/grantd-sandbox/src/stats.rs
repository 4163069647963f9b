//! Counters, for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::state::Shared;

/// How often the token endpoint was asked, and how that ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Token requests that arrived, of anyone.
    pub token_requests: u64,
    /// Those of each registered client.
    pub clients: BTreeMap<String, ClientStats>,
    /// Those that name no registered client, or can not be read.
    pub unknown_client: ClientStats,
    /// Requests to where the redirect fault points; a careful client makes none.
    pub redirects_followed: u64,
}

/// The token requests of one client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ClientStats {
    /// Those that arrived.
    pub requests: u64,
    /// How they ended: `issued`, an error code of RFC 6749 section 5.2, or `fault_<kind>`. One
    /// whose caller gave up while it was held back is missing.
    pub outcomes: BTreeMap<&'static str, u64>,
}

impl Stats {
    /// How many token requests of a registered client ended this way.
    #[must_use]
    pub fn outcome(&self, client_id: &str, outcome: &str) -> u64 {
        self.clients
            .get(client_id)
            .and_then(|client| client.outcomes.get(outcome))
            .copied()
            .unwrap_or(0)
    }

    /// Counts a request that arrived.
    pub(crate) fn arrived(&mut self, client_id: Option<&str>) {
        self.token_requests += 1;
        self.client(client_id).requests += 1;
    }

    /// Counts how a request ended.
    pub(crate) fn ended(&mut self, client_id: Option<&str>, outcome: &'static str) {
        *self.client(client_id).outcomes.entry(outcome).or_default() += 1;
    }

    fn client(&mut self, client_id: Option<&str>) -> &mut ClientStats {
        match client_id {
            Some(id) => self.clients.entry(id.to_owned()).or_default(),
            None => &mut self.unknown_client,
        }
    }
}

/// `GET /stats`.
pub(crate) async fn show(State(shared): State<Arc<Shared>>) -> Json<Stats> {
    Json(shared.changing().stats.clone())
}
