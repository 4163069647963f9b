//! Replacing the secret without a gap.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use grantd_engine::{CredentialRef, EngineError};
use grantd_model::secret_reference::SourceName;
use grantd_model::{Credential, Revision, SecretEntry, SecretValue};

use super::edit::find;
use super::fields::{self, Fault};
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::show::{Markup, actor, escaped};
use crate::console::texts::Texts;
use crate::console::visit::Visit;
use crate::credential_form::{NewSecretForm, SecretReferenceForm, new_secret};

/// A secret of the list, without its value.
pub(super) struct Secret {
    pub(super) is_current: bool,
    pub(super) version: u32,
    pub(super) place: String,
    pub(super) set: Markup,
    pub(super) used: Markup,
    /// Whether the authorization server accepted it last.
    pub(super) is_last_used: bool,
}

/// The secrets of a credential in the order in which they are tried.
pub(super) fn secrets(visit: &Visit, credential: &Credential) -> Vec<Secret> {
    let (t, clock) = (visit.t(), visit.clock());
    let list = credential.authentication.secret();
    let newest = list.iter().filter_map(|entry| entry.last_used_at).max();
    let one = |(position, entry): (usize, &SecretEntry)| Secret {
        is_current: position == 0,
        version: entry.version,
        place: match &entry.value {
            SecretValue::Internal(_) => t.say("rotate.internal").to_owned(),
            SecretValue::External(reference) => {
                t.say2("rotate.external", &reference.source, &reference.path)
            }
        },
        set: Markup(t.say2(
            "edit.secret_set",
            clock.when(entry.set.at),
            format!("<bdi>{}</bdi>", escaped(actor(&entry.set.by))),
        )),
        used: match &entry.last_used_at {
            Some(at) => Markup(t.say1("rotate.accepted", clock.when(*at))),
            None => Markup(t.say("rotate.not_tried").to_owned()),
        },
        is_last_used: entry.last_used_at.is_some() && entry.last_used_at == newest,
    };
    list.iter().enumerate().map(one).collect()
}

#[derive(Template)]
#[template(path = "console/credentials/rotate.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    form: &'a Form,
    name: String,
    slug: String,
    revision: u64,
    secrets: Vec<Secret>,
    has_next: bool,
    sources: Vec<(SourceName, &'static str)>,
    faults: Vec<Fault>,
    changed: bool,
}

impl Page<'_> {
    fn fault(&self, name: &str) -> Option<&str> {
        let mut faults = self.faults.iter();
        let found = faults.find(|fault| fault.field == name);
        found.map(|fault| fault.detail.as_str())
    }
}

/// `GET /console/credentials/{credential}/rotate`
pub(super) async fn show(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    let credential = find(&visit, &name).await?;
    let external = matches!(
        credential.authentication.secret().current.value,
        SecretValue::External(_)
    );
    let source = if external { "external" } else { "internal" };
    let form = Form::of([("secret_source", source)]);
    page(&visit, &credential, &form, Vec::new(), StatusCode::OK).await
}

async fn page(
    visit: &Visit,
    credential: &Credential,
    form: &Form,
    faults: Vec<Fault>,
    status: StatusCode,
) -> Result<Response, Failed> {
    let t = visit.t();
    let page = Page {
        frame: visit
            .frame(
                Here::Credentials,
                t.say1("rotate.title", &credential.settings.name),
            )
            .await?,
        t,
        form,
        name: credential.settings.name.to_string(),
        slug: credential.slug.to_string(),
        revision: credential.revision.0,
        secrets: secrets(visit, credential),
        has_next: !credential.authentication.secret().next.is_empty(),
        sources: visit.app.engine.list_sources(visit.actor())?,
        faults,
        changed: visit.query.is_ticked("changed"),
    };
    Ok((status, Html(page.render()?)).into_response())
}

/// `POST /console/credentials/{credential}/rotate`: adds the next secret.
pub(super) async fn add(
    visit: Visit,
    Path(name): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let credential = find(&visit, &name).await?;
    let is_external = form.get("secret_source") == "external";
    let parsed = new_secret(NewSecretForm {
        secret_source: form.some("secret_source"),
        client_secret: form.secret("client_secret").filter(|_| !is_external),
        client_secret_reference: is_external.then(|| SecretReferenceForm {
            source: form.some("ref_source"),
            path: form.some("ref_path"),
            key: form.some("ref_key"),
            version: form.some("ref_version"),
        }),
    });
    let again = async |errors: &[grantd_model::FieldError]| {
        let form = form.without(fields::is_secret);
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        page(&visit, &credential, &form, fields::faults(errors), status).await
    };
    let secret = match parsed {
        Ok((secret, _)) => secret,
        Err(errors) => return again(&errors).await,
    };
    let wanted = CredentialRef::Id(credential.id);
    let revision = Revision(form.get("revision").parse().unwrap_or(0));
    let engine = &visit.app.engine;
    match engine
        .add_secret(visit.actor(), &wanted, revision, secret)
        .await
    {
        Ok(after) => {
            let address = format!(
                "/console/credentials/{}/rotate?done=secret_added",
                after.slug
            );
            Ok(Redirect::to(&address).into_response())
        }
        Err(EngineError::Fields(errors)) => again(&errors).await,
        Err(EngineError::Stale { .. }) => Ok(changed(&credential)),
        Err(error) => Err(error.into()),
    }
}

fn changed(credential: &Credential) -> Response {
    let address = format!("/console/credentials/{}/rotate?changed", credential.slug);
    Redirect::to(&address).into_response()
}

/// `POST /console/credentials/{credential}/promote`
pub(super) async fn promote(
    visit: Visit,
    Path(name): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let credential = find(&visit, &name).await?;
    let wanted = CredentialRef::Id(credential.id);
    let revision = Revision(form.get("revision").parse().unwrap_or(0));
    let engine = &visit.app.engine;
    match engine
        .promote_secret(visit.actor(), &wanted, revision)
        .await
    {
        Ok(after) => {
            let address = format!("/console/credentials/{}?done=promoted", after.slug);
            Ok(Redirect::to(&address).into_response())
        }
        Err(EngineError::Stale { .. }) => Ok(changed(&credential)),
        Err(error) => Err(error.into()),
    }
}
