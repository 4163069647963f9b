//! `GET /`: what there is and how to play with it.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;

use crate::fault_document::KINDS;
use crate::metadata::issuer;
use crate::server::{
    EXAMPLE_TOKEN_PATH, FAULTS_PATH, INTROSPECTION_PATH, METADATA_PATH, RESOURCE_PATH, STATS_PATH,
    TOKEN_PATH,
};
use crate::state::Shared;

const ENDPOINTS: [(&str, &str, &str); 8] = [
    ("POST", TOKEN_PATH, "token endpoint, client credentials"),
    ("POST", EXAMPLE_TOKEN_PATH, "the same"),
    ("POST", INTROSPECTION_PATH, "token introspection"),
    ("GET", METADATA_PATH, "metadata"),
    ("GET", RESOURCE_PATH, "greets whoever shows a good token"),
    ("GET", STATS_PATH, "counts of token requests"),
    ("GET", FAULTS_PATH, "the fault that is on"),
    ("PUT", FAULTS_PATH, "switches a fault on or off"),
];

/// A page of plain text.
pub(crate) async fn get(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> String {
    let base = issuer(&shared, &headers).map_or_else(String::new, |issuer| issuer.to_string());
    let mut page =
        "A sandbox authorization server, to try grantd against. It is not for anything real.\n\n"
            .to_owned();
    for (method, path, what) in ENDPOINTS {
        // Writing into a String does not fail, here and below.
        let _ = writeln!(page, "{method:<5}{path:<42}{what}");
    }
    page.push_str("\nClients:\n");
    for (id, client) in &shared.clients {
        let scopes = client.scopes.as_ref();
        let scopes = scopes.map_or_else(
            || "no scope".to_owned(),
            |scopes| format!("scopes {scopes}"),
        );
        let _ = writeln!(page, "  {id}   {scopes}");
    }
    page.push_str("\nFaults of the token endpoint:\n");
    for kind in KINDS {
        let _ = write!(page, "  {:<20}{}", kind.name, kind.summary);
        for option in kind.options {
            let _ = write!(page, " ({option})");
        }
        page.push('\n');
    }
    let _ = write!(
        page,
        "All but none also take client_id (that client alone) and remaining (so many requests).\n\
         \n\
         Switch one on:\n\
         \x20 curl -X PUT {base}{FAULTS_PATH} -d '{{\"kind\":\"slow\",\"delay_ms\":3000}}'\n\
         \x20 curl -X PUT {base}{FAULTS_PATH} -d '{{\"kind\":\"rate_limited\",\"retry_after_s\":30,\"remaining\":2}}'\n\
         and off:\n\
         \x20 curl -X PUT {base}{FAULTS_PATH} -d '{{\"kind\":\"none\"}}'\n"
    );
    page
}
