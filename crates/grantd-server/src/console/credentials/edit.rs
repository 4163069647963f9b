//! The form "Add Record to: Credentials", for a new credential, a copy and an edit.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use grantd_engine::{CredentialRef, EngineError, SourceListed};
use grantd_model::{Credential, Invalid, Revision, SecretValue, Slug};

use super::fields;
use super::reference::Entries;
use super::stale::{FIELDS, stale};
use super::{reference, validate};
use crate::app::App;
use crate::console::failed::Failed;
use crate::console::fault::{self, Fault};
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::held::hold;
use crate::console::merge::Stale;
use crate::console::once::Became;
use crate::console::pairs::{self, Pair};
use crate::console::show::Markup;
use crate::console::sources::Told;
use crate::console::texts::Texts;
use crate::console::visit::Visit;
use crate::credential_form::{Kept, parse};

/// Where the form of a new credential is: apart from the credentials, any of which may be called so.
pub(super) const NEW: &str = "/console/new-credential";

/// What the form is for.
pub(super) enum Subject {
    New,
    Edit(Box<Credential>),
}

impl Subject {
    /// The credential that is edited.
    pub(super) fn before(&self) -> Option<&Credential> {
        match self {
            Self::New => None,
            Self::Edit(credential) => Some(credential),
        }
    }

    fn address(&self) -> String {
        match self {
            Self::New => NEW.to_owned(),
            Self::Edit(credential) => format!("/console/credentials/{}/edit", credential.slug),
        }
    }
}

/// What is shown besides the fields.
#[derive(Default)]
pub(super) struct Around {
    pub(super) faults: Vec<Fault>,
    /// The panel of a validation, as HTML.
    pub(super) validation: Option<Markup>,
    /// How trying to read the external secret went.
    pub(super) test: Option<Told>,
    /// What the source holds, to pick from.
    pub(super) entries: Option<Entries>,
    pub(super) notice: Option<String>,
    pub(super) stale: Option<Stale>,
    /// Whether a secret was typed that has to be typed again.
    pub(super) secret_again: bool,
    /// Whether the form comes back after signing in.
    pub(super) restored: bool,
}

impl Around {
    fn asks_secret(&self) -> bool {
        self.secret_again
    }
}

#[derive(Template)]
#[template(path = "console/credentials/edit.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    form: &'a Form,
    form_id: String,
    address: String,
    subject: &'a Subject,
    sources: Vec<SourceListed>,
    around: Around,
    sets_bounds: bool,
    slug: String,
    secret_set: Option<Markup>,
    parameters: [Vec<Pair>; 2],
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

    fn is_new(&self) -> bool {
        self.subject.before().is_none()
    }

    fn label(&self, field: &str) -> &str {
        self.t.say(label_key(field))
    }

    /// Whether the part that is closed at first has to be seen.
    fn advanced_is_open(&self) -> bool {
        let faults = self.around.faults.iter();
        faults
            .into_iter()
            .any(|fault| fields::is_advanced(fault.field))
            || self.form.is_ticked("advanced_open")
            || self.parameters.iter().flatten().any(Pair::is_missing)
    }

    fn keeps_internal(&self) -> bool {
        self.subject.before().is_some_and(|before| {
            let current = &before.authentication.secret().current;
            matches!(current.value, SecretValue::Internal(_))
        })
    }
}

/// The text of a field's label.
pub(super) fn label_key(field: &str) -> &'static str {
    match field {
        "client_id" => "field.client_id",
        "secret_source" => "field.secret_source",
        "client_secret" => "field.client_secret",
        "ref_source" => "field.ref_source",
        "ref_path" => "field.ref_path",
        "ref_key" => "field.ref_key",
        "ref_version" => "field.ref_version",
        "token_endpoint" => "field.token_endpoint",
        "scope" => "field.scope",
        "method" => "field.method",
        "slug" => "field.slug",
        "description" => "field.description",
        "owner" => "field.owner",
        "labels" => "field.labels",
        "provider" => "field.provider",
        "secret_expires_at" => "field.secret_expires_at",
        "basic_encoding" => "field.basic_encoding",
        "audience" => "field.audience",
        "resources" => "field.resources",
        "parameters" => "field.parameters",
        "headers" => "field.headers",
        "connect_timeout_s" => "field.connect_timeout_s",
        "request_timeout_s" => "field.request_timeout_s",
        "ca_bundle" => "field.ca_bundle",
        "egress_proxy" => "field.egress_proxy",
        "bound_hosts" => "field.bound_hosts",
        "allowed_mailboxes" => "field.allowed_mailboxes",
        "probe_url" => "field.probe_url",
        _ => "field.name",
    }
}

