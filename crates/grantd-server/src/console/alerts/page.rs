//! The page of one alert channel: what it is, what went there, trying it and its signing secret.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use grantd_engine::{AuditFilter, ChannelSecretInput, ChannelTest, EngineError, ShownChannel};
use grantd_model::alert::ChannelKind;
use grantd_model::{Action, ChannelDraft, Revision, Slug};

use super::list::{event_key, leads_to, object_key};
use super::shown::{Standing, is_given_up, kind_key};
use crate::console::activity::{Line, line};
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::once::{Made, once};
use crate::console::show::{Markup, actor, escaped, number, sentence, took};
use crate::console::texts::{Texts, with_code};
use crate::console::visit::Visit;

/// The deliveries that are listed.
const MOST_DELIVERIES: usize = 50;

/// The entries of the audit log that are listed.
const MOST_ENTRIES: u32 = 10;

/// How a test went.
pub(super) struct Tried {
    pub(super) is_ok: bool,
    pub(super) title: String,
    pub(super) detail: Markup,
    pub(super) remedy: Option<Markup>,
    pub(super) took: String,
}

struct Row {
    id: String,
    /// Whether it is over and did not arrive.
    is_given_up: bool,
    at: Markup,
    what: String,
    standing: Standing,
    attempts: String,
    said: String,
}

#[derive(Template)]
#[template(path = "console/alerts/page.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    name: String,
    kind: &'static str,
    revision: u64,
    form_id: String,
    description: String,
    standing: Standing,
    is_webhook: bool,
    tried: Option<Tried>,
    /// A signing secret that was just made, shown this once.
    secret: Option<String>,
    facts: Vec<(&'static str, Markup)>,
    rows: Vec<Row>,
    audit: Vec<Line>,
}

/// The channel of this name.
pub(super) async fn find(visit: &Visit, name: &str) -> Result<ShownChannel, EngineError> {
    let missing = |_| EngineError::NotFound {
        what: "alert channel",
        name: name.to_owned(),
    };
    let wanted = Slug::try_from(name).map_err(missing)?;
    visit.app.engine.channel(visit.actor(), &wanted).await
}

pub(super) fn admins_alone(visit: &Visit) -> Result<(), EngineError> {
    if visit.administers() {
        return Ok(());
    }
    Err(EngineError::Forbidden {
        action: Action::Admin,
        on: String::new(),
    })
}

/// `GET /console/alerts/{channel}`
pub(super) async fn show(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    let html = html(&visit, &name, None, None).await?;
    Ok(Html(html).into_response())
}

/// `POST /console/alerts/{channel}/test`
pub(super) async fn test(
    visit: Visit,
    Path(name): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    admins_alone(&visit)?;
    // a second click takes this request away, and is to learn what it did
    let engine = visit.app.engine.clone();
    engine
        .to_the_end(async move {
            once(&visit, ("channel-test", &name), &form, async || {
                let of = find(&visit, &name).await?.channel.name;
                let test = visit.app.engine.test_channel(visit.actor(), &of).await?;
                let tried = Some(tried(visit.t(), &test));
                Ok(Made {
                    status: StatusCode::OK,
                    html: html(&visit, &name, tried, None).await?,
                    is_done: true,
                })
            })
            .await
        })
        .await
}

/// `POST /console/alerts/{channel}/rotate`
pub(super) async fn rotate(
    visit: Visit,
    Path(name): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    admins_alone(&visit)?;
    let engine = visit.app.engine.clone();
    engine
        .to_the_end(async move {
            once(&visit, ("signing-secret", &name), &form, async || {
                let before = find(&visit, &name).await?.channel;
                let expected = Revision(form.get("revision").parse().unwrap_or(0));
                let draft = ChannelDraft::of(&before.settings);
                let made = ChannelSecretInput::Made;
                let changed = visit
                    .app
                    .engine
                    .update_channel(visit.actor(), &before.name, expected, &draft, made)
                    .await?;
                let secret = changed.signing_secret.map(|it| it.expose().clone());
                Ok(Made {
                    status: StatusCode::OK,
                    html: html(&visit, &name, None, secret).await?,
                    is_done: true,
                })
            })
            .await
        })
        .await
}

/// `POST /console/alerts/{channel}/deliveries/{id}/deliver`
pub(super) async fn deliver(
    visit: Visit,
    Path((name, id)): Path<(String, String)>,
) -> Result<Response, Failed> {
    admins_alone(&visit)?;
    let channel = find(&visit, &name).await?.channel;
    let alert = id.parse().map_err(|_| EngineError::NotFound {
        what: "alert",
        name: id,
    })?;
    let engine = &visit.app.engine;
    engine
        .replay_alert(visit.actor(), &channel.name, alert)
        .await?;
    let address = format!("/console/alerts/{}?done=alert_again", channel.name);
    Ok(Redirect::to(&address).into_response())
}

