//! Replacing the secret without a gap.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use grantd_engine::{CredentialRef, EngineError, SourceListed};
use grantd_model::{Credential, Revision, SecretEntry, SecretValue};

use super::actions::to_rotation;
use super::edit::{find, forbidden};
use super::fields;
use crate::console::failed::Failed;
use crate::console::fault::{self, Fault};
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::show::{Markup, actor, escaped, sentence};
use crate::console::texts::Texts;
use crate::console::visit::Visit;
use crate::credential_form::{Kept, NewSecretForm, SecretReferenceForm, new_secret, parse};

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
    /// Whether the authorization server has accepted the next one.
    next_works: bool,
    /// When the secret in use expires, as it is kept.
    expires: String,
    validation: Option<Markup>,
    /// What is wrong with the promotion.
    promote_fault: Option<String>,
    sources: Vec<SourceListed>,
    faults: Vec<Fault>,
    changed: bool,
}

impl Page<'_> {
    fn fault(&self, name: &str) -> Option<&str> {
        fault::of(&self.faults, name)
    }
}

/// `GET /console/credentials/{credential}/rotate`
pub(super) async fn show(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    let credential = find(&visit, &name).await?;
    if !visit.manages() {
        return Err(forbidden().into());
    }
    let external = matches!(
        credential.authentication.secret().current.value,
        SecretValue::External(_)
    );
    let source = if external { "external" } else { "internal" };
    let form = Form::of([("secret_source", source)]);
    page(&visit, &credential, &form, Around::default()).await
}

/// What is shown besides.
#[derive(Default)]
struct Around {
    faults: Vec<Fault>,
    validation: Option<Markup>,
    promote_fault: Option<String>,
}

/// The page with the validation of the next secret on it.
pub(super) async fn with_validation(
    visit: &Visit,
    credential: &Credential,
    panel: Markup,
) -> Result<Response, Failed> {
    let around = Around {
        validation: Some(panel),
        ..Around::default()
    };
    page(visit, credential, &Form::default(), around).await
}

async fn page(
    visit: &Visit,
    credential: &Credential,
    form: &Form,
    around: Around,
) -> Result<Response, Failed> {
    let t = visit.t();
    let status = if around.faults.is_empty() && around.promote_fault.is_none() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let next = credential.authentication.secret().next.last();
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
        has_next: next.is_some(),
        next_works: next.is_some_and(|next| next.last_used_at.is_some()),
        expires: fields::of_credential(credential)
            .get("secret_expires_at")
            .to_owned(),
        validation: around.validation,
        promote_fault: around.promote_fault,
        sources: visit.app.engine.list_sources(visit.actor())?,
        faults: around.faults,
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
    if !visit.manages() {
        return Err(forbidden().into());
    }
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
        let form = fields::to_send_back(&form);
        let around = Around {
            faults: fields::faults(errors),
            ..Around::default()
        };
        page(&visit, &credential, &form, around).await
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
        Ok(after) => Ok(to_rotation(&after, "done=secret_added")),
        Err(EngineError::Fields(errors)) => again(&errors).await,
        Err(EngineError::Stale { .. }) => Ok(changed(&credential)),
        Err(error) => Err(error.into()),
    }
}

fn changed(credential: &Credential) -> Response {
    to_rotation(credential, "changed")
}

/// `POST /console/credentials/{credential}/promote`: with the day on which the promoted one expires.
/// One that never worked is promoted by whoever says so.
pub(super) async fn promote(
    visit: Visit,
    Path(name): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let credential = find(&visit, &name).await?;
    let t = visit.t();
    let refused = async |fault: String| {
        let around = Around {
            promote_fault: Some(fault),
            ..Around::default()
        };
        page(&visit, &credential, &form, around).await
    };
    let next = credential.authentication.secret().next.last();
    let works = next.is_some_and(|next| next.last_used_at.is_some());
    if visit.manages() && next.is_some() && !works && !form.is_ticked("sure") {
        return refused(t.say("rotate.not_sure").to_owned()).await;
    }
    // read before anything is changed
    let mut settings = fields::of_credential(&credential);
    settings.put("secret_expires_at", form.get("secret_expires_at").trim());
    let settings = fields::to_credential_form(&settings, Some(&credential), true);
    let (draft, _) = match parse(settings, Kept::of(&credential)) {
        Ok(parsed) => parsed,
        Err(errors) => {
            let fault = errors.into_iter().next().map(|error| error.detail);
            return refused(sentence(&fault.unwrap_or_default())).await;
        }
    };
    let wanted = CredentialRef::Id(credential.id);
    let revision = Revision(form.get("revision").parse().unwrap_or(0));
    let engine = &visit.app.engine;
    let promoted = engine
        .promote_secret(visit.actor(), &wanted, revision)
        .await;
    let after = match promoted {
        Ok(after) => after,
        Err(EngineError::Stale { .. }) => return Ok(changed(&credential)),
        Err(EngineError::Fields(errors)) => {
            let fault = errors.into_iter().next().map(|error| error.detail);
            return refused(sentence(&fault.unwrap_or_default())).await;
        }
        Err(error) => return Err(error.into()),
    };
    visit.app.console.forget_counts();
    let kept = fields::of_credential(&credential);
    if kept.get("secret_expires_at") != form.get("secret_expires_at").trim() {
        engine
            .update_credential(visit.actor(), &wanted, after.revision, draft)
            .await?;
    }
    let address = format!("/console/credentials/{}?done=promoted", after.slug);
    Ok(Redirect::to(&address).into_response())
}
