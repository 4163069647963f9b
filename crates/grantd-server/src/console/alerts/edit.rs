//! The form of an alert channel, for a new one and an edit.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use grantd_engine::EngineError;
use grantd_model::{AlertChannel, FieldError, Revision, Slug};

use super::fields::{self, FIELDS};
use super::page::{admins_alone, find, html};
use crate::app::App;
use crate::console::failed::Failed;
use crate::console::fault::{self, Fault};
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::held::hold;
use crate::console::merge::Stale;
use crate::console::once::{Made, once};
use crate::console::show::Markup;
use crate::console::texts::Texts;
use crate::console::visit::Visit;

/// Where the form of a new channel is.
pub(in crate::console) const NEW: &str = "/console/new-alert-channel";

/// What is shown besides the fields.
#[derive(Default)]
struct Around {
    faults: Vec<Fault>,
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
#[template(path = "console/alerts/edit.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    form: &'a Form,
    form_id: String,
    address: String,
    is_new: bool,
    around: Around,
    name: String,
    /// When and by whom the secret was set.
    secret_set: Option<Markup>,
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

    fn has(&self, name: &str, value: &str) -> bool {
        self.form.all(name).any(|it| it == value)
    }

    fn label(&self, field: &str) -> &str {
        self.t.say(fields::label_key(field))
    }
}

/// The page of the form.
async fn page(
    visit: &Visit,
    before: Option<&AlertChannel>,
    form: &Form,
    around: Around,
) -> Result<String, Failed> {
    let (t, clock) = (visit.t(), visit.clock());
    let title = match before {
        None => t.say("alert.new_title").to_owned(),
        Some(before) => t.say1("edit.title_of", &before.name),
    };
    let page = Page {
        frame: visit.frame(Here::Alerts, title).await?,
        t,
        form,
        form_id: visit.app.engine.unguessable(),
        address: before.map_or_else(
            || NEW.to_owned(),
            |before| format!("/console/alerts/{}/edit", before.name),
        ),
        is_new: before.is_none(),
        around,
        name: before.map_or_else(
            || form.get("name").to_owned(),
            |before| before.name.to_string(),
        ),
        secret_set: before
            .and_then(|it| it.secret.as_ref())
            .map(|secret| clock.set_by(&secret.set)),
        base: before.map_or_else(String::new, |_| FIELDS.opened(t, form, form)),
        cancel: before.map_or_else(
            || "/console/alerts".to_owned(),
            |before| format!("/console/alerts/{}", before.name),
        ),
        revision: before.map_or(0, |before| before.revision.0),
    };
    Ok(page.render()?)
}

async fn respond(
    visit: &Visit,
    before: Option<&AlertChannel>,
    form: &Form,
    around: Around,
    status: StatusCode,
) -> Result<Response, Failed> {
    let html = page(visit, before, form, around).await?;
    Ok((status, Html(html)).into_response())
}

/// `GET /console/new-alert-channel`
pub(super) async fn new(visit: Visit) -> Result<Response, Failed> {
    admins_alone(&visit)?;
    let form = fields::defaults();
    respond(&visit, None, &form, Around::default(), StatusCode::OK).await
}

/// `GET /console/alerts/{channel}/edit`
pub(super) async fn edit(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    admins_alone(&visit)?;
    let channel = find(&visit, &name).await?.channel;
    let form = fields::of_channel(&channel);
    let around = Around::default();
    respond(&visit, Some(&channel), &form, around, StatusCode::OK).await
}

/// `POST /console/new-alert-channel`
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
    // a second click takes this request away, and is to learn what it did
    let engine = visit.app.engine.clone();
    engine
        .to_the_end(async move {
            once(&visit, ("channel", ""), &form, async || {
                made(&visit, &form).await
            })
            .await
        })
        .await
}

