//! The list of HTTP consumers.

use std::collections::HashMap;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use grantd_engine::{ConsumerFilter, CredentialRef, EngineError, ListedConsumer};
use grantd_model::CredentialId;
use grantd_model::consumer::{Callers, HostName};

use super::standing::Shown;
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::show::{Markup, escaped};
use crate::console::texts::Texts;
use crate::console::visit::Visit;

/// The rows of a page.
const ROWS: u32 = 50;

struct Row {
    name: String,
    slug: String,
    standing: Shown,
    base_url: String,
    hosts: String,
    /// Slug and name of the credential; absent where this person may not see it.
    credential: Option<(String, String)>,
    callers: &'static str,
}

#[derive(Template)]
#[template(path = "console/consumers/list.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    query: &'a Form,
    rows: Vec<Row>,
    next: Option<String>,
    is_first: bool,
    first: String,
    is_filtered: bool,
    fault: Option<String>,
}

/// `GET /console/consumers`
pub(super) async fn show(visit: Visit) -> Result<Response, Failed> {
    let t = visit.t();
    let query = &visit.query;
    let engine = &visit.app.engine;
    let part = query.get("q").trim();
    let filter = ConsumerFilter {
        part: (!part.is_empty()).then(|| part.chars().take(200).collect()),
        credential: query.get("credential").parse::<CredentialRef>().ok(),
        limit: ROWS,
        cursor: query.some("cursor"),
    };
    let mut fault = None;
    let listing = match engine.list_consumers(visit.actor(), &filter).await {
        Ok(listing) => listing,
        // a place in another list, or a credential that is gone: begin anew
        Err(EngineError::Fields(faults)) => {
            fault = faults.first().map(|fault| fault.detail.clone());
            from_the_beginning(&visit, filter).await?
        }
        Err(error @ EngineError::NotFound { .. }) => {
            fault = Some(crate::console::show::sentence(&error.to_string()));
            from_the_beginning(&visit, filter).await?
        }
        Err(error) => return Err(error.into()),
    };
    let names = credentials(&visit, &listing.items).await;
    let page = Page {
        frame: visit.frame(Here::Consumers, t.say("nav.consumers")).await?,
        t,
        rows: listing.items.iter().map(|it| row(t, it, &names)).collect(),
        next: listing.next_cursor.map(|cursor| address(query, &cursor)),
        is_first: query.get("cursor").is_empty(),
        first: address(query, ""),
        is_filtered: ["q", "credential"]
            .iter()
            .any(|name| !query.get(name).is_empty()),
        query,
        fault,
    };
    Ok(Html(page.render()?).into_response())
}

async fn from_the_beginning(
    visit: &Visit,
    filter: ConsumerFilter,
) -> Result<grantd_engine::Listing<ListedConsumer>, EngineError> {
    let filter = ConsumerFilter {
        cursor: None,
        credential: None,
        ..filter
    };
    let engine = &visit.app.engine;
    engine.list_consumers(visit.actor(), &filter).await
}

/// Slug and name of the credentials of these consumers that this person may see.
async fn credentials(
    visit: &Visit,
    listed: &[ListedConsumer],
) -> HashMap<CredentialId, (String, String)> {
    let mut names = HashMap::new();
    for it in listed {
        let id = it.consumer.settings.credential;
        if names.contains_key(&id) {
            continue;
        }
        let wanted = CredentialRef::Id(id);
        let engine = &visit.app.engine;
        if let Ok(it) = engine.get_credential(visit.actor(), &wanted).await {
            names.insert(id, (it.slug.to_string(), it.settings.name.to_string()));
        }
    }
    names
}

/// The address of this list at another place.
fn address(query: &Form, cursor: &str) -> String {
    let mut address = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in [
        ("q", query.get("q")),
        ("credential", query.get("credential")),
        ("cursor", cursor),
    ] {
        if !value.is_empty() {
            address.append_pair(name, value);
        }
    }
    format!("/console/consumers?{}", address.finish())
}

fn row(t: &Texts, listed: &ListedConsumer, names: &HashMap<CredentialId, (String, String)>) -> Row {
    let settings = &listed.consumer.settings;
    let hosts: Vec<&str> = settings.hosts.iter().map(HostName::as_str).collect();
    Row {
        name: settings.name.to_string(),
        slug: listed.consumer.slug.to_string(),
        standing: Shown::of(t, listed),
        base_url: settings.base_url.to_string(),
        hosts: hosts.join(", "),
        credential: names.get(&settings.credential).cloned(),
        callers: match settings.callers {
            Callers::ApiKey => "consumer.by_key",
            Callers::Loopback => "consumer.by_machine",
        },
    }
}

/// The consumers that use a credential, as links with a comma between; none where there are none.
pub(in crate::console) async fn of_credential(
    visit: &Visit,
    wanted: &CredentialRef,
) -> Result<Option<Markup>, EngineError> {
    let engine = &visit.app.engine;
    let used = engine.consumers_of_credential(visit.actor(), wanted);
    let links: Vec<String> = used
        .await?
        .iter()
        .map(|(slug, name)| {
            format!(
                "<a href=\"/console/consumers/{}\"><bdi>{}</bdi></a>",
                escaped(slug),
                escaped(name)
            )
        })
        .collect();
    Ok((!links.is_empty()).then(|| Markup(links.join(", "))))
}
