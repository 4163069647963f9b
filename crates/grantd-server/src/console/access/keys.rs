//! API keys: made for programs, shown once, revoked.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use grantd_engine::{
    ConsumerFilter, ConsumerRef, CredentialFilter, CredentialRef, CredentialSort, EngineError,
    KeyDraft,
};
use grantd_model::{
    Action, Consumer, Credential, Grant, KeyId, LabelKey, LabelSelector, LabelValue, Labels, Name,
    ObjectId, Role, ScopeLimit, Target,
};

use super::users::Confirm;
use crate::app::App;
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::held::{NEW_KEY, hold};
use crate::console::once::{Made, once};
use crate::console::show::sentence;
use crate::console::texts::Texts;
use crate::console::visit::Visit;

/// The longest that a key lasts which ends, in days.
const MOST_DAYS: u64 = 3650;

/// The most credentials that are offered by name.
const MOST: u32 = 200;

#[derive(Template)]
#[template(path = "console/access/new_key.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    form: &'a Form,
    form_id: String,
    credentials: Vec<(String, String, bool)>,
    consumers: Vec<(String, String, bool)>,
    labels: Vec<(String, String, bool)>,
    faults: Faults,
    /// Whether there are more credentials or consumers than are offered.
    more: bool,
    /// The key itself, shown this once.
    key: Option<String>,
}

/// What is wrong, beside what it is about.
#[derive(Default)]
struct Faults {
    name: Option<String>,
    grants: Option<String>,
    ends: Option<String>,
}

impl Page<'_> {
    fn value(&self, name: &str) -> &str {
        self.form.get(name)
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.form.get(name) == value
    }
}

/// `GET /console/access/keys/new`, with `?for=SLUG` for one credential, with `?use=SLUG` for one HTTP consumer.
pub(super) async fn new(visit: Visit) -> Result<Response, Failed> {
    let mut form = Form::of([("may", "tokens"), ("on", "all"), ("ends", "90")]);
    if let Some(wanted) = visit.query.some("for") {
        form.put("on", "these");
        form.put("credential", wanted);
    } else if let Some(wanted) = visit.query.some("use") {
        form.put("may", "use");
        form.put("on", "these");
        form.put("consumer", wanted);
    }
    let html = page(&visit, &form, Faults::default(), None).await?;
    Ok(Html(html).into_response())
}

async fn page(
    visit: &Visit,
    form: &Form,
    faults: Faults,
    key: Option<String>,
) -> Result<String, Failed> {
    let t = visit.t();
    let engine = &visit.app.engine;
    // whoever may make no key is told so at once
    engine.list_keys(visit.actor(), 1, None).await?;
    let filter = CredentialFilter {
        sort: CredentialSort::Name,
        limit: MOST,
        ..CredentialFilter::default()
    };
    let listed = engine.list_credentials(visit.actor(), &filter).await?;
    let mut credentials: Vec<(String, String, bool)> = Vec::new();
    let mut offer = |credential: &Credential| {
        let id = credential.id.to_string();
        let chosen = form
            .all("credential")
            .any(|it| it == id || it == credential.slug.as_str());
        if !credentials.iter().any(|(offered, ..)| *offered == id) {
            credentials.push((id, credential.settings.name.to_string(), chosen));
        }
    };
    // what was asked for is offered, however many there are
    for wanted in form.all("credential").take(MOST as usize) {
        if let Ok(wanted) = wanted.parse::<CredentialRef>()
            && let Ok(credential) = engine.get_credential(visit.actor(), &wanted).await
        {
            offer(&credential);
        }
    }
    for it in &listed.items {
        offer(&it.credential);
    }
    let filter = ConsumerFilter {
        limit: MOST,
        ..ConsumerFilter::default()
    };
    let consumers = engine.list_consumers(visit.actor(), &filter).await?;
    let mut offered: Vec<(String, String, bool)> = Vec::new();
    let mut offer = |consumer: &Consumer| {
        let id = consumer.id.to_string();
        let chosen = form
            .all("consumer")
            .any(|it| it == id || it == consumer.slug.as_str());
        if !offered.iter().any(|(offered, ..)| *offered == id) {
            offered.push((id, consumer.settings.name.to_string(), chosen));
        }
    };
    for wanted in form.all("consumer").take(MOST as usize) {
        if let Ok(wanted) = wanted.parse::<ConsumerRef>()
            && let Ok(consumer) = engine.get_consumer(visit.actor(), &wanted).await
        {
            offer(&consumer);
        }
    }
    for it in &consumers.items {
        offer(&it.consumer);
    }
    let of_consumers = consumers.items.iter();
    let of_consumers = of_consumers.flat_map(|it| it.consumer.settings.labels.iter());
    let mut labels: BTreeSet<(LabelKey, LabelValue)> = of_consumers
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    labels.extend(engine.list_labels(visit.actor()).await?);
    let page = Page {
        frame: visit.frame(Here::Access, t.say("access.new_key")).await?,
        t,
        form,
        form_id: engine.unguessable(),
        credentials,
        more: listed.next_cursor.is_some() || consumers.next_cursor.is_some(),
        consumers: offered,
        labels: labels
            .iter()
            .map(|(key, value)| {
                let text = format!("{key}={value}");
                let chosen = form.get("label") == text;
                (text.clone(), text.replacen('=', ": ", 1), chosen)
            })
            .collect(),
        faults,
        key,
    };
    Ok(page.render()?)
}

