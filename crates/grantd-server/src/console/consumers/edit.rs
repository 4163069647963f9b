//! The form of an HTTP consumer, for a new one, a copy and an edit.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use grantd_engine::{ConsumerRef, CredentialFilter, CredentialRef, EngineError, TestSubject};
use grantd_model::{Action, Consumer, FieldError, Invalid, Revision, Slug};

use super::faults::faults;
use super::fields::{self, FIELDS};
use super::report::report;
use super::trial;
use crate::app::App;
use crate::console::credentials::to_send_back;
use crate::console::failed::Failed;
use crate::console::fault::{self, Fault};
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::held::hold;
use crate::console::merge::Stale;
use crate::console::once::Became;
use crate::console::pairs::{self, Pair};
use crate::console::show::Markup;
use crate::console::texts::Texts;
use crate::console::visit::Visit;

/// Where the form of a new consumer is.
pub(in crate::console) const NEW: &str = "/console/new-consumer";

/// The most credentials that the form offers; any other can be typed.
const MOST_OFFERED: u32 = 200;

/// What is shown besides the fields.
#[derive(Default)]
struct Around {
    faults: Vec<Fault>,
    /// The panel of a test request, as HTML.
    report: Option<Markup>,
    notice: Option<String>,
    stale: Option<Stale>,
    /// Whether a secret was typed that has to be typed again.
    secret_again: bool,
    /// Whether the form comes back after signing in.
    restored: bool,
}

impl Around {
    fn asks_secret(&self) -> bool {
        self.secret_again
    }
}

#[derive(Template)]
#[template(path = "console/consumers/edit.html", whitespace = "minimize")]
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
    headers: Vec<Pair>,
    methods: Vec<String>,
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

    /// Whether a part that is closed at first has to be seen.
    fn is_open(&self, fold: &str) -> bool {
        let mut faults = self.around.faults.iter();
        faults.any(|fault| fields::fold_of(fault.field) == Some(fold))
            || (fold == "token" && self.headers.iter().any(Pair::is_missing))
    }
}

/// The page of the form, without what is secret in it.
async fn page(
    visit: &Visit,
    before: Option<&Consumer>,
    form: &Form,
    around: Around,
    status: StatusCode,
) -> Result<Response, Failed> {
    let t = visit.t();
    let engine = &visit.app.engine;
    let around = Around {
        secret_again: around.secret_again || pairs::holds_secret(form, "header"),
        ..around
    };
    let form = &to_send_back(form);
    let title = match before {
        None => t.say("consumer.new_title").to_owned(),
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
    let page = Page {
        frame: visit.frame(Here::Consumers, title).await?,
        t,
        form,
        form_id: engine.unguessable(),
        address: before.map_or_else(
            || NEW.to_owned(),
            |before| format!("/console/consumers/{}/edit", before.slug),
        ),
        is_new: before.is_none(),
        around,
        slug: before.map_or_else(
            || form.get("slug").to_owned(),
            |before| before.slug.to_string(),
        ),
        credentials: credentials.collect(),
        headers: pairs::rows(form, "header", before.map(|it| it.fields.as_slice())),
        methods: trial::methods(form.get("test_method")),
        base: match before {
            None => String::new(),
            Some(before) => FIELDS.opened(t, form, &form_of(visit, before).await),
        },
        cancel: before.map_or_else(
            || "/console/consumers".to_owned(),
            |before| format!("/console/consumers/{}", before.slug),
        ),
        revision: before.map_or(0, |before| before.revision.0),
    };
    Ok((status, Html(page.render()?)).into_response())
}

/// The fields of a consumer as it is, with the test request that its rules suggest.
async fn form_of(visit: &Visit, consumer: &Consumer) -> Form {
    let id = consumer.settings.credential;
    let wanted = CredentialRef::Id(id);
    let engine = &visit.app.engine;
    let credential = engine.get_credential(visit.actor(), &wanted).await;
    let named = credential.map_or_else(|_| id.to_string(), |it| it.slug.to_string());
    let mut form = fields::of_consumer(consumer, &named);
    let (method, path) = trial::suggested(consumer);
    form.put("test_method", method);
    form.put("test_path", path);
    form
}

/// The consumer of this slug or id.
pub(super) async fn find(visit: &Visit, name: &str) -> Result<Consumer, EngineError> {
    let missing = |_: Invalid| EngineError::NotFound {
        what: "HTTP consumer",
        name: name.to_owned(),
    };
    let wanted: ConsumerRef = name.parse().map_err(missing)?;
    visit.app.engine.get_consumer(visit.actor(), &wanted).await
}

pub(super) fn forbidden() -> EngineError {
    EngineError::Forbidden {
        action: Action::Manage,
        on: String::new(),
    }
}

/// `GET /console/new-consumer`, with `?like=SLUG` a copy without secret values and hosts, with `?credential=SLUG`
/// for that credential.
pub(super) async fn new(visit: Visit) -> Result<Response, Failed> {
    if !visit.manages() {
        return Err(forbidden().into());
    }
    let mut form = fields::defaults();
    let mut around = Around::default();
    if let Some(like) = visit.query.some("like") {
        let consumer = find(&visit, &like).await?;
        form = form_of(&visit, &consumer).await;
        let t = visit.t();
        form.put("name", t.say1("edit.copy_of", &consumer.settings.name));
        form.put("hosts", "");
        around.notice = Some(t.say1("consumer.copied", &consumer.settings.name));
    } else {
        form.put("credential", visit.query.get("credential"));
        form.put("test_path", "/");
    }
    page(&visit, None, &form, around, StatusCode::OK).await
}

/// `GET /console/consumers/{consumer}/edit`
pub(super) async fn edit(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    let consumer = find(&visit, &name).await?;
    if !visit.manages() {
        return Err(forbidden().into());
    }
    let form = form_of(&visit, &consumer).await;
    let around = Around::default();
    page(&visit, Some(&consumer), &form, around, StatusCode::OK).await
}

/// `POST /console/new-consumer`
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
    let turn = once.take(&visit, "consumer", "", &form).await;
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
    match engine.create_consumer(visit.actor(), slug, &draft).await {
        Ok(consumer) => {
            let address = format!("/console/consumers/{}?done=consumer_added", consumer.slug);
            turn.note(Became::SentOn(address.clone()));
            Ok(Redirect::to(&address).into_response())
        }
        Err(EngineError::Fields(errors)) => again(&visit, None, &form, &errors).await,
        Err(error) => Err(error.into()),
    }
}

