//! The HTTP consumer of the demo: the sandbox's resource, reached by a plain request.

use std::net::SocketAddr;

use grantd_engine::Engine;
use grantd_model::{Actor, ConsumerDraft, Slug};

use super::seed::WORKING;
use crate::failure::Failure;

/// Its slug.
pub(super) const CONSUMER: &str = "sandbox-resource";

/// Adds it; programs on this machine need no key for it.
pub(super) async fn add_consumer(engine: &Engine, sandbox: SocketAddr) -> Result<(), Failure> {
    let draft = ConsumerDraft {
        name: "Sandbox resource".to_owned(),
        description: "An example that puts a token into requests.".to_owned(),
        credential: WORKING.to_owned(),
        base_url: format!("http://{sandbox}"),
        callers: "loopback".to_owned(),
        methods: vec!["GET".to_owned()],
        paths: vec!["/resource".to_owned()],
        ..ConsumerDraft::default()
    };
    let failed =
        |error: String| Failure::refused(format!("the HTTP consumer of the demo: {error}"));
    let slug = Slug::try_from(CONSUMER).map_err(|fault| failed(fault.to_string()))?;
    let added = engine
        .create_consumer(&Actor::System, Some(slug), &draft)
        .await;
    added.map_err(|error| failed(error.to_string()))?;
    Ok(())
}
