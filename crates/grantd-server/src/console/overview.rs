//! The overview: what needs somebody first, then what happened, then the installation.

use std::collections::BTreeMap;
use std::time::Duration;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use grantd_engine::{
    AuditFilter, CredentialFilter, CredentialSort, ListedCredential, ListedListener,
};
use grantd_model::{CredentialId, Health, HealthState, HourCount, HourKind, Standing, Timestamp};

use super::activity::{Line, line, there};
use super::charts::columns::Columns;
use super::charts::expiry::{self, End};
use super::credentials::{Shown, failure_class};
use super::failed::Failed;
use super::frame::{Frame, Here};
use super::listeners;
use super::show::{Markup, number};
use super::texts::Texts;
use super::visit::Visit;

/// The most things to do that are listed.
const MOST: u32 = 8;

/// With more credentials than these, whoever made them needs no guide.
const GUIDED: u64 = 3;

struct ToDo {
    health: Shown,
    name: String,
    slug: String,
    what: String,
    why: String,
    code: Option<String>,
    since: Option<Markup>,
    button: &'static str,
    href: String,
}

struct Class {
    name: String,
    count: u64,
    share: u64,
    is_refusal: bool,
}

struct Step {
    key: &'static str,
    is_done: bool,
    is_next: bool,
}

#[derive(Template)]
#[template(path = "console/overview.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    what: String,
    to_do: Vec<ToDo>,
    listeners: Vec<ListenerToDo>,
    more: u64,
    issued: String,
    issued_chart: Markup,
    handed_out: String,
    handed_out_chart: Markup,
    failures: String,
    share: String,
    classes: Vec<Class>,
    ends: Option<Markup>,
    ending: u64,
    recent: Vec<Line>,
    key_id: String,
    version: String,
    database: String,
}

/// A listener that fails or has given mails up.
struct ListenerToDo {
    name: String,
    slug: String,
    shown: listeners::Shown,
    since: Option<Markup>,
}

#[derive(Template)]
#[template(path = "console/first_run.html", whitespace = "minimize")]
struct FirstRun<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    steps: Vec<Step>,
    user: String,
    has_factor: bool,
    first: Option<String>,
    key_id: String,
    version: String,
    database: String,
    listens_on: String,
}