/// `POST /console/access/keys/new`
pub(super) async fn add(
    visit: Result<Visit, Failed>,
    State(app): State<App>,
    form: Form,
) -> Result<Response, Failed> {
    let visit = match visit {
        Ok(visit) => visit,
        Err(failed) => return hold(&app, failed, NEW_KEY, &form),
    };
    let engine = visit.app.engine.clone();
    engine.to_the_end(add_once(visit, form)).await
}

async fn add_once(visit: Visit, form: Form) -> Result<Response, Failed> {
    // whoever may make no key is told so before anything that was made is shown again
    visit.app.engine.list_keys(visit.actor(), 1, None).await?;
    once(&visit, ("key", ""), &form, async || {
        made(&visit, &form).await
    })
    .await
}

async fn made(visit: &Visit, form: &Form) -> Result<Made, Failed> {
    let refused = async |faults: Faults| {
        Ok(Made {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            html: page(visit, form, faults, None).await?,
            is_done: false,
        })
    };
    let t = visit.t();
    let mut faults = Faults::default();
    let name = Name::try_from(form.get("name").trim());
    let name = name.map_err(|fault| faults.name = Some(sentence(&fault.detail)));
    let grants = grants(form).map_err(|key| faults.grants = Some(t.say(key).to_owned()));
    let days = form.get("ends").parse::<u64>().ok();
    let days = days.filter(|days| *days <= MOST_DAYS).ok_or_else(|| {
        faults.ends = Some(t.say("access.ends_fault").to_owned());
    });
    let (Ok(name), Ok(grants), Ok(days)) = (name, grants, days) else {
        return refused(faults).await;
    };
    let draft = KeyDraft {
        name,
        grants,
        // 0 is no end
        expires_at: (days > 0).then(|| visit.now.plus(Duration::from_hours(24 * days))),
    };
    match visit.app.engine.create_key(visit.actor(), draft).await {
        Ok(made) => Ok(Made {
            status: StatusCode::OK,
            html: page(
                visit,
                form,
                Faults::default(),
                Some(made.text.expose().clone()),
            )
            .await?,
            is_done: true,
        }),
        Err(EngineError::Fields(errors)) => {
            let fault = errors.into_iter().next();
            let faults = Faults {
                grants: fault.map(|error| sentence(&error.detail)),
                ..Faults::default()
            };
            refused(faults).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What the key may do; the text of what is wrong where that is not clear.
fn grants(form: &Form) -> Result<Vec<Grant>, &'static str> {
    // what is ticked that such a key is not about does not count
    let (ticked, none_ticked): (&[_], _) = match form.get("may") {
        "tokens" => (&["credential"], "access.pick_some"),
        "use" => (&["consumer"], "access.pick_consumer"),
        _ => (&["credential", "consumer"], "access.pick_some"),
    };
    let on = match form.get("on") {
        "all" => Target::All,
        "these" => {
            let ids: Result<BTreeSet<ObjectId>, _> = ticked
                .iter()
                .flat_map(|name| form.all(name))
                .map(|id| ObjectId::try_from(id.to_owned()))
                .collect();
            match ids {
                Ok(ids) if !ids.is_empty() => Target::Ids(ids),
                _ => return Err(none_ticked),
            }
        }
        "label" => Target::Labels(label(form.get("label")).ok_or("access.pick_label")?),
        _ => return Err("access.pick_on"),
    };
    let action = match form.get("may") {
        "tokens" => Action::Token,
        "use" => Action::Use,
        "read" => Action::Read,
        "manage" => Action::Manage,
        "everything" if on == Target::All => return Ok(Role::Admin.grants()),
        "everything" => return Err("access.everything_on_all"),
        _ => return Err("access.pick_may"),
    };
    Ok(vec![Grant {
        action,
        on,
        scopes: ScopeLimit::Any,
    }])
}

fn label(text: &str) -> Option<LabelSelector> {
    let (key, value) = text.split_once('=')?;
    let (key, value) = (
        LabelKey::try_from(key).ok()?,
        LabelValue::try_from(value).ok()?,
    );
    let labels = Labels::try_from(BTreeMap::from([(key, value)])).ok()?;
    Some(LabelSelector(labels))
}

/// The form as it was when the session ended.
pub(in crate::console) async fn restored(visit: &Visit, form: &Form) -> Result<Response, Failed> {
    let mut form = form.clone();
    form.put("restored", "on");
    let html = page(visit, &form, Faults::default(), None).await?;
    Ok(Html(html).into_response())
}

/// `GET /console/access/keys/{key}/revoke`
pub(super) async fn ask_revoke(visit: Visit, Path(key): Path<String>) -> Result<Response, Failed> {
    let id: KeyId = key.parse().map_err(|_| Failed::NoPage)?;
    let found = visit.app.engine.get_key(visit.actor(), id).await?;
    let t = visit.t();
    let page = Confirm {
        frame: visit
            .frame(Here::Access, t.say1("access.revoke_title", &found.name))
            .await?,
        t,
        what: t.say("access.revoke_what").to_owned(),
        button: t.say("access.revoke"),
        address: format!("/console/access/keys/{id}/revoke"),
    };
    Ok(Html(page.render()?).into_response())
}

/// `POST /console/access/keys/{key}/revoke`
pub(super) async fn revoke(visit: Visit, Path(key): Path<String>) -> Result<Response, Failed> {
    let id: KeyId = key.parse().map_err(|_| Failed::NoPage)?;
    visit.app.engine.revoke_key(visit.actor(), id).await?;
    Ok(Redirect::to("/console/access?done=key_revoked#keys").into_response())
}
