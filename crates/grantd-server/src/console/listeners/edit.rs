//! The form of an email listener, for a new one, a copy and an edit.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use grantd_engine::{CredentialFilter, CredentialRef, EngineError, ListenerRef};
use grantd_model::listener::FilterField;
use grantd_model::{Action, FieldError, Invalid, Listener, Revision, Slug};

use super::fields::{self, FIELDS};
use super::report::report;
use crate::app::App;
use crate::console::failed::Failed;
use crate::console::fault::{self, Fault};
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::held::hold;
use crate::console::merge::Stale;
use crate::console::once::Became;
use crate::console::show::Markup;
use crate::console::texts::Texts;
use crate::console::visit::Visit;

/// Where the form of a new listener is.
pub(in crate::console) const NEW: &str = "/console/new-listener";

/// The most credentials that the form offers; any other can be typed.
const MOST_OFFERED: u32 = 200;

/// Where a deleted mail can go.
const DELETE_TO: [&str; 3] = ["deleted_items", "recoverable", "nowhere"];

/// What is shown besides the fields.
#[derive(Default)]
struct Around {
    faults: Vec<Fault>,
    /// The panel of a test of the connection, as HTML.
    report: Option<Markup>,
    notice: Option<String>,
    stale: Option<Stale>,
    /// Whether the form comes back after signing in.
    restored: bool,
}

impl Around {
    /// No form of a listener holds a secret.
    #[expect(clippy::unused_self, reason = "the notice asks every form")]
    const fn asks_secret(&self) -> bool {
        false
    }
}

/// A row of the filters.
struct Row {
    not: bool,
    field: String,
    test: String,
    value: String,
}

#[derive(Template)]
#[template(path = "console/listeners/edit.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    form: &'a Form,
    form_id: String,
    address: String,
    is_new: bool,
    around: Around,
    slug: String,
    credentials: Vec<(String, String)>,
    spools: Vec<String>,
    filters: Vec<Row>,
    filter_fields: Vec<&'static str>,
    tests: Vec<&'static str>,
    cancel: String,
    revision: u64,
    /// What the fields were when the form was opened, to tell later what was changed by whom.
    base: String,
}

impl Page<'_> {
    fn value(&self, name: &str) -> &str {
        self.form.get(name)
    }

    fn fault(&self, name: &str) -> Option<&str> {
        fault::of(&self.around.faults, name)
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.form.get(name) == value
    }

    fn label(&self, field: &str) -> &str {
        self.t.say(fields::label_key(field))
    }

    /// Whether the part that is closed at first has to be seen.
    fn advanced_is_open(&self) -> bool {
        let mut faults = self.around.faults.iter();
        faults.any(|fault| fields::is_advanced(fault.field))
    }
}

/// The page of the form.
async fn page(
    visit: &Visit,
    before: Option<&Listener>,
    form: &Form,
    around: Around,
    status: StatusCode,
) -> Result<Response, Failed> {
    let t = visit.t();
    let engine = &visit.app.engine;
    let title = match before {
        None => t.say("listener.new_title").to_owned(),
        Some(before) => t.say1("edit.title_of", &before.settings.name),
    };
    let filter = CredentialFilter {
        limit: MOST_OFFERED,
        ..CredentialFilter::default()
    };
    let offered = engine.list_credentials(visit.actor(), &filter).await?;
    let credentials = offered.items.iter().map(|it| {
        let credential = &it.credential;
        let name = credential.settings.name.to_string();
        (credential.slug.to_string(), name)
    });
    let mut spools: Vec<String> = engine
        .list_spools(visit.actor())?
        .iter()
        .map(ToString::to_string)
        .collect();
    // one that the configuration does not declare any more stays to be seen
    let spool = form.get("spool");
    if !spool.is_empty() && !spools.iter().any(|it| it == spool) {
        spools.push(spool.to_owned());
    }
    let mut filters: Vec<Row> = fields::filters(form)
        .into_iter()
        .take(fields::MOST_FILTERS)
        .map(|filter| Row {
            not: filter.not,
            field: filter.field,
            test: filter.test,
            value: filter.value,
        })
        .collect();
    let empty = if filters.is_empty() { 2 } else { 1 };
    filters.extend((0..empty).map(|_| Row {
        not: false,
        field: String::new(),
        test: "contains".to_owned(),
        value: String::new(),
    }));
    let page = Page {
        frame: visit.frame(Here::Listeners, title).await?,
        t,
        form,
        form_id: engine.unguessable(),
        address: before.map_or_else(
            || NEW.to_owned(),
            |before| format!("/console/listeners/{}/edit", before.slug),
        ),
        is_new: before.is_none(),
        around,
        slug: before.map_or_else(
            || form.get("slug").to_owned(),
            |before| before.slug.to_string(),
        ),
        credentials: credentials.collect(),
        spools,
        filters,
        filter_fields: FilterField::ALL.iter().map(|it| it.name()).collect(),
        tests: fields::tests(),
        base: before.map_or_else(String::new, |_| FIELDS.opened(t, form, form)),
        cancel: before.map_or_else(
            || "/console/listeners".to_owned(),
            |before| format!("/console/listeners/{}", before.slug),
        ),
        revision: before.map_or(0, |before| before.revision.0),
    };
    Ok((status, Html(page.render()?).into_response()).into_response())
}

