//! Who may validate what.

use grantd_model::Action;
use grantd_testkit::{Answer as Given, fixtures};
use serde_json::json;

use super::{app, audited, validate};
use crate::support::{TOKEN, drafts};

#[tokio::test]
async fn whoever_does_not_manage_it_is_refused() {
    let app = app().await;
    let saved = json!({"credential": "mail"});
    let edited = json!({"credential": "mail", "overrides": {"scope": "a"}});
    let draft = json!({"draft": drafts::minimal("New")});
    for body in [&saved, &edited, &draft] {
        let answer = validate(app.as_viewer(), body.clone()).await;
        answer.expect(403).problem("forbidden");
        let answer = validate(app.anonymous(), body.clone()).await;
        answer.expect(401).problem("unauthenticated");
    }
    // a workload does not even see that there is such a credential
    for body in [&saved, &edited] {
        let answer = validate(app.as_workload(), body.clone()).await;
        answer.expect(404).problem("not_found");
    }
    let answer = validate(app.as_workload(), draft).await;
    answer.expect(403).problem("forbidden");
    for body in [
        json!({"credential": "none"}),
        json!({"credential": "none", "overrides": {}}),
    ] {
        let answer = validate(app.as_editor(), body).await;
        let detail = answer.expect(404).detail("not_found");
        assert!(detail.contains("`none`"), "{detail}");
    }
    assert_eq!(audited(&app).await.len(), 0);
    assert_eq!(app.outbound().sent().len(), 0);
}

#[tokio::test]
async fn a_part_of_the_credentials_is_the_limit_before_and_after_an_edit() {
    let app = app().await;
    let draft = drafts::with("Team A", json!({"labels": {"team": "a"}}));
    app.add(&draft).await;
    let grant = fixtures::grant(Action::Manage, &[("team", "a")]);
    let key = app.key_with(vec![grant]).await;
    let own = json!({"credential": "team-a"});
    app.answers(Given::token(TOKEN));
    validate(app.with_key(&key), own).await.expect(200);
    for (body, status) in [
        (json!({"credential": "mail"}), 404),
        (json!({"credential": "mail", "overrides": {}}), 404),
        (
            json!({"credential": "team-a", "overrides": {"labels": {"team": "b"}}}),
            403,
        ),
        (json!({"draft": drafts::minimal("New")}), 403),
    ] {
        validate(app.with_key(&key), body).await.expect(status);
    }
    app.answers(Given::token(TOKEN));
    let draft = drafts::with("New", json!({"labels": {"team": "a"}}));
    validate(app.with_key(&key), json!({"draft": draft}))
        .await
        .expect(200);
}

#[tokio::test]
async fn bounds_are_an_admins() {
    let app = app().await;
    for bounds in [
        json!({"bound_hosts": ["api.example.com"]}),
        json!({"allowed_mailboxes": ["sales@example.com"]}),
    ] {
        let body = json!({"draft": drafts::with("New", bounds)});
        let answer = validate(app.as_editor(), body.clone()).await;
        let detail = answer.expect(403).detail("forbidden");
        assert!(detail.contains("bound hosts"), "{detail}");
        app.answers(Given::token(TOKEN));
        validate(app.as_admin(), body).await.expect(200);
    }
}
