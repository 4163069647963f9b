//! The page of one credential.

use std::collections::BTreeSet;
use std::time::Duration;

use askama::Template;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Response};
use grantd_engine::{CredentialRef, TokenAtHand};
use grantd_model::health::Failing;
use grantd_model::{
    ActorRef, AuditAction, AuthenticationMethod, Credential, EventResult, Health, HealthState,
    Timestamp, TokenEvent, UsageHour, UsageResult,
};

use super::edit::find;
use super::rotate::{Secret, secrets};
use super::snippets::{self, Snippet};
use super::standing::{Shown, failure_class};
use crate::console::activity::{Line, line};
use crate::console::charts::columns::Columns;
use crate::console::charts::time_line::TimeLine;
use crate::console::consumers;
use crate::console::failed::Failed;
use crate::console::frame::{Frame, Here};
use crate::console::show::{Markup, actor, number, sentence, took};
use crate::console::texts::Texts;
use crate::console::visit::Visit;

/// The most token requests that are drawn.
const MOST_EVENTS: u32 = 200;

/// The most entries of the audit log that are read: dropped tokens among them are drawn.
const MOST_ENTRIES: u32 = 50;

/// The longest span that is shown where none is asked for, in minutes.
const MOST_AT_FIRST: u64 = 1440;

/// So many token requests make a picture.
const TELLING: usize = 5;

/// The most rows of the table that says the same as the picture.
const MOST_ROWS: usize = 25;

/// The spans of the time line, in minutes.
const SPANS: [u64; 5] = [10, 60, 420, 1440, 10_080];

/// Somebody who was handed tokens.
pub(crate) struct Used {
    pub(crate) who: String,
    pub(crate) kind: &'static str,
    pub(crate) count: u64,
    /// Of the one who was handed most, of 100.
    pub(crate) share: u64,
    pub(crate) last: Markup,
}

struct Event {
    at: Markup,
    what: String,
    took: String,
    lifetime: String,
}

struct Span {
    href: String,
    text: String,
    chosen: bool,
}

struct Cause {
    since: Markup,
    last: Markup,
    times: String,
    class: String,
    code: String,
    detail: String,
    remedy: Option<String>,
    /// Whether another secret is what it takes.
    is_of_secret: bool,
}

#[derive(Template)]
#[template(path = "console/credentials/page.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    name: String,
    slug: String,
    enabled: bool,
    health: Shown,
    cause: Option<Cause>,
    secret_ends: Option<Markup>,
    secret_over: bool,
    labels: Vec<String>,
    description: String,
    validation: Option<Markup>,
    problem: Option<String>,
    spans: Vec<Span>,
    time_line: Markup,
    is_cut: bool,
    /// The failures in the picture by class, in words.
    failed_by: Vec<String>,
    events: Vec<Event>,
    next_renewal: Option<Markup>,
    requests: Markup,
    handed_out: String,
    used: Vec<Used>,
    facts: Vec<(String, Markup)>,
    /// The HTTP consumers that use it, as links.
    consumers: Option<Markup>,
    secrets: Vec<Secret>,
    snippets: Vec<Snippet>,
    audit: Vec<Line>,
    id: String,
}

/// `GET /console/credentials/{credential}`
pub(super) async fn show(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    let credential = find(&visit, &name).await?;
    render(&visit, credential, None, None).await
}

/// The page with a validation on it.
pub(super) async fn with_validation(
    visit: &Visit,
    credential: Credential,
    panel: Markup,
) -> Result<Response, Failed> {
    render(visit, credential, Some(panel), None).await
}

/// The page with why something was not done.
pub(super) async fn with_problem(
    visit: &Visit,
    credential: Credential,
    problem: String,
) -> Result<Response, Failed> {
    render(visit, credential, None, Some(problem)).await
}

/// Who was handed tokens from then on, most first, and the hours themselves.
pub(super) async fn used_by(
    visit: &Visit,
    credential: &Credential,
    from: Timestamp,
) -> Result<(Vec<Used>, Vec<UsageHour>), Failed> {
    let wanted = CredentialRef::Id(credential.id);
    let until = visit.now.plus(Duration::from_mins(1));
    let engine = &visit.app.engine;
    let rows = engine
        .list_usage_hours(visit.actor(), &wanted, (from, until))
        .await?;
    let mut by_actor: Vec<(ActorRef, u64, Timestamp)> = Vec::new();
    for row in rows
        .iter()
        .filter(|row| row.result == UsageResult::HandedOut)
    {
        match by_actor.iter_mut().find(|(actor, ..)| *actor == row.actor) {
            Some((_, count, last)) => {
                *count += row.count;
                *last = (*last).max(row.last);
            }
            None => by_actor.push((row.actor.clone(), row.count, row.last)),
        }
    }
    by_actor.sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
    let most = by_actor.first().map_or(1, |(_, count, _)| *count).max(1);
    let clock = visit.clock();
    let used = by_actor
        .iter()
        .map(|(who, count, last)| Used {
            who: actor(who).to_owned(),
            kind: match who {
                ActorRef::System => "credential.by_system",
                ActorRef::Key { .. } => "credential.by_key",
                ActorRef::User { .. } => "credential.by_user",
                ActorRef::Workload { .. } => "credential.by_workload",
            },
            count: *count,
            share: (count * 100 / most).max(1),
            last: clock.when(*last),
        })
        .collect();
    Ok((used, rows))
}

