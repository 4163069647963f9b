//! Validate: on the page of the form, live as it happens, and of a credential as it is.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use askama::Template;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Response};
use grantd_engine::{
    CredentialRef, EngineError, Step, StepKind, StepObserver, Validation, ValidationRequest,
    ValidationSubject,
};
use grantd_model::{Credential, FieldError, Invalid};
use hyper::body::Frame;
use tokio::sync::mpsc;
use url::Url;

use super::edit::{Around, Subject, find, forbidden, kept, page};
use super::fields;
use super::validation::{Drawing, Panel};
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::show::Markup;
use crate::console::visit::Visit;
use crate::credential_form::{Kept, parse};
use crate::problem::Problem;

/// Settings that can be tried, with how they are drawn; or what is wrong with them.
fn to_try(
    visit: &Visit,
    subject: &Subject,
    form: &Form,
) -> Result<(ValidationRequest, Drawing), Vec<FieldError>> {
    let before = subject.before();
    let parsed = fields::to_credential_form(form, before, visit.administers());
    let kept = before.map_or(Kept::Nothing, |before| kept(before, form));
    let (draft, _) = parse(parsed, kept)?;
    let probe = match form.some("probe_url") {
        None => None,
        Some(text) => Some(Url::parse(text.trim()).map_err(|_| {
            vec![Invalid::new("invalid_url", "an absolute URL is expected").at("/probe_url")]
        })?),
    };
    let method = draft.authentication.method();
    let drawing = Drawing::of(&draft.settings, method, probe.is_some());
    let subject = match before {
        None => ValidationSubject::Draft(Box::new(draft)),
        Some(before) => ValidationSubject::Edited(CredentialRef::Id(before.id), Box::new(draft)),
    };
    Ok((ValidationRequest { subject, probe }, drawing))
}

