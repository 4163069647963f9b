//! The page of one email listener.

use std::collections::BTreeSet;
use std::time::Duration;

use askama::Template;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Response};
use grantd_engine::{CredentialRef, EngineError, ListedListener, ListenerRef};
use grantd_model::health::Failing;
use grantd_model::listener::{DeliverySettings, MailEndpointChoice, SpoolLayout, StartFrom};
use grantd_model::mail::{MailDelivery, MailHour, MailLetter};
use grantd_model::{Listener, ListenerDraft, Timestamp};

use super::edit::find;
use super::fields;
use super::report::report;
use super::standing::{Shown, class};
use crate::console::activity::{Line, line};
use crate::console::charts::columns::Columns;
use crate::console::credentials::first_hour;
use crate::console::failed::Failed;
use crate::console::frame::{Frame, Here};
use crate::console::show::{Markup, escaped, number, sentence};
use crate::console::sizes::rounded;
use crate::console::texts::{Texts, with_code};
use crate::console::visit::Visit;

/// The deliveries that are listed.
const MOST_DELIVERIES: u32 = 25;

/// The entries of the audit log that are listed.
const MOST_ENTRIES: u32 = 10;

struct Cause {
    since: Markup,
    last: Markup,
    times: String,
    class: String,
    code: String,
    detail: Markup,
    remedy: Option<Markup>,
    next: Option<Markup>,
}

struct Delivered {
    at: Markup,
    subject: String,
    /// Who sent it, how large it is.
    about: String,
    lag: String,
    attempt: u32,
    key: String,
}

struct Letter {
    received: Markup,
    subject: String,
    sender: String,
    class: String,
    detail: Markup,
    attempts: String,
    /// When it is tried again; absent where it was given up.
    due: Option<Markup>,
    key: String,
}

struct Numbers {
    lag: String,
    rate: String,
    delivered: Markup,
    retrying: String,
    given_up: u64,
    looked: Markup,
}

#[derive(Template)]
#[template(path = "console/listeners/page.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    name: String,
    slug: String,
    id: String,
    paused: bool,
    standing: Shown,
    labels: Vec<String>,
    description: String,
    cause: Option<Cause>,
    report: Option<Markup>,
    problem: Option<String>,
    numbers: Numbers,
    by_hour: Markup,
    failed_by_hour: Option<Markup>,
    hours: Vec<(Markup, String, String, String)>,
    deliveries: Vec<Delivered>,
    letters: Vec<Letter>,
    more_letters: Option<String>,
    actions: Option<String>,
    action_fault: Option<Markup>,
    facts: Vec<(String, Markup)>,
    audit: Vec<Line>,
}

/// `GET /console/listeners/{listener}`
pub(super) async fn show(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    let listener = find(&visit, &name).await?;
    render(&visit, &listener, None, None).await
}