async fn render(
    visit: &Visit,
    credential: Credential,
    validation: Option<Markup>,
    problem: Option<String>,
) -> Result<Response, Failed> {
    let (t, clock, engine) = (visit.t(), visit.clock(), &visit.app.engine);
    let wanted = CredentialRef::Id(credential.id);
    let health = engine.health_of(visit.actor(), std::slice::from_ref(&credential));
    let health = health
        .await?
        .pop()
        .unwrap_or_else(|| Health::of(&credential, None, visit.now));
    let token = engine
        .tokens_at_hand(visit.actor(), &[&credential])?
        .pop()
        .flatten();
    let events = engine
        .list_events(visit.actor(), &wanted, MOST_EVENTS, None)
        .await?;
    let audit = engine
        .list_credential_audit(visit.actor(), &wanted, MOST_ENTRIES)
        .await?
        .items;
    let (used, hours) = used_by(visit, &credential, first_hour(visit.now)).await?;
    let minutes = span(visit, token.as_ref(), &events.items);
    let from = before(visit.now, Duration::from_mins(minutes));
    let shown: Vec<TokenEvent> = events
        .items
        .iter()
        .filter(|event| event.at >= before(from, lifetime(event)))
        .cloned()
        .collect();
    let drops: Vec<Timestamp> = audit
        .iter()
        .filter(|entry| entry.action == AuditAction::TokenDrop && entry.at >= from)
        .map(|entry| entry.at)
        .collect();
    let time_line = drawn(visit, from, &shown, &drops, token.as_ref());
    let (values, total) = by_hour(visit, &hours);
    let requests = Columns {
        label: &t.say1("credential.requests_label", number(total)),
        colour: "c-ink",
        from: first_hour(visit.now),
        step_s: 3600,
        width: 640.0,
        values: &values,
    };
    let page = Page {
        frame: visit
            .frame(Here::Credentials, credential.settings.name.as_str())
            .await?,
        t,
        name: credential.settings.name.to_string(),
        slug: credential.slug.to_string(),
        enabled: credential.enabled,
        health: Shown::of(clock, &credential, &health),
        cause: match &health.state {
            HealthState::Failing(failing) if problem.is_none() => Some(cause(visit, failing)),
            _ => None,
        },
        secret_ends: health
            .secret_warning_days()
            .and(credential.settings.secret_expires_at.as_ref())
            .map(|at| clock.day(*at)),
        secret_over: health.secret_left.is_some_and(|left| left.is_zero()),
        labels: credential
            .settings
            .labels
            .iter()
            .map(|(key, value)| format!("{key}: {value}"))
            .collect(),
        description: credential.settings.description.clone(),
        validation,
        problem,
        spans: spans(visit, &credential, minutes),
        time_line,
        is_cut: events.next_cursor.is_some()
            && events.items.last().is_some_and(|last| last.at > from),
        failed_by: failed_by(t, &shown, from),
        events: rows(visit, &shown, &drops),
        next_renewal: token.map(|token| {
            let until = token.left.saturating_sub(token.renewed_at_left);
            clock.when(visit.now.plus(until))
        }),
        requests: requests.draw(),
        handed_out: number(total),
        used,
        facts: facts(visit, &credential, &health),
        consumers: consumers::of_credential(visit, &wanted).await?,
        secrets: secrets(visit, &credential),
        snippets: snippets::all(&base(visit), credential.slug.as_str()),
        audit: audit
            .iter()
            .take(10)
            .map(|entry| line(visit, entry, &BTreeSet::new()))
            .collect(),
        id: credential.id.to_string(),
    };
    Ok(Html(page.render()?).into_response())
}

/// The picture of the tokens.
fn drawn(
    visit: &Visit,
    from: Timestamp,
    shown: &[TokenEvent],
    drops: &[Timestamp],
    token: Option<&TokenAtHand>,
) -> Markup {
    let line = TimeLine {
        clock: visit.clock(),
        from,
        events: shown,
        drops,
        current: token,
        label: &said(visit, shown, from, token),
    };
    line.draw()
}