/// `GET /console/`
pub(super) async fn show(visit: Visit) -> Result<Response, Failed> {
    let counts = visit.counts().await?;
    let all = counts.all();
    let (t, clock) = (visit.t(), visit.clock());
    let engine = &visit.app.engine;
    let attention = CredentialFilter {
        sort: CredentialSort::Attention,
        limit: MOST,
        ..CredentialFilter::default()
    };
    let listed = engine.list_credentials(visit.actor(), &attention).await?;
    // the guide ends with the first credential that ever worked
    let worked = |it: &ListedCredential| {
        let health = it.health.as_ref();
        health.is_some_and(|health| health.valid_at.is_some())
    };
    let is_first = all <= GUIDED && !listed.items.iter().any(worked);
    if all == 0 || (is_first && visit.manages() && !visit.query.is_ticked("all")) {
        return first_run(&visit, all).await;
    }
    let needs = |listed: &&ListedCredential| {
        matches!(
            listed.standing(visit.now),
            Standing::Failing | Standing::SecretEnds
        )
    };
    let to_do: Vec<ToDo> = listed
        .items
        .iter()
        .filter(needs)
        .map(|it| one(&visit, it))
        .collect();
    let in_trouble = engine.troubled_listeners(visit.actor()).await?;
    let listeners = in_trouble.iter().map(|it| listener(&visit, it)).collect();
    let waiting = counts.of(Standing::Failing) + counts.of(Standing::SecretEnds);
    let first = super::credentials::first_hour(visit.now);
    let until = visit.now.plus(Duration::from_hours(1));
    let hours = engine.list_hours(visit.actor(), (first, until)).await?;
    let (issued, handed_out) = (
        by_hour(&hours, first, |kind| *kind == HourKind::Issued),
        by_hour(&hours, first, |kind| *kind == HourKind::HandedOut),
    );
    let failures = by_class(t, &hours);
    let (issued_sum, failed_sum): (u64, u64) = (
        issued.iter().sum(),
        failures.iter().map(|it| it.count).sum(),
    );
    let handed_out_sum: u64 = handed_out.iter().sum();
    let ends = ends(&visit).await?;
    let key_id = engine.sealing_key(visit.actor())?;
    let settings = &visit.app.settings;
    let chart = |key: &str, sum: u64, values: &[u64], colour| {
        let columns = Columns {
            label: &t.say1(key, number(sum)),
            colour,
            from: first,
            step_s: 3600,
            width: 320.0,
            values,
        };
        columns.draw()
    };
    let page = Page {
        frame: visit.frame(Here::Overview, t.say("nav.overview")).await?,
        t,
        what: format!(
            "{}. {}",
            clock.date(visit.now),
            t.count("overview.credentials", all)
        ),
        more: waiting.saturating_sub(to_do.len() as u64),
        to_do,
        listeners,
        issued: number(issued_sum),
        issued_chart: chart("overview.issued_label", issued_sum, &issued, "c-ink"),
        handed_out: number(handed_out_sum),
        handed_out_chart: chart("overview.handed_label", handed_out_sum, &handed_out, "c-ok"),
        failures: number(failed_sum),
        share: percent(failed_sum, issued_sum + failed_sum),
        classes: failures,
        ending: ends.len() as u64,
        ends: (!ends.is_empty()).then(|| {
            let label = t.count("overview.ends_label", ends.len() as u64);
            expiry::draw(t, &ends, &label)
        }),
        recent: recent(&visit).await?,
        key_id,
        version: settings.installation.version.clone(),
        database: settings.installation.database.clone(),
    };
    Ok(Html(page.render()?).into_response())
}

async fn first_run(visit: &Visit, all: u64) -> Result<Response, Failed> {
    let t = visit.t();
    let engine = &visit.app.engine;
    let newest = CredentialFilter {
        sort: CredentialSort::Created,
        descending: true,
        limit: 1,
        ..CredentialFilter::default()
    };
    let listed = engine.list_credentials(visit.actor(), &newest).await?;
    let first = listed
        .items
        .first()
        .map(|it| it.credential.slug.to_string());
    let key_id = engine.sealing_key(visit.actor())?;
    let settings = &visit.app.settings.installation;
    let is_added = all > 0;
    let step = |key, is_done, is_next| Step {
        key,
        is_done,
        is_next,
    };
    let page = FirstRun {
        frame: visit.frame(Here::Overview, t.say("nav.overview")).await?,
        t,
        steps: vec![
            step("admin", true, false),
            step("add", is_added, !is_added),
            step("validate", false, is_added),
            step("use", false, false),
        ],
        user: visit.person.user.name.to_string(),
        has_factor: visit.person.user.has_second_factor(),
        first,
        key_id,
        version: settings.version.clone(),
        database: settings.database.clone(),
        listens_on: settings.listens_on.clone(),
    };
    Ok(Html(page.render()?).into_response())
}

fn one(visit: &Visit, listed: &ListedCredential) -> ToDo {
    let (t, clock) = (visit.t(), visit.clock());
    let credential = &listed.credential;
    let name = credential.settings.name.to_string();
    let slug = credential.slug.to_string();
    let health = Health::of(credential, listed.health.as_ref(), visit.now);
    let shown = Shown::of(clock, credential, &health);
    if let HealthState::Failing(failing) = &health.state {
        return ToDo {
            what: t.say1("overview.fails", &name),
            why: failure_class(t, &failing.class),
            code: Some(failing.class.clone()),
            since: Some(clock.when(failing.since)),
            button: "overview.see_why",
            href: format!("/console/credentials/{slug}"),
            health: shown,
            name,
            slug,
        };
    }
    let end = credential.settings.secret_expires_at;
    let left = health.secret_left.unwrap_or_default();
    let what = if left.is_zero() {
        t.say1("overview.over", &name)
    } else {
        t.say2("overview.ends", &name, clock.span(&left))
    };
    ToDo {
        what,
        why: end.map_or_else(String::new, |end| t.say1("overview.on", clock.date(end))),
        code: None,
        since: None,
        button: "overview.rotate",
        href: format!("/console/credentials/{slug}/rotate"),
        health: shown,
        name,
        slug,
    }
}