async fn made(visit: &Visit, form: &Form) -> Result<Made, Failed> {
    let refused = async |errors: &[FieldError]| {
        Ok(Made {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            html: page(visit, None, form, at_fault(form, errors)).await?,
            is_done: false,
        })
    };
    let name = match Slug::try_from(form.get("name").trim()) {
        Ok(name) => name,
        Err(fault) => return refused(&[fault.at("/name")]).await,
    };
    let (draft, input) = (fields::to_draft(form), fields::to_input(form));
    let engine = &visit.app.engine;
    match engine
        .create_channel(visit.actor(), name, &draft, input)
        .await
    {
        Ok(made) => {
            let secret = made.signing_secret.map(|it| it.expose().clone());
            Ok(Made {
                status: StatusCode::OK,
                html: html(visit, made.channel.name.as_str(), None, secret).await?,
                is_done: true,
            })
        }
        Err(EngineError::Fields(errors)) => refused(&errors).await,
        Err(error) => Err(error.into()),
    }
}

/// What was typed is kept, the secret excepted.
fn at_fault(form: &Form, errors: &[FieldError]) -> Around {
    Around {
        faults: fields::faults(errors),
        secret_again: form.secret("secret").is_some(),
        ..Around::default()
    }
}

/// `POST /console/alerts/{channel}/edit`
pub(super) async fn update(
    visit: Result<Visit, Failed>,
    Path(name): Path<String>,
    State(app): State<App>,
    form: Form,
) -> Result<Response, Failed> {
    let visit = match visit {
        Ok(visit) => visit,
        Err(failed) => {
            let address = format!("/console/alerts/{name}/edit");
            return hold(&app, failed, &address, &form);
        }
    };
    admins_alone(&visit)?;
    let before = match find(&visit, &name).await {
        Ok(shown) => shown.channel,
        Err(EngineError::NotFound { .. }) => {
            return gone(&visit, &form, StatusCode::NOT_FOUND).await;
        }
        Err(error) => return Err(error.into()),
    };
    let expected = Revision(form.get("revision").parse().unwrap_or(0));
    if before.revision != expected {
        return stale(&visit, &before, &form).await;
    }
    let (draft, input) = (fields::to_draft(&form), fields::to_input(&form));
    let engine = &visit.app.engine;
    match engine
        .update_channel(visit.actor(), &before.name, expected, &draft, input)
        .await
    {
        Ok(_) => {
            let address = format!("/console/alerts/{}?done=updated", before.name);
            Ok(Redirect::to(&address).into_response())
        }
        Err(EngineError::Fields(errors)) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            respond(
                &visit,
                Some(&before),
                &form,
                at_fault(&form, &errors),
                status,
            )
            .await
        }
        // somebody was faster by a moment
        Err(EngineError::Stale { .. }) => {
            let now = find(&visit, &name).await?.channel;
            stale(&visit, &now, &form).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The form with what is there now in the fields that this person left alone, and what differs.
async fn stale(visit: &Visit, now: &AlertChannel, form: &Form) -> Result<Response, Failed> {
    let theirs = fields::of_channel(now);
    let (merged, stale) = FIELDS.overtaken(visit, form, &theirs, &now.updated);
    let around = Around {
        stale: Some(stale),
        secret_again: form.secret("secret").is_some(),
        ..Around::default()
    };
    respond(visit, Some(now), &merged, around, StatusCode::CONFLICT).await
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
        .strip_prefix("/console/alerts/")
        .and_then(|rest| rest.strip_suffix("/edit"));
    let Some(name) = edited else {
        return respond(visit, None, &form, around, StatusCode::OK).await;
    };
    match find(visit, name).await {
        Ok(shown) if form.get("revision") != shown.channel.revision.0.to_string() => {
            stale(visit, &shown.channel, &form).await
        }
        Ok(shown) => respond(visit, Some(&shown.channel), &form, around, StatusCode::OK).await,
        Err(EngineError::NotFound { .. }) => gone(visit, &form, StatusCode::OK).await,
        Err(error) => Err(error.into()),
    }
}

/// The channel was deleted while its form was being filled: what was typed can be added anew.
async fn gone(visit: &Visit, form: &Form, status: StatusCode) -> Result<Response, Failed> {
    let form = form.without(|name| matches!(name, "revision" | "base"));
    let around = Around {
        notice: Some(visit.t().say("alert.gone").to_owned()),
        secret_again: true,
        ..Around::default()
    };
    respond(visit, None, &form, around, status).await
}
