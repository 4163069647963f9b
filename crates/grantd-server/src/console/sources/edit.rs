//! The form of a secret source, for a new one and an edit.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use grantd_engine::EngineError;
use grantd_model::secret_reference::SourceName;
use grantd_model::{Action, FieldError, Revision, SecretReference, SecretValue, Source};

use super::fields::{self, FIELDS, LOGINS};
use super::page::find;
use super::shown::{Told, told};
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

/// Where the form of a new source is.
pub(in crate::console) const NEW: &str = "/console/new-source";

/// What is shown besides the fields.
#[derive(Default)]
struct Around {
    faults: Vec<Fault>,
    test: Option<Told>,
    notice: Option<String>,
    stale: Option<Stale>,
    /// Whether the form comes back after signing in.
    restored: bool,
    /// Whether a secret was typed that has to be typed again.
    secret_again: bool,
}

impl Around {
    const fn asks_secret(&self) -> bool {
        self.secret_again
    }
}

#[derive(Template)]
#[template(path = "console/sources/edit.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    form: &'a Form,
    form_id: String,
    address: String,
    is_new: bool,
    around: Around,
    name: String,
    /// When and by whom the secret was set that is sealed here.
    secret_set: Option<Markup>,
    sources: Vec<String>,
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
        [
            "fresh_s",
            "stale_s",
            "reads_per_second",
            "description",
            "ca_bundle",
            "namespace",
            "login_mount",
        ]
        .iter()
        .any(|name| self.fault(name).is_some())
    }
}

/// The page of the form.
async fn page(
    visit: &Visit,
    before: Option<&Source>,
    form: &Form,
    around: Around,
    status: StatusCode,
) -> Result<Response, Failed> {
    let (t, clock) = (visit.t(), visit.clock());
    let engine = &visit.app.engine;
    let title = match before {
        None => t.say("source.new_title").to_owned(),
        Some(before) => t.say1("edit.title_of", &before.name),
    };
    let sources = engine.list_sources(visit.actor())?;
    let others = sources
        .iter()
        .map(|it| it.name.to_string())
        .filter(|name| before.is_none_or(|before| before.name.as_str() != name));
    let sealed = before
        .and_then(|it| it.secret.as_ref())
        .filter(|entry| matches!(entry.value, SecretValue::Internal(_)));
    let page = Page {
        frame: visit.frame(Here::Sources, title).await?,
        t,
        form,
        form_id: engine.unguessable(),
        address: before.map_or_else(
            || NEW.to_owned(),
            |before| format!("/console/sources/{}/edit", before.name),
        ),
        is_new: before.is_none(),
        around,
        name: before.map_or_else(
            || form.get("name").to_owned(),
            |before| before.name.to_string(),
        ),
        secret_set: sealed.map(|entry| clock.set_by(&entry.set)),
        sources: others.collect(),
        base: before.map_or_else(String::new, |_| FIELDS.opened(t, form, form)),
        cancel: before.map_or_else(
            || "/console/sources".to_owned(),
            |before| format!("/console/sources/{}", before.name),
        ),
        revision: before.map_or(0, |before| before.revision.0),
    };
    Ok((status, Html(page.render()?).into_response()).into_response())
}

/// The source of this name, if an admin added it.
async fn added(visit: &Visit, name: &str) -> Result<Source, Failed> {
    let shown = find(visit, name).await?;
    shown.source.ok_or_else(|| {
        let detail = visit.t().say("source.declared_there").to_owned();
        EngineError::InUse(detail).into()
    })
}

fn admins_alone(visit: &Visit) -> Result<(), EngineError> {
    if visit.administers() {
        return Ok(());
    }
    Err(EngineError::Forbidden {
        action: Action::Admin,
        on: String::new(),
    })
}

/// `GET /console/new-source`
pub(super) async fn new(visit: Visit) -> Result<Response, Failed> {
    admins_alone(&visit)?;
    let form = fields::defaults();
    page(&visit, None, &form, Around::default(), StatusCode::OK).await
}

/// `GET /console/sources/{source}/edit`
pub(super) async fn edit(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    let source = added(&visit, &name).await?;
    let form = fields::of_source(&source);
    let around = Around::default();
    page(&visit, Some(&source), &form, around, StatusCode::OK).await
}

/// `POST /console/new-source`
pub(super) async fn add(
    visit: Result<Visit, Failed>,
    State(app): State<App>,
    form: Form,
) -> Result<Response, Failed> {
    let visit = match visit {
        Ok(visit) => visit,
        Err(failed) => return hold(&app, failed, NEW, &form),
    };
    admins_alone(&visit)?;
    if form.get("action") == "test" {
        return test(&visit, None, &form).await;
    }
    // a second click takes this request away, and is to learn what it did
    let engine = visit.app.engine.clone();
    engine.to_the_end(add_once(visit, form)).await
}

async fn add_once(visit: Visit, form: Form) -> Result<Response, Failed> {
    let once = &visit.app.console.once;
    let turn = once.take(&visit, "source", "", &form).await;
    if let Some(Became::SentOn(address)) = turn.became() {
        return Ok(Redirect::to(address).into_response());
    }
    let name = match SourceName::try_from(form.get("name").trim()) {
        Ok(name) => name,
        Err(fault) => return again(&visit, None, &form, &[fault.at("/name")]).await,
    };
    let input = match fields::to_input(&form, None) {
        Ok(input) => input,
        Err(fault) => return again(&visit, None, &form, &[fault]).await,
    };
    let draft = fields::to_draft(&form);
    let engine = &visit.app.engine;
    match engine
        .create_source(visit.actor(), name, &draft, input)
        .await
    {
        Ok(source) => {
            let address = format!("/console/sources/{}?done=source_added", source.name);
            turn.note(Became::SentOn(address.clone()));
            Ok(Redirect::to(&address).into_response())
        }
        Err(EngineError::Fields(errors)) => again(&visit, None, &form, &errors).await,
        Err(error) => Err(error.into()),
    }
}