/// `POST /console/listeners/{listener}/test`: the page with what a test found.
pub(super) async fn test(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    let listener = find(&visit, &name).await?;
    let draft = ListenerDraft::of(&listener.settings);
    match visit.app.engine.test_listener(visit.actor(), &draft).await {
        Ok(found) => {
            let panel = report(&visit, &found)?;
            render(&visit, &listener, Some(panel), None).await
        }
        // such as a spool that is not declared any more
        Err(EngineError::Fields(errors)) => {
            let words: Vec<String> = errors.iter().map(|it| sentence(&it.detail)).collect();
            render(&visit, &listener, None, Some(words.join(" "))).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn render(
    visit: &Visit,
    listener: &Listener,
    report: Option<Markup>,
    problem: Option<String>,
) -> Result<Response, Failed> {
    let (t, clock, engine) = (visit.t(), visit.clock(), &visit.app.engine);
    let wanted = ListenerRef::Id(listener.id);
    let actor = visit.actor();
    let listed = engine.listener_standing(actor, &wanted).await?;
    let deliveries = engine
        .list_deliveries(actor, &wanted, MOST_DELIVERIES, None)
        .await?;
    let letters = engine.list_letters(actor, &wanted, false).await?;
    let hours = engine
        .list_mail_hours(actor, &wanted, first_hour(visit.now))
        .await?;
    let audit = engine
        .list_listener_audit(actor, &wanted, MOST_ENTRIES)
        .await?;
    let credential = CredentialRef::Id(listener.settings.credential);
    let credential = engine.get_credential(actor, &credential).await.ok();
    let credential = credential.map(|it| (it.slug.to_string(), it.settings.name.to_string()));
    let page = Page {
        frame: visit
            .frame(Here::Listeners, listener.settings.name.as_str())
            .await?,
        t,
        name: listener.settings.name.to_string(),
        slug: listener.slug.to_string(),
        id: listener.id.to_string(),
        paused: listener.paused,
        standing: Shown::of(clock, &listed),
        labels: listener
            .settings
            .labels
            .iter()
            .map(|(key, value)| format!("{key}: {value}"))
            .collect(),
        description: listener.settings.description.clone(),
        cause: listed
            .state
            .failing
            .as_ref()
            .filter(|_| !listener.paused)
            .map(|failing| cause(visit, failing, listed.state.next_look_at)),
        report,
        problem,
        numbers: numbers(visit, &listed, &hours),
        by_hour: by_hour(visit, &hours),
        failed_by_hour: failed_by_hour(visit, &hours),
        hours: rows(visit, &hours),
        deliveries: deliveries
            .items
            .iter()
            .map(|delivery| delivered(visit, delivery))
            .collect(),
        more_letters: more_letters(t, letters.len() as u64, &listed),
        letters: letters.iter().map(|it| letter(visit, it)).collect(),
        actions: (listed.waiting.actions > 0)
            .then(|| t.count("listener.actions_wait", listed.waiting.actions)),
        action_fault: listed
            .waiting
            .action_fault
            .as_deref()
            .map(|fault| with_code(&sentence(fault))),
        facts: facts(visit, listener, credential),
        audit: audit
            .items
            .iter()
            .map(|entry| line(visit, entry, &BTreeSet::new()))
            .collect(),
    };
    Ok(Html(page.render()?).into_response())
}

fn cause(visit: &Visit, failing: &Failing, next: Option<Timestamp>) -> Cause {
    let clock = visit.clock();
    Cause {
        since: clock.when(failing.since),
        last: clock.when(failing.last_at),
        times: visit.t().count("credential.times", failing.times),
        class: class(clock, &failing.class),
        code: failing.class.clone(),
        detail: with_code(&sentence(&failing.detail)),
        remedy: failing
            .remedy
            .as_deref()
            .map(|text| with_code(&sentence(text))),
        next: next.filter(|at| *at > visit.now).map(|at| clock.when(at)),
    }
}

fn numbers(visit: &Visit, listed: &ListedListener, hours: &[MailHour]) -> Numbers {
    let (t, clock) = (visit.t(), visit.clock());
    let never = || Markup(t.say("listener.never").to_owned());
    let when = |at: Option<Timestamp>| at.map_or_else(never, |at| clock.when(at));
    let hour_ago = visit.now.as_seconds() - 3600;
    // the hour that runs, and the one before by its share
    let rate: u64 = hours
        .iter()
        .map(|row| {
            let ends = row.hour.as_seconds() + 3600;
            let inside = u64::try_from(ends - hour_ago).unwrap_or(0).min(3600);
            row.delivered * inside / 3600
        })
        .sum();
    Numbers {
        lag: listed
            .state
            .lag
            .map_or_else(|| "–".to_owned(), |lag| short(visit, lag)),
        rate: number(rate),
        delivered: when(listed.state.delivered_at),
        retrying: number(listed.waiting.retrying),
        given_up: listed.waiting.given_up,
        looked: when(listed.state.looked_at),
    }
}

/// A span that may be shorter than a second.
fn short(visit: &Visit, span: Duration) -> String {
    if span < Duration::from_secs(1) {
        "< 1 s".to_owned()
    } else {
        visit.clock().span(&span)
    }
}

/// One value of each of the last 24 hours.
fn each_hour(visit: &Visit, hours: &[MailHour], value: impl Fn(&MailHour) -> u64) -> Vec<u64> {
    let first = first_hour(visit.now).as_seconds();
    let mut values = vec![0; 24];
    for row in hours {
        let place = usize::try_from((row.hour.as_seconds() - first) / 3600).ok();
        if let Some(place) = place.and_then(|place| values.get_mut(place)) {
            *place += value(row);
        }
    }
    values
}

fn by_hour(visit: &Visit, hours: &[MailHour]) -> Markup {
    let values = each_hour(visit, hours, |row| row.delivered);
    let total: u64 = values.iter().sum();
    Columns {
        label: &visit.t().say1("listener.delivered_label", number(total)),
        colour: "c-ink",
        from: first_hour(visit.now),
        step_s: 3600,
        width: 960.0,
        values: &values,
    }
    .draw()
}

fn failed_by_hour(visit: &Visit, hours: &[MailHour]) -> Option<Markup> {
    let values = each_hour(visit, hours, |row| row.failed);
    let total: u64 = values.iter().sum();
    (total > 0).then(|| {
        Columns {
            label: &visit.t().say1("listener.failed_label", number(total)),
            colour: "c-bad",
            from: first_hour(visit.now),
            step_s: 3600,
            width: 960.0,
            values: &values,
        }
        .draw()
    })
}

/// The hours in which anything happened, the latest first: when, delivered, failed, longest lag.
fn rows(visit: &Visit, hours: &[MailHour]) -> Vec<(Markup, String, String, String)> {
    let clock = visit.clock();
    let told = hours.iter().rev();
    told.map(|row| {
        (
            clock.when(row.hour),
            number(row.delivered),
            number(row.failed),
            short(visit, row.most_lag),
        )
    })
    .collect()
}

fn delivered(visit: &Visit, delivery: &MailDelivery) -> Delivered {
    let t = visit.t();
    let mut about = vec![delivery.sender.clone(), rounded(delivery.size)];
    if delivery.attachments > 0 {
        let count = u64::from(delivery.attachments);
        about.push(t.count("listener.attachments", count));
    }
    about.retain(|text| !text.is_empty());
    Delivered {
        at: visit.clock().when(delivery.at),
        subject: subject(t, &delivery.subject),
        about: about.join(", "),
        lag: delivery
            .received_at
            .map_or_else(|| "–".to_owned(), |at| short(visit, delivery.at.since(at))),
        attempt: delivery.attempt,
        key: delivery.key.to_string(),
    }
}

/// Says that not all are shown.
fn more_letters(t: &Texts, shown: u64, listed: &ListedListener) -> Option<String> {
    let all = listed.waiting.retrying + listed.waiting.given_up;
    (all > shown).then(|| t.say2("listener.more_letters", number(shown), number(all)))
}

fn subject(t: &Texts, subject: &str) -> String {
    if subject.trim().is_empty() {
        t.say("listener.no_subject").to_owned()
    } else {
        subject.to_owned()
    }
}

fn letter(visit: &Visit, letter: &MailLetter) -> Letter {
    let (t, clock) = (visit.t(), visit.clock());
    Letter {
        received: clock.when(letter.received_at.unwrap_or(letter.first_at)),
        subject: subject(t, &letter.subject),
        sender: letter.sender.clone(),
        class: class(clock, &letter.class),
        detail: with_code(&sentence(&letter.detail)),
        attempts: number(u64::from(letter.attempts)),
        due: letter.due_at.map(|at| clock.when(at)),
        key: letter.key.to_string(),
    }
}

fn facts(
    visit: &Visit,
    listener: &Listener,
    credential: Option<(String, String)>,
) -> Vec<(String, Markup)> {
    let t = visit.t();
    let settings = &listener.settings;
    let code = |text: &str| Markup(format!("<code>{}</code>", escaped(text)));
    let text = |text: &str| Markup(format!("<bdi>{}</bdi>", escaped(text)));
    let form = fields::of_listener(listener, "");
    let mut rows: Vec<(String, Markup)> = Vec::new();
    let mut row = |key: &str, value: Markup| rows.push((t.say(key).to_owned(), value));
    row("listener_field.mailbox", code(settings.mailbox.as_str()));
    row("listener_field.folder", text(settings.folder.as_str()));
    row(
        "listener_field.credential",
        match credential {
            Some((slug, name)) => Markup(format!(
                "<a href=\"/console/credentials/{}\"><bdi>{}</bdi></a>",
                escaped(&slug),
                escaped(&name)
            )),
            None => code(&settings.credential.to_string()),
        },
    );
    let endpoint = match &settings.endpoint {
        MailEndpointChoice::At(endpoint) => endpoint.to_string(),
        MailEndpointChoice::Autodiscover => t.say("listener.autodiscover").to_owned(),
    };
    row("listener_field.endpoint", code(&endpoint));
    let start = match settings.start {
        StartFrom::Now => text(t.say("listener_field.start_now")),
        StartFrom::Unread => text(t.say("listener_field.start_unread")),
        StartFrom::Since(at) => {
            let since = text(t.say("listener_field.start_since"));
            Markup(format!("{since} {}", visit.clock().when(at)))
        }
    };
    row("listener_field.start", start);
    let every = t.say1("listener.every", visit.clock().span(&settings.interval));
    row("listener_field.interval", text(&every));
    let filters: Vec<String> = settings
        .filters
        .iter()
        .map(|filter| fields::filter_in_words(t, filter.draft()))
        .collect();
    if !filters.is_empty() {
        let lines: Vec<String> = filters.iter().map(|line| text(line).0).collect();
        row("listener_field.filters", Markup(lines.join("<br>")));
    }
    let DeliverySettings::Spool { spool, layout } = &settings.delivery;
    let layout = t.say(match layout {
        SpoolLayout::Files => "listener_field.layout_files",
        SpoolLayout::Maildir => "listener_field.layout_maildir",
    });
    let place = Markup(format!("{}, {}", code(spool.as_str()), escaped(layout)));
    row("listener_field.spool", place);
    let afterwards = fields::afterwards(t, &form).join(", ");
    row("listener_field.then", text(&afterwards));
    let attempts = u64::from(settings.retries.attempts);
    row(
        "listener_field.attempts",
        text(&t.count("listener.attempts", attempts)),
    );
    if let Some(folder) = &settings.retries.folder {
        row("listener_field.failed_folder", text(folder.as_str()));
    }
    let created = t.say2(
        "credential.by_whom",
        visit.clock().when(listener.created.at),
        text(crate::console::show::actor(&listener.created.by)),
    );
    row("credential.created", Markup(created));
    rows
}
