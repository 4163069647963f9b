//! Who may send requests, and what becomes of those who may not.

use data_encoding::BASE64;
use grantd_engine::{ConsumerRef, CredentialRef};
use grantd_model::{Action, Actor, Grant};

use crate::rig::{Rig, field, status};
use crate::service::{Reply, Service};

async fn stage() -> (Service, Rig) {
    let service = Service::start(|_| Reply::ok("hello")).await;
    let rig = Rig::start(service.address).await;
    (service, rig)
}

async fn with(rig: &Rig, consumer: &str, fields: &str) -> String {
    let text = format!(
        "GET /consumers/{consumer}/ HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n{fields}\r\n"
    );
    rig.raw(text.as_bytes()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_in_any_of_three_ways() {
    let (service, rig) = stage().await;
    let basic = BASE64.encode(format!("git:{}", rig.key).as_bytes());
    for fields in [
        format!("authorization: Bearer {}\r\n", rig.key),
        format!("authorization: Basic {basic}\r\n"),
        format!("grantd-api-key: {}\r\n", rig.key),
        format!("grantd-api-key: {}\r\nauthorization: Digest x\r\n", rig.key),
    ] {
        let answer = with(&rig, "api", &fields).await;
        assert_eq!(status(&answer), 200, "{fields}: {answer}");
    }
    for seen in service.seen() {
        assert!(!seen.contains(&rig.key) && !seen.contains(&basic), "{seen}");
        assert!(
            !seen.to_lowercase().contains("grantd-api-key") && !seen.contains("Digest"),
            "{seen}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_nothing_goes_through() {
    let (service, rig) = stage().await;
    let wrong = format!("{}0", &rig.key[..rig.key.len() - 1]);
    let twice = format!(
        "authorization: Bearer {0}\r\nauthorization: Bearer {0}\r\n",
        rig.key
    );
    for fields in [
        String::new(),
        "authorization: Bearer x\r\n".to_owned(),
        format!("authorization: Bearer {wrong}\r\n"),
        twice,
    ] {
        let answer = with(&rig, "api", &fields).await;
        assert_eq!(status(&answer), 401, "{fields}: {answer}");
        assert_eq!(
            field(&answer, "content-type"),
            Some("application/problem+json")
        );
        assert!(answer.contains("www-authenticate: Basic"), "{answer}");
    }
    assert!(service.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_needs_a_grant_to_use_and_none_to_get_tokens() {
    let (service, rig) = stage().await;
    for (action, expected) in [
        (Action::Token, 403),
        (Action::Admin, 403),
        (Action::Read, 403),
        (Action::Use, 200),
    ] {
        let key = rig.key_with(Grant::everywhere(action)).await;
        let answer = with(&rig, "api", &format!("authorization: Bearer {key}\r\n")).await;
        assert_eq!(status(&answer), expected, "{action:?}: {answer}");
    }
    assert_eq!(service.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_on_this_machine_need_no_key_where_that_is_set_and_web_pages_do() {
    let (service, rig) = stage().await;
    rig.add("Local", |draft| draft.callers = "loopback".to_owned())
        .await;
    assert_eq!(status(&with(&rig, "local", "").await), 200);
    assert_eq!(
        status(&with(&rig, "local", "authorization: Basic YTpi\r\n").await),
        200
    );
    assert_eq!(status(&with(&rig, "api", "").await), 401);
    for fields in [
        "origin: https://evil.example\r\n",
        "sec-fetch-site: cross-site\r\n",
    ] {
        assert_eq!(status(&with(&rig, "local", fields).await), 401, "{fields}");
    }
    let rebound =
        "GET /consumers/local/ HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n";
    assert_eq!(status(&rig.raw(rebound.as_bytes()).await), 401);
    assert_eq!(service.seen().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_a_disabled_and_an_unbound_one_are_told_apart() {
    let (service, rig) = stage().await;
    let answer = rig.get("/consumers/other/x").await;
    assert_eq!(
        (status(&answer), answer.contains("unknown_consumer")),
        (404, true),
        "{answer}"
    );
    assert_eq!(status(&rig.get("/elsewhere").await), 404);
    assert_eq!(status(&rig.get("/consumers/api/x").await), 200);

    let credential = CredentialRef::Id(rig.credential.id);
    let system = Actor::System;
    rig.engine
        .set_credential_enabled(&system, &credential, false)
        .await
        .unwrap();
    let answer = rig.get("/consumers/api/x").await;
    assert_eq!(status(&answer), 503, "{answer}");
    rig.engine
        .set_credential_enabled(&system, &credential, true)
        .await
        .unwrap();
    assert_eq!(status(&rig.get("/consumers/api/x").await), 200);

    let consumer: ConsumerRef = "api".parse().unwrap();
    rig.engine
        .set_consumer_enabled(&system, &consumer, false)
        .await
        .unwrap();
    rig.until(async || {
        rig.get("/consumers/api/x")
            .await
            .contains("consumer_disabled")
    })
    .await;
    rig.engine
        .set_consumer_enabled(&system, &consumer, true)
        .await
        .unwrap();
    rig.until(async || status(&rig.get("/consumers/api/x").await) == 200)
        .await;
    assert!(service.seen().len() >= 3);
}