/// The form with its faults; what was typed is kept, the secret excepted.
async fn again(
    visit: &Visit,
    before: Option<&Source>,
    form: &Form,
    errors: &[FieldError],
) -> Result<Response, Failed> {
    let around = Around {
        faults: fields::faults(errors),
        secret_again: form.secret("secret").is_some(),
        ..Around::default()
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    page(visit, before, form, around, status).await
}

/// The form with what a test of its values found.
async fn test(visit: &Visit, before: Option<&Source>, form: &Form) -> Result<Response, Failed> {
    let fallback = before.map_or("a-test", |before| before.name.as_str());
    let typed = SourceName::try_from(form.get("name").trim());
    let name = match (before, typed) {
        (None, Ok(name)) => name,
        _ => SourceName::try_from(fallback)
            .map_err(|fault| EngineError::Fields(vec![fault.at("/name")]))?,
    };
    let input = match fields::to_input(form, before) {
        Ok(input) => input,
        Err(fault) => return again(visit, before, form, &[fault]).await,
    };
    let path = form.get("try_path").trim();
    let key = form.get("try_key").trim();
    let wanted = (!path.is_empty()).then(|| SecretReference {
        source: name.clone(),
        path: path.to_owned(),
        key: (!key.is_empty()).then(|| key.to_owned()),
        version: None,
    });
    let draft = fields::to_draft(form);
    let engine = &visit.app.engine;
    match engine
        .test_source(visit.actor(), &name, &draft, input, wanted)
        .await
    {
        Ok(test) => {
            let around = Around {
                test: Some(told(visit.clock(), &test)),
                secret_again: form.secret("secret").is_some(),
                ..Around::default()
            };
            page(visit, before, form, around, StatusCode::OK).await
        }
        Err(EngineError::Fields(errors)) => again(visit, before, form, &errors).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/sources/{source}/edit`
pub(super) async fn update(
    visit: Result<Visit, Failed>,
    Path(name): Path<String>,
    State(app): State<App>,
    form: Form,
) -> Result<Response, Failed> {
    let visit = match visit {
        Ok(visit) => visit,
        Err(failed) => {
            let address = format!("/console/sources/{name}/edit");
            return hold(&app, failed, &address, &form);
        }
    };
    let before = match added(&visit, &name).await {
        Ok(before) => before,
        Err(Failed::Engine(EngineError::NotFound { .. })) if visit.administers() => {
            return gone(&visit, &form, StatusCode::NOT_FOUND).await;
        }
        Err(error) => return Err(error),
    };
    let expected = Revision(form.get("revision").parse().unwrap_or(0));
    if before.revision != expected {
        return stale(&visit, &before, &form).await;
    }
    if form.get("action") == "test" {
        return test(&visit, Some(&before), &form).await;
    }
    let input = match fields::to_input(&form, Some(&before)) {
        Ok(input) => input,
        Err(fault) => return again(&visit, Some(&before), &form, &[fault]).await,
    };
    let draft = fields::to_draft(&form);
    let engine = &visit.app.engine;
    match engine
        .update_source(visit.actor(), &before.name, expected, &draft, input)
        .await
    {
        Ok(_) => {
            let address = format!("/console/sources/{}?done=updated", before.name);
            Ok(Redirect::to(&address).into_response())
        }
        Err(EngineError::Fields(errors)) => again(&visit, Some(&before), &form, &errors).await,
        // somebody was faster by a moment
        Err(EngineError::Stale { .. }) => {
            let now = added(&visit, &name).await?;
            stale(&visit, &now, &form).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The form with what is there now in the fields that this person left alone, and what differs.
async fn stale(visit: &Visit, now: &Source, form: &Form) -> Result<Response, Failed> {
    let theirs = fields::of_source(now);
    let (merged, stale) = FIELDS.overtaken(visit, form, &theirs, &now.updated);
    let around = Around {
        stale: Some(stale),
        secret_again: form.secret("secret").is_some(),
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
    admins_alone(visit)?;
    let around = Around {
        notice: Some(visit.t().say("source.restored").to_owned()),
        restored: true,
        secret_again: true,
        ..Around::default()
    };
    let edited = address
        .strip_prefix("/console/sources/")
        .and_then(|rest| rest.strip_suffix("/edit"));
    let Some(name) = edited else {
        return page(visit, None, &form, around, StatusCode::OK).await;
    };
    match added(visit, name).await {
        Ok(now) if form.get("revision") != now.revision.0.to_string() => {
            stale(visit, &now, &form).await
        }
        Ok(source) => page(visit, Some(&source), &form, around, StatusCode::OK).await,
        Err(Failed::Engine(EngineError::NotFound { .. })) => {
            gone(visit, &form, StatusCode::OK).await
        }
        Err(error) => Err(error),
    }
}

/// The source was deleted while its form was being filled: what was typed can be added anew.
async fn gone(visit: &Visit, form: &Form, status: StatusCode) -> Result<Response, Failed> {
    let form = form.without(|name| matches!(name, "revision" | "base"));
    let around = Around {
        notice: Some(visit.t().say("source.gone").to_owned()),
        secret_again: true,
        ..Around::default()
    };
    page(visit, None, &form, around, status).await
}