/// Where programs reach this server.
fn base(visit: &Visit) -> String {
    let settings = &visit.app.settings;
    match &settings.public_url {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => settings.installation.listens_on.clone(),
    }
}

/// The minutes that the time line shows: those asked for, else some seven lifetimes, or more where
/// too little happened in them.
fn span(visit: &Visit, token: Option<&TokenAtHand>, events: &[TokenEvent]) -> u64 {
    if let Ok(wanted) = visit.query.get("span").parse()
        && SPANS.contains(&wanted)
    {
        return wanted;
    }
    let lifetime = token.map_or_else(
        || {
            events
                .iter()
                .map(lifetime)
                .find(|it| !it.is_zero())
                .unwrap_or(Duration::from_hours(1))
        },
        |token| token.lifetime,
    );
    let wanted = lifetime.as_secs() * 7 / 60;
    let tells = |span: &u64| {
        let from = before(visit.now, Duration::from_mins(*span));
        let within = events.iter().filter(|event| event.at >= from);
        within.count() >= TELLING.min(events.len())
    };
    let mut spans = SPANS.into_iter().take_while(|span| *span <= MOST_AT_FIRST);
    spans
        .find(|span| *span >= wanted && tells(span))
        .unwrap_or(MOST_AT_FIRST)
}

const fn lifetime(event: &TokenEvent) -> Duration {
    match &event.result {
        EventResult::Issued { lifetime, .. } => *lifetime,
        EventResult::Failed { .. } => Duration::ZERO,
    }
}

/// The spans that can be shown.
fn spans(visit: &Visit, credential: &Credential, chosen: u64) -> Vec<Span> {
    let spans = SPANS.iter();
    spans
        .map(|span| Span {
            href: format!("/console/credentials/{}?span={span}", credential.slug),
            text: match span {
                10 | 60 => visit.clock().span(&Duration::from_mins(*span)),
                10_080 => visit.t().count("time.days", 7),
                hours => format!("{} h", hours / 60),
            },
            chosen: *span == chosen,
        })
        .collect()
}

/// What one would see on the time line.
fn said(
    visit: &Visit,
    events: &[TokenEvent],
    from: Timestamp,
    token: Option<&TokenAtHand>,
) -> String {
    let t = visit.t();
    let issued = events.iter().filter(|event| event.at >= from);
    let (issued, failed): (Vec<_>, Vec<_>) =
        issued.partition(|event| matches!(event.result, EventResult::Issued { .. }));
    let mut said = t.say2("credential.line_label", issued.len(), failed.len());
    said.push(' ');
    said.push_str(&match token {
        Some(token) => t.say1("credential.line_left", visit.clock().span(&token.left)),
        None => t.say("credential.line_none").to_owned(),
    });
    said
}

/// How many requests failed of each class, the most first.
fn failed_by(t: &Texts, events: &[TokenEvent], from: Timestamp) -> Vec<String> {
    let mut classes: Vec<(&str, u64)> = Vec::new();
    for event in events.iter().filter(|event| event.at >= from) {
        let EventResult::Failed { class, .. } = &event.result else {
            continue;
        };
        match classes.iter_mut().find(|(known, _)| known == class) {
            Some((_, count)) => *count += 1,
            None => classes.push((class, 1)),
        }
    }
    classes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let classes = classes.into_iter();
    classes
        .map(|(class, count)| {
            t.say2(
                "credential.failed_by",
                number(count),
                failure_class(t, class),
            )
        })
        .collect()
}

/// What the picture shows, the newest first.
fn rows(visit: &Visit, events: &[TokenEvent], drops: &[Timestamp]) -> Vec<Event> {
    let dropped = |at: &Timestamp| Event {
        at: visit.clock().when(*at),
        what: visit.t().say("credential.key_dropped").to_owned(),
        took: "–".to_owned(),
        lifetime: "–".to_owned(),
    };
    let events = events.iter().map(|event| (event.at, row(visit, event)));
    let mut rows: Vec<(Timestamp, Event)> = events
        .chain(drops.iter().map(|at| (*at, dropped(at))))
        .collect();
    rows.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    rows.into_iter()
        .take(MOST_ROWS)
        .map(|(_, row)| row)
        .collect()
}