/// The page of the form with the validation above it.
pub(super) async fn on_page(
    visit: &Visit,
    subject: Subject,
    form: Form,
) -> Result<Response, Failed> {
    let (panel, faults, status) = match to_try(visit, &subject, &form) {
        Err(errors) => (
            None,
            fields::faults(&errors),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        Ok((request, drawing)) => {
            let validated = visit
                .app
                .engine
                .validate(visit.actor(), request, None)
                .await;
            match validated {
                Ok(validation) => {
                    let panel = drawing.ended(visit.clock(), &validation);
                    (Some(Markup(panel.render()?)), Vec::new(), StatusCode::OK)
                }
                Err(EngineError::Fields(errors)) => (
                    None,
                    fields::faults(&errors),
                    StatusCode::UNPROCESSABLE_ENTITY,
                ),
                Err(error) => {
                    let problem = Problem::from(error).in_words();
                    let panel = Panel::refused(visit.t(), Vec::new(), Some(problem));
                    (Some(Markup(panel.render()?)), Vec::new(), StatusCode::OK)
                }
            }
        }
    };
    let around = Around {
        validation: panel,
        faults,
        secret_again: fields::holds_secret(&form),
        ..Around::default()
    };
    let form = fields::to_send_back(&form);
    page(visit, &subject, &form, around, status).await
}

/// `POST /console/credentials/{credential}/validate`: as it is, with its page as the place of the
/// result.
pub(super) async fn saved(
    visit: Visit,
    Path(name): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let credential = find(&visit, &name).await?;
    if !visit.manages() {
        return Err(forbidden().into());
    }
    let is_next = form.is_ticked("next");
    let request = as_it_is(&credential, is_next);
    let validated = visit
        .app
        .engine
        .validate(visit.actor(), request, None)
        .await;
    visit.app.console.forget_counts();
    let panel = match validated {
        Ok(validation) => drawing_of(&credential)
            .ended(visit.clock(), &validation)
            .render()?,
        Err(error) => {
            let problem = Problem::from(error).in_words();
            Panel::refused(visit.t(), Vec::new(), Some(problem)).render()?
        }
    };
    // read again: a secret that was accepted is told as such
    let credential = find(&visit, &name).await?;
    if is_next {
        return super::rotate::with_validation(&visit, &credential, Markup(panel)).await;
    }
    super::page::with_validation(&visit, credential, Markup(panel)).await
}

/// The credential as it is, or with its next secret.
fn as_it_is(credential: &Credential, is_next: bool) -> ValidationRequest {
    let wanted = CredentialRef::Id(credential.id);
    ValidationRequest {
        subject: if is_next {
            ValidationSubject::NextSecret(wanted)
        } else {
            ValidationSubject::Saved(wanted)
        },
        probe: None,
    }
}

fn drawing_of(credential: &Credential) -> Drawing {
    let method = credential.authentication.method();
    Drawing::of(&credential.settings, method, false)
}

/// `POST /console/validate`: the form as it is filled, answered by events while it
/// happens. Each event is the whole panel, so that a script has but to put it in its place.
pub(super) async fn live(visit: Visit, form: Form) -> Result<Response, Failed> {
    if !visit.manages() {
        return Err(forbidden().into());
    }
    let subject = match form.some("credential") {
        None => Subject::New,
        Some(name) => Subject::Edit(Box::new(find(&visit, &name).await?)),
    };
    if form.is_ticked("saved") {
        let Subject::Edit(credential) = subject else {
            return Ok(Redirect::to("/console/credentials").into_response());
        };
        let request = as_it_is(&credential, form.is_ticked("next"));
        return Ok(stream(visit, request, drawing_of(&credential)));
    }
    match to_try(&visit, &subject, &form) {
        Err(errors) => {
            let panel = Panel::refused(visit.t(), fields::faults(&errors), None);
            Ok(events(Body::from(event(&panel.render()?))))
        }
        Ok((request, drawing)) => Ok(stream(visit, request, drawing)),
    }
}

/// Passes on that something happened.
struct Sender {
    drawing: Drawing,
    visit: Arc<Visit>,
    steps: Mutex<Vec<Step>>,
    panels: mpsc::UnboundedSender<Bytes>,
}

impl Sender {
    fn show(&self, open: Option<StepKind>) {
        let steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let panel = self.drawing.running(self.visit.t(), &steps, open);
        if let Ok(html) = panel.render() {
            // a browser that has left is told nothing
            let _ = self.panels.send(event(&html));
        }
    }
}

impl StepObserver for Sender {
    fn begun(&self, kind: StepKind) {
        self.show(Some(kind));
    }

    fn ended(&self, step: &Step) {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.push(step.clone());
        drop(steps);
        self.show(None);
    }
}

fn stream(visit: Visit, request: ValidationRequest, drawing: Drawing) -> Response {
    let (panels, events_to_come) = mpsc::unbounded_channel();
    let visit = Arc::new(visit);
    let sender = Arc::new(Sender {
        drawing: drawing.clone(),
        visit: Arc::clone(&visit),
        steps: Mutex::default(),
        panels: panels.clone(),
    });
    let work = async move {
        let engine = &visit.app.engine;
        let validated = engine.validate(visit.actor(), request, Some(sender)).await;
        visit.app.console.forget_counts();
        let html = last(&visit, &drawing, validated);
        let _ = panels.send(event(&html));
    };
    events(Body::new(Streamed {
        work: Some(Box::pin(work)),
        panels: events_to_come,
    }))
}

fn last(visit: &Visit, drawing: &Drawing, validated: Result<Validation, EngineError>) -> String {
    let panel = match validated {
        Ok(validation) => drawing.ended(visit.clock(), &validation),
        Err(EngineError::Fields(errors)) => {
            Panel::refused(visit.t(), fields::faults(&errors), None)
        }
        Err(error) => {
            let problem = Problem::from(error).in_words();
            Panel::refused(visit.t(), Vec::new(), Some(problem))
        }
    };
    panel.render().unwrap_or_default()
}

fn events(body: Body) -> Response {
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

/// One event; each line of its data has the name before it.
fn event(html: &str) -> Bytes {
    let mut out = String::with_capacity(html.len() + 64);
    out.push_str("event: panel\n");
    for line in html.lines() {
        out.push_str("data: ");
        out.push_str(line);
        out.push('\n');
    }
    out.push('\n');
    Bytes::from(out)
}

struct Streamed {
    work: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    panels: mpsc::UnboundedReceiver<Bytes>,
}

impl HttpBody for Streamed {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        // the work sends the panels, so it is moved on before they are looked for
        if let Some(work) = &mut self.work
            && work.as_mut().poll(context).is_ready()
        {
            self.work = None;
        }
        match self.panels.poll_recv(context) {
            Poll::Ready(Some(panel)) => Poll::Ready(Some(Ok(Frame::data(panel)))),
            Poll::Ready(None) => Poll::Ready(None),
            // the last panel was sent, whoever still holds the way to send more
            Poll::Pending if self.work.is_none() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}