/// The form with its faults; what was typed is kept, secrets excepted.
async fn again(
    visit: &Visit,
    before: Option<&Consumer>,
    form: &Form,
    errors: &[FieldError],
) -> Result<Response, Failed> {
    let around = Around {
        faults: faults(&fields::to_draft(form), errors),
        ..Around::default()
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    page(visit, before, form, around, status).await
}

/// The form with how a test request of its values went.
async fn test(visit: &Visit, before: Option<&Consumer>, form: &Form) -> Result<Response, Failed> {
    let request = match trial::request(form) {
        Ok(request) => request,
        Err(errors) => return again(visit, before, form, &errors).await,
    };
    let draft = Box::new(fields::to_draft(form));
    let subject = match before {
        Some(before) => TestSubject::Edited(ConsumerRef::Id(before.id), draft),
        None => TestSubject::Draft(draft),
    };
    let engine = &visit.app.engine;
    match engine.test_consumer(visit.actor(), subject, request).await {
        Ok(found) => {
            let around = Around {
                report: Some(report(visit.t(), &found)?),
                ..Around::default()
            };
            page(visit, before, form, around, StatusCode::OK).await
        }
        Err(EngineError::Fields(errors)) => again(visit, before, form, &errors).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/consumers/{consumer}/edit`
pub(super) async fn update(
    visit: Result<Visit, Failed>,
    Path(name): Path<String>,
    State(app): State<App>,
    form: Form,
) -> Result<Response, Failed> {
    let visit = match visit {
        Ok(visit) => visit,
        Err(failed) => {
            let address = format!("/console/consumers/{name}/edit");
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
    let wanted = ConsumerRef::Id(before.id);
    let draft = fields::to_draft(&form);
    let engine = &visit.app.engine;
    match engine
        .update_consumer(visit.actor(), &wanted, expected, &draft)
        .await
    {
        Ok(_) => {
            let address = format!("/console/consumers/{}?done=updated", before.slug);
            Ok(Redirect::to(&address).into_response())
        }
        Err(EngineError::Fields(errors)) => again(&visit, Some(&before), &form, &errors).await,
        // somebody was faster by a moment
        Err(EngineError::Stale { .. }) => {
            let now = engine.get_consumer(visit.actor(), &wanted).await?;
            stale(&visit, &now, &form).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The form with what is there now in the fields that this person left alone, and what differs.
async fn stale(visit: &Visit, now: &Consumer, form: &Form) -> Result<Response, Failed> {
    let theirs = form_of(visit, now).await;
    let (merged, stale) = FIELDS.overtaken(visit, form, &theirs, &now.updated);
    let around = Around {
        stale: Some(stale),
        secret_again: pairs::holds_secret(form, "header"),
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
        notice: Some(visit.t().say("consumer.restored").to_owned()),
        restored: true,
        ..Around::default()
    };
    let edited = address
        .strip_prefix("/console/consumers/")
        .and_then(|rest| rest.strip_suffix("/edit"));
    let Some(name) = edited else {
        return page(visit, None, &form, around, StatusCode::OK).await;
    };
    match find(visit, name).await {
        Ok(now) if form.get("revision") != now.revision.0.to_string() => {
            stale(visit, &now, &form).await
        }
        Ok(consumer) => page(visit, Some(&consumer), &form, around, StatusCode::OK).await,
        Err(EngineError::NotFound { .. }) => gone(visit, &form, StatusCode::OK).await,
        Err(error) => Err(error.into()),
    }
}

/// The consumer was deleted while its form was being filled: what was typed can be added anew.
async fn gone(visit: &Visit, form: &Form, status: StatusCode) -> Result<Response, Failed> {
    let form = form.without(|name| matches!(name, "revision" | "base" | "slug"));
    let around = Around {
        notice: Some(visit.t().say("consumer.gone").to_owned()),
        ..Around::default()
    };
    page(visit, None, &form, around, status).await
}
