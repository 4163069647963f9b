//! A session that ended while somebody typed: sign in, and back to the form as it was, secrets
//! excepted.

use axum::http::StatusCode;
use axum::response::Response;
use grantd_engine::CredentialRef;
use grantd_model::Secret;

use super::edit::{Around, Subject, page};
use super::fields;
use crate::app::App;
use crate::console::door::{Ask, Door};
use crate::console::failed::Failed;
use crate::console::form::Form;
use crate::console::visit::Visit;

/// Asks for the password and holds the form meanwhile.
pub(super) fn hold(
    app: &App,
    failed: Failed,
    address: &str,
    form: &Form,
) -> Result<Response, Failed> {
    let ask = match failed {
        Failed::NotSignedIn(_) => Ask::Password,
        Failed::CodeAwaited(_) => Ask::Code,
        other => return Err(other),
    };
    let held = form.without(fields::is_secret).to_text();
    let door = Door {
        next: address,
        held: Some(&held),
        ..Door::new(app, ask)
    };
    door.respond(StatusCode::UNAUTHORIZED)
}

/// The form as it was when the session ended.
pub(crate) async fn restored(
    app: &App,
    session: &Secret<String>,
    address: &str,
    held: &str,
) -> Result<Response, Failed> {
    let person = app.engine.authenticate_session(session.expose()).await?;
    let visit = Visit {
        now: app.engine.now(),
        query: Form::default(),
        app: app.clone(),
        person,
    };
    let form = Form::parse(held.as_bytes()).without(fields::is_secret);
    let around = Around {
        notice: Some(visit.t().say("edit.restored").to_owned()),
        ..Around::default()
    };
    let edited = address
        .strip_prefix("/console/credentials/")
        .and_then(|rest| rest.strip_suffix("/edit"));
    let subject = match edited {
        None => Subject::New,
        Some(name) => {
            let wanted: CredentialRef = name.parse().map_err(|_| Failed::NoPage)?;
            let credential = app
                .engine
                .get_credential(&visit.person.actor, &wanted)
                .await?;
            Subject::Edit(Box::new(credential))
        }
    };
    page(&visit, &subject, &form, around, StatusCode::OK).await
}
