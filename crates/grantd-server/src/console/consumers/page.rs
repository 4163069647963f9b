//! The page of one HTTP consumer.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Response};
use grantd_engine::{ConsumerRef, ConsumerStanding, CredentialRef, EngineError, TestSubject};
use grantd_model::consumer::Callers;
use grantd_model::{Consumer, FieldError};

use super::edit::find;
use super::reach::{Way, ways};
use super::report::report;
use super::standing::Shown;
use super::trial;
use super::words::{Part, parts};
use crate::console::activity::{Line, line};
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::show::{Markup, sentence};
use crate::console::texts::Texts;
use crate::console::visit::Visit;

/// The entries of the audit log that are listed.
const MOST_ENTRIES: u32 = 10;

#[derive(Template)]
#[template(path = "console/consumers/page.html", whitespace = "minimize")]
struct Page<'a> {
    t: &'a Texts,
    frame: Frame<'a>,
    name: String,
    slug: String,
    id: String,
    standing: Shown,
    enabled: bool,
    /// The slug of the credential, if that is disabled and this person may see it.
    credential_off: Option<String>,
    /// The host that its credential is not bound to any more.
    unbound: Option<String>,
    labels: Vec<String>,
    description: String,
    report: Option<Markup>,
    problem: Option<String>,
    /// Absent where nothing listens for consumers.
    ways: Option<Vec<Way>>,
    needs_key: bool,
    methods: Vec<String>,
    method: String,
    path: String,
    parts: Vec<Part>,
    audit: Vec<Line>,
}

/// What is shown besides the consumer.
struct Around {
    report: Option<Markup>,
    problem: Option<String>,
    /// Method and path of the next test request.
    request: (String, String),
}

/// `GET /console/consumers/{consumer}`
pub(super) async fn show(visit: Visit, Path(name): Path<String>) -> Result<Response, Failed> {
    let consumer = find(&visit, &name).await?;
    let (method, path) = trial::suggested(&consumer);
    let around = Around {
        report: None,
        problem: None,
        request: (method.to_owned(), path.to_owned()),
    };
    render(&visit, &consumer, around).await
}

/// `POST /console/consumers/{consumer}/test`: the page with how a test request went.
pub(super) async fn test(
    visit: Visit,
    Path(name): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let consumer = find(&visit, &name).await?;
    let mut around = Around {
        report: None,
        problem: None,
        request: ["test_method", "test_path"]
            .map(|name| form.get(name).to_owned())
            .into(),
    };
    let sent = match trial::request(&form) {
        Ok(request) => {
            let subject = TestSubject::Kept(ConsumerRef::Id(consumer.id));
            let engine = &visit.app.engine;
            engine.test_consumer(visit.actor(), subject, request).await
        }
        Err(errors) => Err(EngineError::Fields(errors)),
    };
    match sent {
        Ok(found) => around.report = Some(report(visit.t(), &found)?),
        // such as a host that the credential is not bound to any more
        Err(EngineError::Fields(errors)) => around.problem = Some(sentences(&errors)),
        Err(error) => return Err(error.into()),
    }
    render(&visit, &consumer, around).await
}

fn sentences(errors: &[FieldError]) -> String {
    let words: Vec<String> = errors.iter().map(|it| sentence(&it.detail)).collect();
    words.join(" ")
}

async fn render(visit: &Visit, consumer: &Consumer, around: Around) -> Result<Response, Failed> {
    let (t, engine, actor) = (visit.t(), &visit.app.engine, visit.actor());
    let settings = &consumer.settings;
    let wanted = ConsumerRef::Id(consumer.id);
    let listed = engine.consumer_standing(actor, &wanted).await?;
    let audit = engine
        .list_consumer_audit(actor, &wanted, MOST_ENTRIES)
        .await?;
    let credential = CredentialRef::Id(settings.credential);
    let credential = engine.get_credential(actor, &credential).await.ok();
    let named = credential.as_ref();
    let named = named.map(|it| (it.slug.as_str(), it.settings.name.as_str()));
    let is_off = listed.standing() == ConsumerStanding::CredentialDisabled;
    let consumers_url = visit.app.settings.consumers_url.as_deref();
    let (method, path) = around.request;
    let page = Page {
        frame: visit.frame(Here::Consumers, settings.name.as_str()).await?,
        t,
        name: settings.name.to_string(),
        slug: consumer.slug.to_string(),
        id: consumer.id.to_string(),
        standing: Shown::of(t, &listed),
        enabled: consumer.enabled,
        credential_off: named.filter(|_| is_off).map(|(slug, _)| slug.to_owned()),
        unbound: credential.as_ref().and_then(|it| {
            let host = settings.unbound_host(&it.settings.bound_hosts)?;
            Some(host.to_owned())
        }),
        labels: settings
            .labels
            .iter()
            .map(|(key, value)| format!("{key}: {value}"))
            .collect(),
        description: settings.description.clone(),
        report: around.report,
        problem: around.problem,
        ways: consumers_url.map(|url| ways(url, consumer)),
        needs_key: settings.callers == Callers::ApiKey,
        methods: trial::methods(&method),
        method,
        path,
        parts: parts(visit.clock(), consumer, named),
        audit: audit
            .items
            .iter()
            .map(|entry| line(visit, entry, &BTreeSet::new()))
            .collect(),
    };
    Ok(Html(page.render()?).into_response())
}
