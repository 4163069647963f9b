//! What grantd writes down of each request to the authorization server.

use anyhow::{Context, Result};
use e2e::encoding;
use e2e::grantd::Api;
use serde_json::Value;

/// The result of a request that has brought a token.
pub(super) const ISSUED: &str = "issued";

/// A request and how it ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Event {
    /// Later ones sort later.
    pub(super) id: String,
    /// [`ISSUED`], or the class of the failure.
    pub(super) result: String,
    pub(super) detail: String,
}

impl Event {
    fn read(item: &Value) -> Self {
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        Self {
            id: text("id"),
            result: text("result"),
            detail: text("detail"),
        }
    }
}

/// The last one of a credential; an empty one where there is none.
pub(super) fn last(api: &Api, slug: &str) -> Result<Event> {
    let page = page(api, slug, "limit=1")?;
    Ok(page["items"].get(0).map(Event::read).unwrap_or_default())
}

/// Those after the one of this id, newest first.
pub(super) fn since(api: &Api, slug: &str, id: &str) -> Result<Vec<Event>> {
    let (mut events, mut query) = (Vec::new(), "limit=200".to_owned());
    loop {
        let page = page(api, slug, &query)?;
        for item in page["items"].as_array().context("no items")? {
            let event = Event::read(item);
            if event.id.as_str() <= id {
                return Ok(events);
            }
            events.push(event);
        }
        let Some(cursor) = page["next_cursor"].as_str() else {
            return Ok(events);
        };
        query = format!("limit=200&cursor={}", encoding::percent(cursor));
    }
}

fn page(api: &Api, slug: &str, query: &str) -> Result<Value> {
    let answer = api.get(&format!("/v1/credentials/{slug}/events?{query}"))?;
    answer.expect(200)?.json()
}
