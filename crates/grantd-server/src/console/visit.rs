//! A request of somebody who is signed in.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::header::REFERER;
use axum::http::request::Parts;
use grantd_engine::{EngineError, Person, Visitor};
use grantd_model::{Action, Actor, ErrorKind, SessionStage, Timestamp};
use url::Url;

use super::failed::Failed;
use super::form::Form;
use super::frame::{Frame, Here};
use super::show::Clock;
use super::state::Counts;
use super::texts::Texts;
use super::visitor::visitor;
use super::{ROOT, cookie};
use crate::app::App;
use crate::host;
use crate::observe::note_actor;

/// What a script sends with what it asks for by itself.
const BY_ITSELF: &str = "grantd-refresh";

/// Who looks at a page, and when.
pub(crate) struct Visit {
    pub(super) app: App,
    pub(super) person: Person,
    pub(super) now: Timestamp,
    /// Where the browser is.
    pub(super) visitor: Visitor,
    /// The query of the address.
    pub(super) query: Form,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failed> {
        let back = || page_to_come_back_to(parts);
        let Some(shown) = cookie::session(app, &parts.headers) else {
            return Err(Failed::NotSignedIn(back()));
        };
        // a page that is left open keeps no session from becoming idle
        let found = if parts.method == Method::GET && parts.headers.contains_key(BY_ITSELF) {
            app.engine.look_up_session(shown.expose()).await
        } else {
            app.engine.authenticate_session(shown.expose()).await
        };
        let person = match found {
            Ok(person) => person,
            Err(error) if error.kind() == ErrorKind::Unauthenticated => {
                return Err(Failed::SessionOver(back()));
            }
            Err(error) => return Err(error.into()),
        };
        if person.session.stage != SessionStage::SignedIn {
            return Err(Failed::CodeAwaited(back()));
        }
        note_actor(&person.actor);
        let now = app.engine.now();
        app.console.once.forget(now);
        app.console.plans.forget(now);
        Ok(Self {
            now,
            visitor: visitor(app, parts),
            query: Form::parse(parts.uri.query().unwrap_or_default().as_bytes()),
            app: app.clone(),
            person,
        })
    }
}

/// The page itself, or the one whose form was sent.
fn page_to_come_back_to(parts: &Parts) -> String {
    if parts.method == Method::GET {
        let path = parts.uri.path_and_query();
        return path.map_or_else(|| ROOT.to_owned(), ToString::to_string);
    }
    let referer = parts.headers.get(REFERER);
    let referer = referer.and_then(|value| value.to_str().ok());
    let url = referer.and_then(|text| Url::parse(text).ok());
    let host = host::named(parts.version, &parts.headers, &parts.uri);
    let is_ours = |url: &Url| {
        let named = host.as_ref().map(axum::http::uri::Authority::as_str);
        named == Some(url.authority())
    };
    match url.filter(is_ours) {
        Some(url) => url.path().to_owned(),
        None => ROOT.to_owned(),
    }
}

impl Visit {
    pub(super) fn actor(&self) -> &Actor {
        &self.person.actor
    }

    pub(super) fn t(&self) -> &Texts {
        &self.app.console.texts
    }

    /// So many days before now.
    pub(super) fn days_ago(&self, days: i64) -> Timestamp {
        let micros = days * 24 * 3600 * 1_000_000;
        Timestamp::from_micros(self.now.as_micros().saturating_sub(micros))
    }

    pub(super) fn clock(&self) -> Clock<'_> {
        Clock {
            t: self.t(),
            now: self.now,
        }
    }

    /// Whether the person may change credentials.
    pub(super) fn manages(&self) -> bool {
        self.actor().may_everywhere(Action::Manage)
    }

    /// Whether the person may administer.
    pub(super) fn administers(&self) -> bool {
        self.actor().may_everywhere(Action::Admin)
    }

    /// How many credentials stand how, up to a few seconds ago.
    pub(super) async fn counts(&self) -> Result<Arc<Counts>, EngineError> {
        let console = &self.app.console;
        console.counts(&self.app.engine, self.actor()).await
    }

    /// What stands around a page.
    pub(super) async fn frame(
        &self,
        here: Here,
        title: impl Into<String>,
    ) -> Result<Frame<'_>, EngineError> {
        let counts = self.counts().await?;
        Ok(Frame::new(self, here, title.into(), &counts))
    }
}