/// The fields of a listener as it is.
async fn form_of(visit: &Visit, listener: &Listener) -> Form {
    let id = listener.settings.credential;
    let wanted = CredentialRef::Id(id);
    let engine = &visit.app.engine;
    let credential = engine.get_credential(visit.actor(), &wanted).await;
    let named = credential.map_or_else(|_| id.to_string(), |it| it.slug.to_string());
    fields::of_listener(listener, &named)
}

/// The listener of this slug or id.
pub(super) async fn find(visit: &Visit, name: &str) -> Result<Listener, EngineError> {
    let missing = |_: Invalid| EngineError::NotFound {
        what: "listener",
        name: name.to_owned(),
    };
    let wanted: ListenerRef = name.parse().map_err(missing)?;
    visit.app.engine.get_listener(visit.actor(), &wanted).await
}

pub(super) fn forbidden() -> EngineError {
    EngineError::Forbidden {
        action: Action::Manage,
        on: String::new(),
    }
}

/// `GET /console/new-listener`, with `?like=SLUG` a copy, with `?credential=SLUG` for that credential.
pub(super) async fn new(visit: Visit) -> Result<Response, Failed> {
    if !visit.manages() {
        return Err(forbidden().into());
    }
    let mut form = fields::defaults();
    let mut around = Around::default();
    if let Some(like) = visit.query.some("like") {
        let listener = find(&visit, &like).await?;
        form = form_of(&visit, &listener).await;
        let t = visit.t();
        form.put("name", t.say1("edit.copy_of", &listener.settings.name));
        around.notice = Some(t.say1("listener.copied", &listener.settings.name));
    } else {
        form.put("credential", visit.query.get("credential"));
        let spools = visit.app.engine.list_spools(visit.actor())?;
        if let [only] = spools.as_slice() {
            form.put("spool", only.as_str());
        }
    }
    page(&visit, None, &form, around, StatusCode::OK).await
}

/// `GET /console/listeners/{listener}/edit`
pub(super) async fn edit(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    let listener = find(&visit, &name).await?;
    if !visit.manages() {
        return Err(forbidden().into());
    }
    let form = form_of(&visit, &listener).await;
    let around = Around::default();
    page(&visit, Some(&listener), &form, around, StatusCode::OK).await
}

/// `POST /console/new-listener`
pub(super) async fn add(
    visit: Result<Visit, Failed>,
    State(app): State<App>,
    form: Form,
) -> Result<Response, Failed> {
    let visit = match visit {
        Ok(visit) => visit,
        Err(failed) => return hold(&app, failed, NEW, &form),
    };
    if !visit.manages() {
        return Err(forbidden().into());
    }
    if form.get("action") == "test" {
        return test(&visit, None, &form).await;
    }
    // a second click takes this request away, and is to learn what it did
    let engine = visit.app.engine.clone();
    engine.to_the_end(add_once(visit, form)).await
}

async fn add_once(visit: Visit, form: Form) -> Result<Response, Failed> {
    let once = &visit.app.console.once;
    let turn = once.take(&visit, "listener", "", &form).await;
    if let Some(Became::SentOn(address)) = turn.became() {
        return Ok(Redirect::to(address).into_response());
    }
    let slug = match form.get("slug").trim() {
        "" => None,
        text => match Slug::try_from(text) {
            Ok(slug) => Some(slug),
            Err(fault) => return again(&visit, None, &form, &[fault.at("/slug")]).await,
        },
    };
    let draft = fields::to_draft(&form);
    let engine = &visit.app.engine;
    match engine.create_listener(visit.actor(), slug, &draft).await {
        Ok(listener) => {
            let address = format!("/console/listeners/{}?done=listener_added", listener.slug);
            turn.note(Became::SentOn(address.clone()));
            Ok(Redirect::to(&address).into_response())
        }
        Err(EngineError::Fields(errors)) => again(&visit, None, &form, &errors).await,
        Err(error) => Err(error.into()),
    }
}

