//! The web console, as a browser without scripts meets it.

mod alerts;
mod assets;
mod consumers;
mod forms;
mod import;
mod listeners;
mod lists;
mod overview;
mod roles;
mod routes;
mod security;
mod sign_in;
mod sources;
mod validation;

use axum::http::Method;
use grantd_engine::{LinkUse, Visitor};
use grantd_model::{Actor, Role, Secret, User};

use crate::support::{Answer, Caller, TestApp};

/// A password that will do.
const PASSWORD: &str = "canary password of a person";

/// A user with a password.
async fn user(app: &TestApp, name: &str, role: Role) -> User {
    app.watch("a password", PASSWORD);
    let name = name.try_into().unwrap();
    let made = app.engine.create_user(&Actor::System, name, role).await;
    let (user, link) = made.unwrap();
    let chosen = LinkUse::Password(Secret::from(PASSWORD));
    let code = link.code.expose();
    let begun = app.engine.use_link(code, chosen, &Visitor::default()).await;
    let session = begun.unwrap();
    app.engine.end_session(session.text.expose()).await.unwrap();
    user
}

/// Somebody who is signed in: what the browser shows.
async fn signed_in(app: &TestApp, name: &str, role: Role) -> String {
    user(app, name, role).await;
    let password = Secret::from(PASSWORD);
    let begun = app
        .engine
        .sign_in(name, password, &Visitor::default())
        .await;
    let text = begun.unwrap().text.expose().clone();
    app.watch("a session", &text);
    format!("grantd={text}")
}

/// A browser with this cookie, on the console's own page.
struct Browser<'a> {
    caller: Caller<'a>,
    cookie: String,
}

impl<'a> Browser<'a> {
    fn new(app: &'a TestApp, cookie: &str) -> Self {
        Self {
            caller: app.anonymous(),
            cookie: cookie.to_owned(),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        let call = self.caller.get(path);
        call.header("cookie", &self.cookie).await
    }

    async fn post(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let call = self.caller.call(Method::POST, path);
        call.header("cookie", &self.cookie)
            .header("sec-fetch-site", "same-origin")
            .form(pairs)
            .await
    }
}

/// How many entries the audit log has.
async fn entries(app: &TestApp) -> usize {
    app.engine.audit_log().await.len()
}
