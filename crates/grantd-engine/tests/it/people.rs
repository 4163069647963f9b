//! People who sign in at the console.

mod factor;
mod links;
mod manage;
mod sessions;
mod sign_in;

use grantd_engine::{LinkUse, NewSession, Person, Visitor};
use grantd_model::{Actor, Role, Secret, User};
use grantd_testkit::TestEngine;

/// A password that will do.
const PASSWORD: &str = "correct horse battery";

fn secret(text: &str) -> Secret<String> {
    Secret::from(text)
}

fn visitor() -> Visitor {
    Visitor {
        address: "192.0.2.7".to_owned(),
        agent: "Browser/1".to_owned(),
    }
}

/// A user with a password.
async fn user(engine: &TestEngine, name: &str, role: Role) -> User {
    let name = name.try_into().unwrap();
    let (user, link) = engine
        .create_user(&Actor::System, name, role)
        .await
        .unwrap();
    let chosen = LinkUse::Password(secret(PASSWORD));
    let begun = engine
        .use_link(link.code.expose(), chosen, &visitor())
        .await;
    engine
        .end_session(begun.unwrap().text.expose())
        .await
        .unwrap();
    engine
        .get_user(&Actor::System, user.id.to_string().as_str())
        .await
        .unwrap()
}

async fn sign_in(engine: &TestEngine, name: &str) -> NewSession {
    let signed_in = engine.sign_in(name, secret(PASSWORD), &visitor()).await;
    signed_in.unwrap()
}

async fn person(engine: &TestEngine, session: &NewSession) -> Person {
    engine
        .authenticate_session(session.text.expose())
        .await
        .unwrap()
}

/// What the audit log says was done, newest first.
async fn actions(engine: &TestEngine) -> Vec<&'static str> {
    let log = engine.audit_log().await;
    log.iter().map(|entry| entry.action.name()).collect()
}
