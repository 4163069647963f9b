//! The list of credentials.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use grantd_engine::{CredentialFilter, CredentialSort, ListedCredential, TokenAtHand};
use grantd_model::{
    AuthenticationMethod, Health, LabelKey, LabelSelector, LabelValue, Labels, Standing,
};

use super::standing::{Shown, look};
use crate::console::charts::life;
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::show::{Clock, Markup, number};
use crate::console::state::Counts;
use crate::console::texts::Texts;
use crate::console::visit::Visit;

/// The rows of a page.
const ROWS: u32 = 50;

struct Row {
    name: String,
    slug: String,
    health: Shown,
    host: String,
    method: &'static str,
    life: Markup,
    left: String,
    last_used: Markup,
    ends: Markup,
    soon: bool,
}

struct Choice {
    href: String,
    text: String,
    icon: &'static str,
    colour: &'static str,
    chosen: bool,
}

struct Picked {
    value: String,
    text: String,
    chosen: bool,
}

struct Column {
    text: String,
    href: Option<String>,
    /// `ascending` or `descending` where the list is sorted by it.
    sorted: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "console/credentials/list.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    query: &'a Form,
    standings: Vec<Choice>,
    labels: Vec<Picked>,
    sorts: Vec<Picked>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    next: Option<String>,
    is_first: bool,
    first: String,
    is_filtered: bool,
    sorted_by: String,
    fault: Option<String>,
}

const SORTS: [(&str, CredentialSort, bool); 4] = [
    ("attention", CredentialSort::Attention, false),
    ("name", CredentialSort::Name, false),
    ("last_used", CredentialSort::LastUsed, true),
    ("secret_end", CredentialSort::SecretEnd, false),
];

/// `GET /console/credentials`
pub(super) async fn show(visit: Visit) -> Result<Response, Failed> {
    let t = visit.t();
    let clock = visit.clock();
    let query = &visit.query;
    let mut fault = None;
    let (filter, sort) = filter(query);
    let listing = match visit
        .app
        .engine
        .list_credentials(visit.actor(), &filter)
        .await
    {
        Ok(listing) => listing,
        // a place in a list that is sorted otherwise: begin anew
        Err(grantd_engine::EngineError::Fields(faults)) => {
            fault = faults.first().map(|fault| fault.detail.clone());
            let filter = CredentialFilter {
                cursor: None,
                ..filter.clone()
            };
            visit
                .app
                .engine
                .list_credentials(visit.actor(), &filter)
                .await?
        }
        Err(error) => return Err(error.into()),
    };
    let credentials: Vec<_> = listing.items.iter().map(|it| &it.credential).collect();
    let tokens = visit
        .app
        .engine
        .tokens_at_hand(visit.actor(), &credentials)?;
    let rows = listing
        .items
        .iter()
        .zip(tokens)
        .map(|(listed, token)| row(clock, listed, token))
        .collect();
    let counts = visit.counts().await?;
    // the numbers are of all credentials: beside a narrowed list they would say something else
    let is_searched = !query.get("q").trim().is_empty() || !query.get("label").is_empty();
    let counts = (!is_searched).then_some(&*counts);
    let standings = standings(t, query, counts, filter.standing);
    let labels = visit.app.engine.list_labels(visit.actor()).await?;
    let page = Page {
        frame: visit
            .frame(Here::Credentials, t.say("nav.credentials"))
            .await?,
        t,
        standings,
        labels: labels
            .iter()
            .map(|(key, value)| {
                let value = format!("{key}={value}");
                Picked {
                    text: value.replacen('=', ": ", 1),
                    chosen: query.get("label") == value,
                    value,
                }
            })
            .collect(),
        sorts: SORTS
            .iter()
            .map(|(name, ..)| Picked {
                value: (*name).to_owned(),
                text: t.say(&format!("credentials.sort.{name}")).to_owned(),
                chosen: *name == sort,
            })
            .collect(),
        columns: columns(t, query, sort),
        rows,
        next: listing
            .next_cursor
            .map(|cursor| address(query, &[("cursor", &cursor)])),
        is_first: query.get("cursor").is_empty(),
        first: address(query, &[("cursor", "")]),
        is_filtered: ["q", "label", "standing"]
            .iter()
            .any(|name| !query.get(name).is_empty()),
        sorted_by: t.say(&format!("credentials.sort.{sort}")).to_owned(),
        query,
        fault,
    };
    Ok(Html(page.render()?).into_response())
}