/// The form with its faults; what was typed is kept.
async fn again(
    visit: &Visit,
    before: Option<&Listener>,
    form: &Form,
    errors: &[FieldError],
) -> Result<Response, Failed> {
    let around = Around {
        faults: fields::faults(visit.t(), errors),
        ..Around::default()
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    page(visit, before, form, around, status).await
}

/// The form with what a test of its values found.
async fn test(visit: &Visit, before: Option<&Listener>, form: &Form) -> Result<Response, Failed> {
    let draft = fields::to_draft(form);
    match visit.app.engine.test_listener(visit.actor(), &draft).await {
        Ok(found) => {
            let around = Around {
                report: Some(report(visit, &found)?),
                ..Around::default()
            };
            page(visit, before, form, around, StatusCode::OK).await
        }
        Err(EngineError::Fields(errors)) => again(visit, before, form, &errors).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/listeners/{listener}/edit`
pub(super) async fn update(
    visit: Result<Visit, Failed>,
    Path(name): Path<String>,
    State(app): State<App>,
    form: Form,
) -> Result<Response, Failed> {
    let visit = match visit {
        Ok(visit) => visit,
        Err(failed) => {
            let address = format!("/console/listeners/{name}/edit");
            return hold(&app, failed, &address, &form);
        }
    };
    let before = match find(&visit, &name).await {
        Ok(before) => before,
        Err(EngineError::NotFound { .. }) if visit.manages() => {
            return gone(&visit, &form, StatusCode::NOT_FOUND).await;
        }
        Err(error) => return Err(error.into()),
    };
    if !visit.manages() {
        return Err(forbidden().into());
    }
    let expected = Revision(form.get("revision").parse().unwrap_or(0));
    if before.revision != expected {
        return stale(&visit, &before, &form).await;
    }
    if form.get("action") == "test" {
        return test(&visit, Some(&before), &form).await;
    }
    let wanted = ListenerRef::Id(before.id);
    let draft = fields::to_draft(&form);
    let engine = &visit.app.engine;
    match engine
        .update_listener(visit.actor(), &wanted, expected, &draft)
        .await
    {
        Ok(_) => {
            let address = format!("/console/listeners/{}?done=updated", before.slug);
            Ok(Redirect::to(&address).into_response())
        }
        Err(EngineError::Fields(errors)) => again(&visit, Some(&before), &form, &errors).await,
        // somebody was faster by a moment
        Err(EngineError::Stale { .. }) => {
            let now = engine.get_listener(visit.actor(), &wanted).await?;
            stale(&visit, &now, &form).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The form with what is there now in the fields that this person left alone, and what differs.
async fn stale(visit: &Visit, now: &Listener, form: &Form) -> Result<Response, Failed> {
    let theirs = form_of(visit, now).await;
    let (merged, stale) = FIELDS.overtaken(visit, form, &theirs, &now.updated);
    let around = Around {
        stale: Some(stale),
        ..Around::default()
    };
    page(visit, Some(now), &merged, around, StatusCode::CONFLICT).await
}

/// The form as it was when the session ended.
pub(in crate::console) async fn restored(
    visit: &Visit,
    address: &str,
    form: Form,
) -> Result<Response, Failed> {
    let around = Around {
        notice: Some(visit.t().say("listener.restored").to_owned()),
        restored: true,
        ..Around::default()
    };
    let edited = address
        .strip_prefix("/console/listeners/")
        .and_then(|rest| rest.strip_suffix("/edit"));
    let Some(name) = edited else {
        return page(visit, None, &form, around, StatusCode::OK).await;
    };
    match find(visit, name).await {
        Ok(now) if form.get("revision") != now.revision.0.to_string() => {
            stale(visit, &now, &form).await
        }
        Ok(listener) => page(visit, Some(&listener), &form, around, StatusCode::OK).await,
        Err(EngineError::NotFound { .. }) => gone(visit, &form, StatusCode::OK).await,
        Err(error) => Err(error.into()),
    }
}

/// The listener was deleted while its form was being filled: what was typed can be added anew.
async fn gone(visit: &Visit, form: &Form, status: StatusCode) -> Result<Response, Failed> {
    let form = form.without(|name| matches!(name, "revision" | "base" | "slug"));
    let around = Around {
        notice: Some(visit.t().say("listener.gone").to_owned()),
        ..Around::default()
    };
    page(visit, None, &form, around, status).await
}