fn row(visit: &Visit, event: &TokenEvent) -> Event {
    let t = visit.t();
    let (what, lifetime) = match &event.result {
        EventResult::Issued { lifetime, same } => {
            let key = format!("cause.{}", event.cause.name());
            let mut what = t.say(&key).to_owned();
            if *same {
                what.push_str(t.say("credential.same_again"));
            }
            (what, format!("{} s", number(lifetime.as_secs())))
        }
        EventResult::Failed { class, .. } => (
            t.say1("credential.attempt_failed", failure_class(t, class)),
            "–".to_owned(),
        ),
    };
    Event {
        at: visit.clock().when(event.at),
        what,
        took: took(event.duration),
        lifetime,
    }
}

/// The hand-outs of the last 24 hours, and all of them together.
fn by_hour(visit: &Visit, hours: &[UsageHour]) -> (Vec<u64>, u64) {
    let first = first_hour(visit.now).as_seconds();
    let mut values = vec![0; 24];
    for row in hours
        .iter()
        .filter(|row| row.result == UsageResult::HandedOut)
    {
        let position = (row.hour.as_seconds() - first) / 3600;
        let place = usize::try_from(position).ok();
        if let Some(value) = place.and_then(|place| values.get_mut(place)) {
            *value += row.count;
        }
    }
    let total = values.iter().sum();
    (values, total)
}

/// The beginning of the first of 24 hours, of which this is the last.
pub(in crate::console) fn first_hour(now: Timestamp) -> Timestamp {
    let seconds = now.as_seconds();
    Timestamp::from_seconds(seconds - seconds.rem_euclid(3600) - 23 * 3600)
}

/// So much earlier.
fn before(now: Timestamp, span: Duration) -> Timestamp {
    let span = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.as_micros().saturating_sub(span))
}

fn cause(visit: &Visit, failing: &Failing) -> Cause {
    let clock = visit.clock();
    Cause {
        since: clock.when(failing.since),
        last: clock.when(failing.last_at),
        times: visit.t().count("credential.times", failing.times),
        class: failure_class(visit.t(), &failing.class),
        code: failing.class.clone(),
        detail: sentence(&failing.detail),
        remedy: failing.remedy.as_deref().map(sentence),
        is_of_secret: matches!(
            failing.class.as_str(),
            "invalid_client" | "secret_source_failed" | "seal_broken"
        ),
    }
}

fn facts(visit: &Visit, credential: &Credential, health: &Health) -> Vec<(String, Markup)> {
    let (t, clock) = (visit.t(), visit.clock());
    let settings = &credential.settings;
    let text = |text: &str| {
        Markup(format!(
            "<bdi>{}</bdi>",
            crate::console::show::escaped(text)
        ))
    };
    let code = |text: &str| {
        Markup(format!(
            "<code>{}</code>",
            crate::console::show::escaped(text)
        ))
    };
    let mut rows = vec![
        (
            t.say("field.kind").to_owned(),
            text(t.say("credentials.add_oauth2")),
        ),
        (
            t.say("field.client_id").to_owned(),
            code(settings.client_id.as_str()),
        ),
        (
            t.say("field.token_endpoint").to_owned(),
            code(settings.token_endpoint.url().as_str()),
        ),
        (
            t.say("field.scope").to_owned(),
            match settings.scope.scopes() {
                Some(scopes) => code(&scopes.to_string()),
                None => text(t.say("credential.no_scope")),
            },
        ),
        (
            t.say("field.method").to_owned(),
            text(t.say(match credential.authentication.method() {
                AuthenticationMethod::ClientSecretBasic(_) => "credential.by_basic",
                AuthenticationMethod::ClientSecretPost => "credential.by_post",
            })),
        ),
    ];
    let mut more = |key: &str, value: Option<Markup>| {
        if let Some(value) = value {
            rows.push((t.say(key).to_owned(), value));
        }
    };
    more(
        "field.audience",
        settings.audience.as_ref().map(|it| code(it.as_str())),
    );
    let some = |texts: &[String]| (!texts.is_empty()).then(|| code(&texts.join(", ")));
    more("field.bound_hosts", some(&settings.bound_hosts));
    more("field.allowed_mailboxes", some(&settings.allowed_mailboxes));
    let set = |text_of: &str| (!text_of.is_empty()).then(|| text(text_of));
    more("field.owner", set(&settings.owner));
    more(
        "field.secret_expires_at",
        settings.secret_expires_at.as_ref().map(|at| clock.day(*at)),
    );
    more(
        "credential.valid_at",
        health.valid_at.as_ref().map(|at| clock.when(*at)),
    );
    more(
        "credential.created",
        Some(Markup(t.say2(
            "credential.by_whom",
            clock.when(credential.created.at),
            text(actor(&credential.created.by)),
        ))),
    );
    more(
        "credential.revision",
        Some(Markup(t.say2(
            "credential.revision_of",
            credential.revision.0,
            clock.when(credential.updated.at),
        ))),
    );
    rows
}