/// How a test went, as it is drawn.
fn tried(t: &Texts, test: &ChannelTest) -> Tried {
    let outcome = &test.outcome;
    let is_ok = outcome.is_delivered();
    let key = if is_ok {
        "alert_test.delivered"
    } else {
        "alert_test.failed"
    };
    Tried {
        is_ok,
        title: t.say(key).to_owned(),
        detail: with_code(&sentence(&outcome.detail)),
        remedy: outcome.remedy.as_deref().map(|it| with_code(&sentence(it))),
        took: took(test.took),
    }
}

/// The page, with what was just found or made.
pub(super) async fn html(
    visit: &Visit,
    name: &str,
    tried: Option<Tried>,
    secret: Option<String>,
) -> Result<String, Failed> {
    let shown = find(visit, name).await?;
    let (t, clock) = (visit.t(), visit.clock());
    let engine = &visit.app.engine;
    let channel = &shown.channel;
    let deliveries = engine
        .alert_deliveries(visit.actor(), &channel.name)
        .await?;
    let audit = if visit.administers() {
        let filter = AuditFilter {
            object: Some(channel.id.into()),
            limit: MOST_ENTRIES,
            ..AuditFilter::default()
        };
        let listed = engine.list_audit(visit.actor(), &filter).await?;
        let lines = listed.items.iter();
        lines
            .map(|entry| line(visit, entry, &BTreeSet::new()))
            .collect()
    } else {
        Vec::new()
    };
    let rows = deliveries.iter().take(MOST_DELIVERIES).map(|delivery| Row {
        id: delivery.id.to_string(),
        is_given_up: is_given_up(delivery),
        at: clock.when(delivery.at),
        what: sentence(&delivery.message.data.summary),
        standing: Standing::of_delivery(clock, delivery),
        attempts: number(delivery.attempts.into()),
        said: delivery
            .last
            .as_ref()
            .map(|it| it.detail.clone())
            .unwrap_or_default(),
    });
    let page = Page {
        frame: visit.frame(Here::Alerts, channel.name.as_str()).await?,
        t,
        name: channel.name.to_string(),
        kind: kind_key(channel.settings.kind.name()),
        revision: channel.revision.0,
        form_id: engine.unguessable(),
        description: channel.settings.description.clone(),
        standing: Standing::of(clock, &shown),
        is_webhook: matches!(channel.settings.kind, ChannelKind::Webhook(_)),
        tried,
        secret,
        facts: facts(visit, &shown),
        rows: rows.collect(),
        audit,
    };
    Ok(page.render()?)
}

fn facts(visit: &Visit, shown: &ShownChannel) -> Vec<(&'static str, Markup)> {
    let (t, clock) = (visit.t(), visit.clock());
    let settings = &shown.channel.settings;
    let code = |text: &str| Markup(format!("<code>{}</code>", escaped(text)));
    let plain = |text: &str| Markup(escaped(text));
    let mut facts = Vec::new();
    match &settings.kind {
        ChannelKind::Webhook(url) => facts.push(("alert_field.url", code(url.as_str()))),
        ChannelKind::Chat(form, origin) => {
            facts.push(("alert_field.form", plain(form.name())));
            facts.push(("alert_field.origin", code(origin.as_str())));
        }
        ChannelKind::Email(email) => {
            let server = format!("{}:{}", email.host, email.port);
            facts.push(("alert_field.server", code(&server)));
            facts.push(("alert_field.security", plain(email.security.name())));
            if let Some(username) = &email.username {
                facts.push(("alert_field.username", code(username)));
            }
            facts.push(("alert_field.from", code(email.from.as_str())));
            facts.push(("alert_field.to", plain(&leads_to(&settings.kind))));
        }
    }
    let events = settings.events.iter();
    let events: Vec<&str> = events.map(|it| t.say(event_key(it.name()))).collect();
    facts.push(("alert_field.events", plain(&events.join(", "))));
    let objects = settings.objects.iter();
    let objects: Vec<&str> = objects.map(|it| t.say(object_key(it.name()))).collect();
    facts.push(("alert_field.objects", plain(&objects.join(", "))));
    if let Some(labels) = &settings.labels {
        let labels = labels.0.iter();
        let labels: Vec<String> = labels
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        facts.push(("alert_field.labels", plain(&labels.join(", "))));
    }
    if let Some(secret) = &shown.channel.secret {
        let set = format!(
            "{} {} {}",
            escaped(t.say("source.set")),
            clock.when(secret.set.at),
            escaped(&t.say1("source.by", actor(&secret.set.by)))
        );
        facts.push(("alert_field.secret", Markup(set)));
    }
    facts.push(("alert.waiting", plain(&number(shown.waiting))));
    facts
}
