//! API keys: made for programs, shown once, revoked.

use std::time::Duration;

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use grantd_engine::{CredentialFilter, CredentialSort, EngineError, KeyDraft};
use grantd_model::{
    Action, Grant, KeyId, LabelKey, LabelSelector, LabelValue, Labels, Name, ObjectId, Role,
    ScopeLimit, Secret, Target,
};

use super::users::Confirm;
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::once::Became;
use crate::console::texts::Texts;
use crate::console::visit::Visit;

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
    labels: Vec<(String, String, bool)>,
    name_fault: Option<String>,
    grants_fault: Option<String>,
    /// The key itself, shown this once.
    key: Option<String>,
}

impl Page<'_> {
    fn value(&self, name: &str) -> &str {
        self.form.get(name)
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.form.get(name) == value
    }
}

/// `GET /console/access/keys/new`, with `?for=SLUG` for one credential.
pub(super) async fn new(visit: Visit) -> Result<Response, Failed> {
    let mut form = Form::of([("may", "tokens"), ("on", "all"), ("ends", "90")]);
    if let Some(wanted) = visit.query.some("for") {
        form.put("on", "these");
        form.put("credential", wanted);
    }
    let html = page(&visit, &form, None, None, None).await?;
    Ok(Html(html).into_response())
}

async fn page(
    visit: &Visit,
    form: &Form,
    name_fault: Option<String>,
    grants_fault: Option<String>,
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
    let labels = engine.list_labels(visit.actor()).await?;
    let page = Page {
        frame: visit.frame(Here::Access, t.say("access.new_key")).await?,
        t,
        form,
        form_id: engine.unguessable(),
        credentials: listed
            .items
            .iter()
            .map(|it| {
                let credential = &it.credential;
                let id = credential.id.to_string();
                let chosen = form
                    .all("credential")
                    .any(|it| it == id || it == credential.slug.as_str());
                (id, credential.settings.name.to_string(), chosen)
            })
            .collect(),
        labels: labels
            .iter()
            .map(|(key, value)| {
                let text = format!("{key}={value}");
                let chosen = form.get("label") == text;
                (text.clone(), text.replacen('=', ": ", 1), chosen)
            })
            .collect(),
        name_fault,
        grants_fault,
        key,
    };
    Ok(page.render()?)
}

/// `POST /console/access/keys/new`
pub(super) async fn add(visit: Visit, form: Form) -> Result<Response, Failed> {
    let t = visit.t();
    // a key that was made can not be shown again but to the same form
    let turn = visit
        .app
        .console
        .once
        .take(form.get("form_id"), visit.now)
        .await;
    if let Some(Became::Page(html)) = turn.became() {
        return Ok(Html(html.expose().clone()).into_response());
    }
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let name = match Name::try_from(form.get("name").trim()) {
        Ok(name) => name,
        Err(fault) => {
            let html = page(&visit, &form, Some(fault.detail), None, None).await?;
            return Ok((unprocessable, Html(html)).into_response());
        }
    };
    let Some(grants) = grants(&form) else {
        let fault = t.say("access.pick_some").to_owned();
        let html = page(&visit, &form, None, Some(fault), None).await?;
        return Ok((unprocessable, Html(html)).into_response());
    };
    let days = form
        .get("ends")
        .parse::<u64>()
        .ok()
        .filter(|days| *days > 0);
    let draft = KeyDraft {
        name,
        grants,
        expires_at: days.map(|days| visit.now.plus(Duration::from_hours(24 * days.min(3650)))),
    };
    match visit.app.engine.create_key(visit.actor(), draft).await {
        Ok(made) => {
            let html = page(&visit, &form, None, None, Some(made.text.expose().clone())).await?;
            if !form.get("form_id").is_empty() {
                turn.note(Became::Page(Secret::from(html.as_str())));
            }
            Ok(Html(html).into_response())
        }
        Err(EngineError::Fields(errors)) => {
            let fault = errors.into_iter().next().map(|error| error.detail);
            let html = page(&visit, &form, None, fault, None).await?;
            Ok((unprocessable, Html(html)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// What the key may do; none where nothing was picked.
fn grants(form: &Form) -> Option<Vec<Grant>> {
    let on = match form.get("on") {
        "these" => {
            let ids = form
                .all("credential")
                .map(|id| ObjectId::try_from(id.to_owned()));
            let ids: std::collections::BTreeSet<ObjectId> = ids.filter_map(Result::ok).collect();
            (!ids.is_empty()).then_some(Target::Ids(ids))?
        }
        "label" => {
            let (key, value) = form.get("label").split_once('=')?;
            let (key, value) = (
                LabelKey::try_from(key).ok()?,
                LabelValue::try_from(value).ok()?,
            );
            let labels = std::collections::BTreeMap::from([(key, value)]);
            Target::Labels(LabelSelector(Labels::try_from(labels).ok()?))
        }
        _ => Target::All,
    };
    let action = match form.get("may") {
        "read" => Action::Read,
        "manage" => Action::Manage,
        "everything" => return Some(Role::Admin.grants()),
        _ => Action::Token,
    };
    Some(vec![Grant {
        action,
        on,
        scopes: ScopeLimit::Any,
    }])
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
