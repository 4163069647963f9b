//! The form "Add Record to: Credentials", for a new credential, a copy and an edit.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use grantd_engine::{CredentialRef, EngineError};
use grantd_model::secret_reference::SourceName;
use grantd_model::{Credential, Invalid, Revision, SecretValue, Slug};

use super::fields::{self, Fault};
use super::restored;
use super::validate;
use crate::app::App;
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::once::Became;
use crate::console::show::Markup;
use crate::console::texts::Texts;
use crate::console::visit::Visit;
use crate::credential_form::{Kept, parse};

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
            Self::New => "/console/credentials/new".to_owned(),
            Self::Edit(credential) => format!("/console/credentials/{}/edit", credential.slug),
        }
    }
}

/// A value that somebody else changed meanwhile.
pub(super) struct Differs {
    pub(super) label: String,
    pub(super) mine: String,
    pub(super) theirs: String,
}

/// Somebody changed the credential while the form was being filled.
pub(super) struct Stale {
    pub(super) who: String,
    pub(super) when: Markup,
    pub(super) differ: Vec<Differs>,
}

/// What is shown besides the fields.
#[derive(Default)]
pub(super) struct Around {
    pub(super) faults: Vec<Fault>,
    /// The panel of a validation, as HTML.
    pub(super) validation: Option<Markup>,
    pub(super) notice: Option<String>,
    pub(super) stale: Option<Stale>,
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
    sources: Vec<(SourceName, &'static str)>,
    around: Around,
    sets_bounds: bool,
    slug: String,
    secret_set: Option<Markup>,
    parameters: Vec<Vec<[String; 3]>>,
    cancel: String,
    revision: u64,
}

impl Page<'_> {
    fn value(&self, name: &str) -> &str {
        self.form.get(name)
    }

    fn fault(&self, name: &str) -> Option<&str> {
        let mut faults = self.around.faults.iter();
        let found = faults.find(|fault| fault.field == name);
        found.map(|fault| fault.detail.as_str())
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
    }

    fn keeps_internal(&self) -> bool {
        self.subject.before().is_some_and(|before| {
            let current = &before.authentication.secret().current;
            matches!(current.value, SecretValue::Internal(_))
        })
    }
}

/// The text of a field's label.
fn label_key(field: &str) -> &'static str {
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
            clock.day(set.at),
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
        parameters: vec![
            rows(form, "parameter", "plain"),
            rows(form, "header", "secret"),
        ],
        cancel: before.map_or_else(
            || "/console/credentials".to_owned(),
            |before| format!("/console/credentials/{}", before.slug),
        ),
        revision: before.map_or(0, |before| before.revision.0),
    };
    Ok((status, Html(page.render()?)).into_response())
}

/// What is there, and an empty row to fill.
fn rows(form: &Form, place: &str, kind: &str) -> Vec<[String; 3]> {
    let field = |part: &str| format!("{place}_{part}");
    let (names, values, kinds) = (field("name"), field("value"), field("kind"));
    let mut rows: Vec<[String; 3]> = form
        .all(&names)
        .zip(form.all(&values))
        .zip(form.all(&kinds))
        .filter(|((name, value), _)| !name.is_empty() || !value.is_empty())
        // a secret one is typed again
        .map(|((name, value), kind)| {
            let value = if kind == "secret" { "" } else { value };
            [name, value, kind].map(str::to_owned)
        })
        .collect();
    rows.push([String::new(), String::new(), kind.to_owned()]);
    rows
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

/// `GET /console/credentials/slug?name=…`: the slug that a name suggests.
pub(super) async fn slug(visit: Visit) -> String {
    slug_of(visit.query.get("name"))
}

/// `GET /console/credentials/new`, with `?like=SLUG` a copy without the secret.
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

fn forbidden() -> EngineError {
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

/// `POST /console/credentials/new`
pub(super) async fn add(
    visit: Result<Visit, Failed>,
    State(app): State<App>,
    form: Form,
) -> Result<Response, Failed> {
    let visit = match visit {
        Ok(visit) => visit,
        Err(failed) => return restored::hold(&app, failed, "/console/credentials/new", &form),
    };
    if form.get("action") == "validate" {
        return validate::on_page(&visit, Subject::New, form).await;
    }
    // the same form sent twice adds one credential
    let turn = visit
        .app
        .console
        .once
        .take(form.get("form_id"), visit.now)
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
            if !form.get("form_id").is_empty() {
                turn.note(Became::SentOn(address.clone()));
            }
            Ok(Redirect::to(&address).into_response())
        }
        Err(EngineError::Fields(errors)) => again(&visit, &Subject::New, &form, &errors).await,
        Err(error) => Err(error.into()),
    }
}

/// The form with its faults; what was typed is kept, secrets excepted.
async fn again(
    visit: &Visit,
    subject: &Subject,
    form: &Form,
    errors: &[grantd_model::FieldError],
) -> Result<Response, Failed> {
    let around = Around {
        faults: fields::faults(errors),
        ..Around::default()
    };
    let form = form.without(fields::is_secret);
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
            return restored::hold(&app, failed, &address, &form);
        }
    };
    let before = find(&visit, &name).await?;
    if form.get("action") == "validate" {
        return validate::on_page(&visit, Subject::Edit(Box::new(before)), form).await;
    }
    let expected = Revision(form.get("revision").parse().unwrap_or(0));
    if before.revision != expected {
        return stale(&visit, before, &form).await;
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

/// Somebody changed the credential meanwhile: what differs, with both values, and a way on.
async fn stale(visit: &Visit, now: Credential, form: &Form) -> Result<Response, Failed> {
    let t = visit.t();
    let theirs = fields::of_credential(&now);
    let names = [
        "name",
        "client_id",
        "secret_source",
        "token_endpoint",
        "scope",
        "method",
        "description",
        "owner",
        "labels",
        "provider",
        "secret_expires_at",
        "basic_encoding",
        "audience",
        "resources",
        "connect_timeout_s",
        "request_timeout_s",
        "ca_bundle",
        "egress_proxy",
        "bound_hosts",
        "allowed_mailboxes",
        "ref_source",
        "ref_path",
        "ref_key",
        "ref_version",
    ];
    let even = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
    let differ = names
        .iter()
        .filter(|name| form.find(name).is_some())
        .map(|name| (*name, even(form.get(name)), even(theirs.get(name))))
        .filter(|(_, mine, theirs)| mine != theirs)
        .map(|(name, mine, theirs)| Differs {
            label: t.say(label_key(name)).to_owned(),
            mine,
            theirs,
        })
        .collect();
    let around = Around {
        stale: Some(Stale {
            who: crate::console::show::actor(&now.updated.by).to_owned(),
            when: visit.clock().when(now.updated.at),
            differ,
        }),
        ..Around::default()
    };
    let form = form.without(fields::is_secret);
    let subject = Subject::Edit(Box::new(now));
    page(visit, &subject, &form, around, StatusCode::CONFLICT).await
}