/// The page of the form.
pub(super) async fn page(
    visit: &Visit,
    subject: &Subject,
    form: &Form,
    around: Around,
    status: StatusCode,
) -> Result<Response, Failed> {
    let t = visit.t();
    let clock = visit.clock();
    let before = subject.before();
    let title = match before {
        None => t.say("edit.title").to_owned(),
        Some(before) => t.say1("edit.title_of", &before.settings.name),
    };
    let secret_set = before.map(|before| {
        let set = &before.authentication.secret().current.set;
        let mut who = String::new();
        crate::console::show::escape_into(&mut who, crate::console::show::actor(&set.by));
        Markup(t.say2(
            "edit.secret_set",
            clock.when(set.at),
            format!("<bdi>{who}</bdi>"),
        ))
    });
    let random = visit.app.engine.unguessable();
    let slug = match before {
        Some(before) => before.slug.to_string(),
        None => suggested(form),
    };
    let page = Page {
        frame: visit.frame(Here::Credentials, title).await?,
        t,
        form,
        form_id: random,
        address: subject.address(),
        subject,
        sources: visit.app.engine.list_sources(visit.actor())?,
        around,
        sets_bounds: visit.administers(),
        slug,
        secret_set,
        parameters: [
            pairs::rows(form, "parameter", before.map(|it| it.parameters.as_slice())),
            pairs::rows(form, "header", before.map(|it| it.headers.as_slice())),
        ],
        base: before.map_or_else(String::new, |before| {
            FIELDS.opened(t, form, &fields::of_credential(before))
        }),
        cancel: before.map_or_else(
            || "/console/credentials".to_owned(),
            |before| format!("/console/credentials/{}", before.slug),
        ),
        revision: before.map_or(0, |before| before.revision.0),
    };
    Ok((status, Html(page.render()?)).into_response())
}

/// The slug that is chosen, or the one that the name suggests.
fn suggested(form: &Form) -> String {
    if !form.get("slug").is_empty() {
        return form.get("slug").to_owned();
    }
    slug_of(form.get("name"))
}

fn slug_of(name: &str) -> String {
    if name.trim().is_empty() {
        return String::new();
    }
    // where the name has no Latin letters, a slug is made up when it is added
    Slug::suggested(name.trim())
        .map(String::from)
        .unwrap_or_default()
}

/// `GET /console/new-credential/slug?name=…`: the slug that a name suggests.
pub(super) async fn slug(visit: Visit) -> String {
    slug_of(visit.query.get("name"))
}

/// `GET /console/new-credential`, with `?like=SLUG` a copy without the secret.
pub(super) async fn new(visit: Visit) -> Result<Response, Failed> {
    if !visit.manages() {
        return Err(forbidden().into());
    }
    let mut form = fields::defaults();
    let mut around = Around::default();
    if let Some(like) = visit.query.some("like") {
        let credential = find(&visit, &like).await?;
        form = fields::of_credential(&credential);
        let t = visit.t();
        form.put("name", t.say1("edit.copy_of", &credential.settings.name));
        form.put("slug", "");
        around.notice = Some(t.say1("edit.copied", &credential.settings.name));
    }
    page(&visit, &Subject::New, &form, around, StatusCode::OK).await
}

/// `GET /console/credentials/{credential}/edit`
pub(super) async fn edit(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    let credential = find(&visit, &name).await?;
    if !visit.manages() {
        return Err(forbidden().into());
    }
    let form = fields::of_credential(&credential);
    let subject = Subject::Edit(Box::new(credential));
    page(&visit, &subject, &form, Around::default(), StatusCode::OK).await
}

pub(super) fn forbidden() -> EngineError {
    EngineError::Forbidden {
        action: grantd_model::Action::Manage,
        on: String::new(),
    }
}

/// The credential of this slug or id.
pub(super) async fn find(visit: &Visit, name: &str) -> Result<Credential, EngineError> {
    let missing = |_: Invalid| EngineError::NotFound {
        what: "credential",
        name: name.to_owned(),
    };
    let wanted: CredentialRef = name.parse().map_err(missing)?;
    visit
        .app
        .engine
        .get_credential(visit.actor(), &wanted)
        .await
}

/// `POST /console/new-credential`
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
    if form.get("action") == "validate" {
        return validate::on_page(&visit, Subject::New, form).await;
    }
    if form.get("action") == "test_reference" {
        return reference::on_page(&visit, &Subject::New, &form).await;
    }
    if browses(&form) {
        return reference::browse(&visit, &Subject::New, &form).await;
    }
    // a second click takes this request away, and is to learn what it did
    let engine = visit.app.engine.clone();
    engine.to_the_end(add_once(visit, form)).await
}

/// Whether the form asks what its source holds.
fn browses(form: &Form) -> bool {
    form.get("action") == "browse" || form.find("pick").is_some()
}

async fn add_once(visit: Visit, form: Form) -> Result<Response, Failed> {
    // the same form sent twice adds one credential
    let turn = visit
        .app
        .console
        .once
        .take(&visit, "credential", "", &form)
        .await;
    if let Some(Became::SentOn(address)) = turn.became() {
        return Ok(Redirect::to(address).into_response());
    }
    let parsed = fields::to_credential_form(&form, None, visit.administers());
    let (draft, _) = match parse(parsed, Kept::Nothing) {
        Ok(parsed) => parsed,
        Err(errors) => return again(&visit, &Subject::New, &form, &errors).await,
    };
    match visit
        .app
        .engine
        .create_credential(visit.actor(), draft)
        .await
    {
        Ok(credential) => {
            visit.app.console.forget_counts();
            let address = format!("/console/credentials/{}?done=added", credential.slug);
            turn.note(Became::SentOn(address.clone()));
            Ok(Redirect::to(&address).into_response())
        }
        Err(EngineError::Fields(errors)) => again(&visit, &Subject::New, &form, &errors).await,
        Err(error) => Err(error.into()),
    }
}

