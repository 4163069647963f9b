//! The pages of somebody who is not known yet: sign-in, second factor, links.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use grantd_engine::EngineError;

use super::failed::Failed;
use super::texts::Texts;
use crate::app::App;

/// What one door asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// Name and password.
    Password,
    /// The code of the second factor.
    Code,
    /// The code of a link.
    Link,
    /// Name and password of the first admin.
    FirstAdmin,
    /// A password that is chosen.
    NewPassword,
    /// Nothing: nobody can sign in from there.
    NotPrivate,
    /// Nothing: nobody can sign in yet.
    NoAdmin,
}

/// A page of one card.
#[derive(Template)]
#[template(path = "console/door.html")]
pub(super) struct Door<'a> {
    pub(super) t: &'a Texts,
    pub(super) ask: Ask,
    /// The page to come back to.
    pub(super) next: &'a str,
    /// The form that was being filled when the session ended.
    pub(super) held: Option<&'a str>,
    /// What was typed as the user name, or for whom the link is.
    pub(super) user: &'a str,
    /// The code of the link.
    pub(super) code: &'a str,
    /// What is wrong with the field that is asked for last.
    pub(super) fault: Option<String>,
    /// What is wrong with the user name.
    pub(super) user_fault: Option<String>,
    /// What is wrong with the password that was typed again.
    pub(super) again_fault: Option<String>,
    /// Something to know first.
    pub(super) notice: Option<&'a str>,
    /// The port on which grantd listens.
    pub(super) port: &'a str,
    /// The name by which the browser came.
    pub(super) host: &'a str,
    pub(super) badge: Option<&'a str>,
}

impl<'a> Door<'a> {
    /// A door that asks for this.
    pub(super) fn new(app: &'a App, ask: Ask) -> Self {
        Self {
            t: &app.console.texts,
            ask,
            next: super::ROOT,
            held: None,
            user: "",
            code: "",
            fault: None,
            user_fault: None,
            again_fault: None,
            notice: None,
            port: app
                .settings
                .installation
                .listens_on
                .rsplit_once(':')
                .map_or("8710", |(_, port)| port),
            host: "",
            badge: app.settings.badge.as_deref(),
        }
    }

    fn is(&self, ask: &str) -> bool {
        matches!(
            (self.ask, ask),
            (Ask::Password, "password")
                | (Ask::Code, "code")
                | (Ask::Link, "link")
                | (Ask::FirstAdmin, "first-admin")
                | (Ask::NewPassword, "new-password")
                | (Ask::NotPrivate, "not-private")
                | (Ask::NoAdmin, "no-admin")
        )
    }

    /// The page with this status.
    pub(super) fn respond(&self, status: StatusCode) -> Result<Response, Failed> {
        Ok((status, Html(self.render()?)).into_response())
    }
}

/// Why somebody was not let in, in words, with the status; other errors are passed on.
pub(super) fn refusal(t: &Texts, error: EngineError) -> Result<(StatusCode, String), Failed> {
    match error {
        // the last try is gone: what comes next is waiting
        EngineError::WrongPassword { left: 0 } | EngineError::WrongCode { left: 0 } => {
            Ok((StatusCode::UNAUTHORIZED, t.count("door.too_many", 15)))
        }
        EngineError::WrongPassword { left } => Ok((
            StatusCode::UNAUTHORIZED,
            t.count("door.wrong_password", u64::from(left)),
        )),
        EngineError::WrongCode { left } => Ok((
            StatusCode::UNAUTHORIZED,
            t.count("door.wrong_code", u64::from(left)),
        )),
        EngineError::TooManyTries { wait } => Ok((
            StatusCode::TOO_MANY_REQUESTS,
            t.count("door.too_many", wait.as_secs().div_ceil(60)),
        )),
        EngineError::Unauthenticated(why) => Ok((StatusCode::UNAUTHORIZED, why.to_owned())),
        other => Err(other.into()),
    }
}