/// The ways to narrow the list by health, each with how many there are.
fn standings(
    t: &Texts,
    query: &Form,
    counts: Option<&Counts>,
    chosen: Option<Standing>,
) -> Vec<Choice> {
    let counted = |words: &str, count: Option<u64>| match count {
        Some(count) => format!("{words} {}", number(count)),
        None => words.to_owned(),
    };
    let mut standings = vec![Choice {
        href: address(query, &[("standing", ""), ("cursor", "")]),
        text: counted(t.say("credentials.all"), counts.map(Counts::all)),
        icon: "",
        colour: "",
        chosen: chosen.is_none(),
    }];
    standings.extend(Standing::ALL.map(|standing| {
        let words = t.say(match standing {
            Standing::SecretEnds => "standing.secret_ends",
            Standing::Failing => "standing.failing",
            Standing::Valid => "standing.valid",
            Standing::NeverValidated => "standing.never_validated",
            Standing::Disabled => "standing.disabled",
        });
        let (colour, icon) = look(standing);
        Choice {
            href: address(query, &[("standing", standing.name()), ("cursor", "")]),
            text: counted(words, counts.map(|counts| counts.of(standing))),
            icon,
            colour,
            chosen: chosen == Some(standing),
        }
    }));
    standings
}

fn columns(t: &Texts, query: &Form, sort: &str) -> Vec<Column> {
    let column = |key: &str, by: Option<&'static str>, direction: &'static str| Column {
        text: t.say(key).to_owned(),
        href: by.map(|by| address(query, &[("sort", by), ("cursor", "")])),
        sorted: by.filter(|by| *by == sort).map(|_| direction),
    };
    vec![
        column("credentials.column.name", Some("name"), "ascending"),
        column("credentials.column.health", Some("attention"), "descending"),
        column("credentials.column.endpoint", None, ""),
        column("credentials.column.left", None, ""),
        column("credentials.column.used", Some("last_used"), "descending"),
        column("credentials.column.ends", Some("secret_end"), "ascending"),
    ]
}

fn filter(query: &Form) -> (CredentialFilter, &'static str) {
    let named = SORTS.iter().find(|(name, ..)| *name == query.get("sort"));
    let (name, sort, descending) = *named.unwrap_or(&SORTS[0]);
    let part = query.get("q").trim();
    let filter = CredentialFilter {
        part: (!part.is_empty()).then(|| part.chars().take(200).collect()),
        standing: Standing::try_from(query.get("standing")).ok(),
        labels: label(query.get("label")),
        sort,
        descending,
        limit: ROWS,
        cursor: query.some("cursor"),
        ..CredentialFilter::default()
    };
    (filter, name)
}

fn label(text: &str) -> Option<LabelSelector> {
    let (key, value) = text.split_once('=')?;
    let (key, value) = (
        LabelKey::try_from(key).ok()?,
        LabelValue::try_from(value).ok()?,
    );
    let labels = Labels::try_from(std::collections::BTreeMap::from([(key, value)])).ok()?;
    Some(LabelSelector(labels))
}

/// The address of this list with some of its parameters changed; empty ones are left out.
fn address(query: &Form, changed: &[(&str, &str)]) -> String {
    let mut address = url::form_urlencoded::Serializer::new(String::new());
    for name in ["q", "label", "standing", "sort", "cursor"] {
        let change = changed.iter().find(|(changed, _)| *changed == name);
        let value = change.map_or_else(|| query.get(name), |(_, value)| value);
        if !value.is_empty() {
            address.append_pair(name, value);
        }
    }
    let query = address.finish();
    if query.is_empty() {
        "/console/credentials".to_owned()
    } else {
        format!("/console/credentials?{query}")
    }
}

fn row(clock: Clock<'_>, listed: &ListedCredential, token: Option<TokenAtHand>) -> Row {
    let credential = &listed.credential;
    let health = Health::of(credential, listed.health.as_ref(), clock.now);
    let settings = &credential.settings;
    let t = clock.t;
    Row {
        name: settings.name.to_string(),
        slug: credential.slug.to_string(),
        health: Shown::of(clock, credential, &health),
        host: settings
            .token_endpoint
            .url()
            .host_str()
            .unwrap_or_default()
            .to_owned(),
        method: match credential.authentication.method() {
            AuthenticationMethod::ClientSecretBasic(_) => "basic",
            AuthenticationMethod::ClientSecretPost => "post",
        },
        life: life::bar(token.as_ref()),
        left: token.map_or_else(
            || t.say("credentials.no_token").to_owned(),
            |token| clock.span(&token.left),
        ),
        last_used: listed.last_used_at.map_or_else(
            || Markup(t.say("credentials.never_used").to_owned()),
            |at| clock.when(at),
        ),
        ends: settings.secret_expires_at.map_or_else(
            || Markup(t.say("credentials.end_unknown").to_owned()),
            |at| clock.day(at),
        ),
        soon: health.secret_warning_days().is_some(),
    }
}