/// The form with its faults; what was typed is kept, secrets excepted.
pub(super) async fn again(
    visit: &Visit,
    subject: &Subject,
    form: &Form,
    errors: &[grantd_model::FieldError],
) -> Result<Response, Failed> {
    let around = Around {
        faults: fields::faults(errors),
        secret_again: fields::holds_secret(form),
        ..Around::default()
    };
    let form = fields::to_send_back(form);
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    page(visit, subject, &form, around, status).await
}

/// `POST /console/credentials/{credential}/edit`
pub(super) async fn update(
    visit: Result<Visit, Failed>,
    Path(name): Path<String>,
    State(app): State<App>,
    form: Form,
) -> Result<Response, Failed> {
    let visit = match visit {
        Ok(visit) => visit,
        Err(failed) => {
            let address = format!("/console/credentials/{name}/edit");
            return hold(&app, failed, &address, &form);
        }
    };
    let before = match find(&visit, &name).await {
        Ok(before) => before,
        Err(EngineError::NotFound { .. }) if visit.manages() => {
            let form = fields::to_send_back(&form);
            return gone(&visit, form, StatusCode::NOT_FOUND).await;
        }
        Err(error) => return Err(error.into()),
    };
    if !visit.manages() {
        return Err(forbidden().into());
    }
    let expected = Revision(form.get("revision").parse().unwrap_or(0));
    if before.revision != expected {
        return stale(&visit, before, &form).await;
    }
    if form.get("action") == "validate" {
        return validate::on_page(&visit, Subject::Edit(Box::new(before)), form).await;
    }
    if form.get("action") == "test_reference" {
        return reference::on_page(&visit, &Subject::Edit(Box::new(before)), &form).await;
    }
    if browses(&form) {
        return reference::browse(&visit, &Subject::Edit(Box::new(before)), &form).await;
    }
    let parsed = fields::to_credential_form(&form, Some(&before), visit.administers());
    let kept = kept(&before, &form);
    let parsed = parse(parsed, kept);
    let wanted = CredentialRef::Id(before.id);
    let address = format!("/console/credentials/{}?done=updated", before.slug);
    let subject = Subject::Edit(Box::new(before));
    let (draft, _) = match parsed {
        Ok(parsed) => parsed,
        Err(errors) => return again(&visit, &subject, &form, &errors).await,
    };
    let engine = &visit.app.engine;
    match engine
        .update_credential(visit.actor(), &wanted, expected, draft)
        .await
    {
        Ok(_) => {
            visit.app.console.forget_counts();
            Ok(Redirect::to(&address).into_response())
        }
        Err(EngineError::Fields(errors)) => again(&visit, &subject, &form, &errors).await,
        // somebody was faster by a moment
        Err(EngineError::Stale { .. }) => {
            let now = engine.get_credential(visit.actor(), &wanted).await?;
            stale(&visit, now, &form).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What is there of a secret, if the form stays with the source that it is in.
pub(super) fn kept(before: &Credential, form: &Form) -> Kept {
    match (Kept::of(before), form.get("secret_source")) {
        (Kept::Internal, "external") | (Kept::External, "internal") => Kept::Nothing,
        (kept, _) => kept,
    }
}

/// The form as it was when the session ended.
pub(in crate::console) async fn restored(
    visit: &Visit,
    address: &str,
    form: Form,
) -> Result<Response, Failed> {
    let around = Around {
        notice: Some(visit.t().say("edit.restored").to_owned()),
        restored: true,
        secret_again: true,
        ..Around::default()
    };
    let edited = address
        .strip_prefix("/console/credentials/")
        .and_then(|rest| rest.strip_suffix("/edit"));
    let subject = match edited {
        None => Subject::New,
        Some(name) => match find(visit, name).await {
            Ok(now) if form.get("revision") != now.revision.0.to_string() => {
                return stale(visit, now, &form).await;
            }
            Ok(credential) => Subject::Edit(Box::new(credential)),
            Err(EngineError::NotFound { .. }) => return gone(visit, form, StatusCode::OK).await,
            Err(error) => return Err(error.into()),
        },
    };
    page(visit, &subject, &form, around, StatusCode::OK).await
}

/// The credential was deleted while its form was being filled: what was typed can be added anew.
async fn gone(visit: &Visit, form: Form, status: StatusCode) -> Result<Response, Failed> {
    let mut form = form.without(|name| matches!(name, "revision" | "credential" | "base"));
    form.put("slug", "");
    let around = Around {
        notice: Some(visit.t().say("edit.gone").to_owned()),
        secret_again: true,
        ..Around::default()
    };
    page(visit, &Subject::New, &form, around, status).await
}