fn listener(visit: &Visit, listed: &ListedListener) -> ListenerToDo {
    let clock = visit.clock();
    let shown = listeners::Shown::of(clock, listed);
    let since = listed.state.failing.as_ref();
    ListenerToDo {
        name: listed.listener.settings.name.to_string(),
        slug: listed.listener.slug.to_string(),
        since: since.map(|failing| clock.when(failing.since)),
        shown,
    }
}

fn by_hour(
    hours: &[HourCount],
    first: Timestamp,
    is_wanted: impl Fn(&HourKind) -> bool,
) -> Vec<u64> {
    let mut values = vec![0; 24];
    for count in hours.iter().filter(|count| is_wanted(&count.kind)) {
        let position = (count.hour.as_seconds() - first.as_seconds()) / 3600;
        let place = usize::try_from(position).ok();
        if let Some(value) = place.and_then(|place| values.get_mut(place)) {
            *value += count.count;
        }
    }
    values
}

/// Failures by their class, the most frequent first.
fn by_class(t: &Texts, hours: &[HourCount]) -> Vec<Class> {
    let mut classes: BTreeMap<&str, u64> = BTreeMap::new();
    for count in hours {
        if let HourKind::Failed(class) = &count.kind {
            *classes.entry(class).or_default() += count.count;
        }
    }
    let most = classes.values().copied().max().unwrap_or(1).max(1);
    let mut classes: Vec<Class> = classes
        .into_iter()
        .map(|(class, count)| Class {
            name: failure_class(t, class),
            count,
            share: (count * 100 / most).max(1),
            is_refusal: class.starts_with("invalid_") || class.starts_with("unauthorized"),
        })
        .collect();
    classes.sort_by_key(|class| std::cmp::Reverse(class.count));
    classes.truncate(6);
    classes
}

fn percent(part: u64, whole: u64) -> String {
    let tenths = (part * 1000).checked_div(whole).unwrap_or(0);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// The secrets that end within the first warning, the soonest first; those that are over are among what
/// needs attention.
async fn ends(visit: &Visit) -> Result<Vec<End>, Failed> {
    let engine = &visit.app.engine;
    let ends = engine.list_secret_ends(visit.actor()).await?;
    let days = |end: Timestamp| end.since(visit.now).as_secs() / 86_400;
    let mut drawn: Vec<End> = ends
        .iter()
        .map(|(_, end)| End {
            days: days(*end),
            name: None,
        })
        .collect();
    let marked: Vec<(usize, CredentialId)> = expiry::named(&drawn)
        .into_iter()
        .filter_map(|place| Some((place, ends.get(place)?.0)))
        .collect();
    let ids: Vec<CredentialId> = marked.iter().map(|(_, id)| *id).collect();
    let names = engine.credential_names(visit.actor(), &ids).await?;
    for (place, id) in marked {
        if let Some(end) = drawn.get_mut(place) {
            end.name = names.get(&id).map(ToString::to_string);
        }
    }
    Ok(drawn)
}

/// What people did last; token requests are in the pictures.
async fn recent(visit: &Visit) -> Result<Vec<Line>, Failed> {
    if !visit.administers() {
        return Ok(Vec::new());
    }
    let filter = AuditFilter {
        without_fetches: true,
        limit: 6,
        ..AuditFilter::default()
    };
    let entries = visit.app.engine.list_audit(visit.actor(), &filter).await?;
    let there = there(visit, &entries.items).await?;
    let entries = entries.items.iter();
    Ok(entries.map(|entry| line(visit, entry, &there)).collect())
}
