//! Tokens that the service does not take: another one once, and only where it helps and is safe.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use data_encoding::BASE64;
use grantd_model::consumer::{RejectedDraft, RejectedHeaderDraft};

use crate::rig::{Rig, field, status};
use crate::service::{Reply, Service};

/// A service that refuses the first so many requests.
async fn refusing(first: usize, refusal: Reply) -> Service {
    let count = Arc::new(AtomicUsize::new(0));
    Service::start(move |_| {
        if count.fetch_add(1, Ordering::SeqCst) < first {
            refusal.clone()
        } else {
            Reply::ok("hello")
        }
    })
    .await
}

fn tokens(service: &Service) -> Vec<String> {
    let token = |seen: &String| field(seen, "authorization").unwrap().to_owned();
    service.seen().iter().map(token).collect()
}

const UNAUTHORIZED: &str = "401 Unauthorized";
const INVALID: &str = "www-authenticate: Bearer error=\"invalid_token\"\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_is_replaced_and_the_request_repeated() {
    let service = refusing(1, Reply::status(UNAUTHORIZED, INVALID, "no")).await;
    let rig = Rig::start(service.address).await;
    // a token is old enough to have been revoked after some seconds
    rig.engine
        .token(
            &grantd_model::Actor::System,
            &grantd_engine::CredentialRef::Id(rig.credential.id),
            &grantd_engine::TokenWish::default(),
        )
        .await
        .unwrap();
    rig.clock.shift(10);
    let body = "some body of a request";
    let answer = rig
        .ask("POST /consumers/api/x", "content-type: a/b\r\n", body)
        .await;
    assert_eq!(status(&answer), 200, "{answer}");
    let sent = tokens(&service);
    assert_eq!(sent.len(), 2);
    assert_ne!(sent[0], sent[1]);
    for seen in service.seen() {
        assert!(
            seen.ends_with(body) && field(&seen, "content-type") == Some("a/b"),
            "{seen}"
        );
    }
    assert_eq!(rig.sandbox.stats().token_requests, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_young_token_is_not_thrown_away_and_the_refusal_passed_on() {
    let service = refusing(9, Reply::status(UNAUTHORIZED, INVALID, "no")).await;
    let rig = Rig::start(service.address).await;
    for _ in 0..3 {
        let answer = rig.get("/consumers/api/x").await;
        assert_eq!(status(&answer), 401, "{answer}");
        assert!(answer.ends_with("no"), "{answer}");
        assert!(
            field(&answer, "www-authenticate")
                .unwrap()
                .contains("invalid_token")
        );
    }
    let sent = tokens(&service);
    assert_eq!((sent.len(), &sent[0]), (3, &sent[2]));
    // and after that once a minute at most
    rig.clock.shift(10);
    for _ in 0..3 {
        assert_eq!(status(&rig.get("/consumers/api/x").await), 401);
    }
    assert_eq!(service.seen().len(), 3 + 2 + 1 + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_little_scope_is_passed_on() {
    let fields = "www-authenticate: Bearer error=\"insufficient_scope\", scope=\"admin\"\r\n";
    for refused in ["403 Forbidden", UNAUTHORIZED] {
        let service = refusing(9, Reply::status(refused, fields, "no")).await;
        let rig = Rig::start_with(service.address, |draft| {
            draft.rejected.statuses = vec![401, 403];
        })
        .await;
        assert!(
            rig.get("/consumers/api/x")
                .await
                .contains("insufficient_scope")
        );
        rig.clock.shift(10);
        assert_eq!(
            status(&rig.get("/consumers/api/x").await).to_string(),
            refused[..3]
        );
        let sent = tokens(&service);
        assert_eq!((sent.len(), &sent[0]), (2, &sent[1]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_that_are_asked_for_are_brought() {
    let claims = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#;
    let fields = format!(
        "www-authenticate: Bearer error=\"insufficient_claims\", claims=\"{}\"\r\n",
        BASE64.encode(claims.as_bytes())
    );
    let service = refusing(1, Reply::status(UNAUTHORIZED, &fields, "no")).await;
    let rig = Rig::start(service.address).await;
    // however young the token is
    let answer = rig.get("/consumers/api/x").await;
    assert_eq!(status(&answer), 200, "{answer}");
    let sent = tokens(&service);
    assert_ne!(sent[0], sent[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_may_look_at_fields_and_body() {
    let expired = Reply::status(
        "403 Forbidden",
        "x-reason: Token-Expired\r\n",
        "{\"code\":\"AUTH_EXPIRED\"}",
    );
    let service = refusing(1, expired).await;
    let rig = Rig::start_with(service.address, |draft| {
        draft.rejected = RejectedDraft {
            statuses: vec![403],
            header: Some(RejectedHeaderDraft {
                name: "x-reason".to_owned(),
                contains: "token-expired".to_owned(),
            }),
            body: Some("AUTH_EXPIRED".to_owned()),
        };
    })
    .await;
    rig.engine
        .token(
            &grantd_model::Actor::System,
            &grantd_engine::CredentialRef::Id(rig.credential.id),
            &grantd_engine::TokenWish::default(),
        )
        .await
        .unwrap();
    rig.clock.shift(10);
    let answer = rig.get("/consumers/api/x").await;
    assert_eq!(status(&answer), 200, "{answer}");

    // another body of the same status goes through whole
    let service = refusing(
        9,
        Reply::status(
            "403 Forbidden",
            "x-reason: token-expired\r\n",
            "something else",
        ),
    )
    .await;
    let rig = Rig::start_with(service.address, |draft| {
        draft.rejected.statuses = vec![403];
        draft.rejected.body = Some("AUTH_EXPIRED".to_owned());
    })
    .await;
    let answer = rig.get("/consumers/api/x").await;
    assert_eq!(status(&answer), 403);
    assert!(answer.ends_with("something else"), "{answer}");
    assert_eq!(service.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_kept_is_not_sent_again() {
    let service = refusing(1, Reply::status(UNAUTHORIZED, INVALID, "no")).await;
    let rig = Rig::start_with(service.address, |draft| draft.replay_bytes = 8).await;
    rig.engine
        .token(
            &grantd_model::Actor::System,
            &grantd_engine::CredentialRef::Id(rig.credential.id),
            &grantd_engine::TokenWish::default(),
        )
        .await
        .unwrap();
    rig.clock.shift(10);
    let answer = rig
        .ask("POST /consumers/api/x", "", "more than eight bytes")
        .await;
    assert_eq!(status(&answer), 401, "{answer}");
    // the token was dropped all the same
    let answer = rig
        .ask("POST /consumers/api/x", "", "more than eight bytes")
        .await;
    assert_eq!(status(&answer), 200, "{answer}");
    let sent = tokens(&service);
    assert_ne!(sent[0], sent[1]);
}
