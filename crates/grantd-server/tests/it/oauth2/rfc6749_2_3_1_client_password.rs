//! Who the client is: by Basic or in the body, never both.

use std::time::Duration;

use data_encoding::{BASE64, HEXUPPER};
use grantd_model::{Action, Grant};
use serde_json::json;

use super::Stage;
use super::stage::{FORM, basic, expect_error, expect_token, halves};

fn percent(text: &str) -> String {
    let pairs = HEXUPPER.encode(text.as_bytes()).into_bytes();
    let pairs = pairs.chunks(2).map(|pair| str::from_utf8(pair).unwrap());
    pairs.flat_map(|pair| ["%", pair]).collect()
}

#[tokio::test]
async fn basic_takes_the_halves_of_a_key_in_every_encoding() {
    let stage = Stage::with_token().await;
    let Stage { id, secret, .. } = &stage;
    let whole = format!("gk_{id}_{secret}");
    for user_pass in [
        format!("{id}:{secret}"),
        format!("key_{id}:{secret}"),
        format!("gk_{id}:{secret}"),
        format!("{id}:{whole}"),
        format!("key_{id}:{whole}"),
        format!("key%5F{id}:{secret}"),
        format!("key%5f{id}:gk%5F{id}%5f{secret}"),
        format!("{}:{}", percent(id), percent(secret)),
    ] {
        expect_token(&stage.by_basic(&user_pass).await);
    }
    let encoded = BASE64.encode(format!("{id}:{secret}").as_bytes());
    for scheme in ["basic", "BASIC", "Basic "] {
        expect_token(&stage.by_header(&format!("{scheme} {encoded}")).await);
    }
    assert_eq!(stage.app.outbound().sent().len(), 1, "the token at hand");
}

#[tokio::test]
async fn the_body_takes_the_same() {
    let stage = Stage::with_token().await;
    let Stage { id, secret, .. } = &stage;
    let whole = format!("gk_{id}_{secret}");
    let key_id = format!("key_{id}");
    for (client_id, client_secret) in [
        (id, secret),
        (&key_id, secret),
        (id, &whole),
        (&key_id, &whole),
    ] {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client_id),
            ("client_secret", client_secret),
            ("scope", "mail"),
        ];
        expect_token(&stage.call().form(&form).await);
    }
}

#[tokio::test]
async fn both_ways_at_once_are_refused_even_where_both_are_right() {
    let stage = Stage::new().await;
    let Stage { id, secret, .. } = &stage;
    for body in [
        format!("{FORM}&client_id={id}&client_secret={secret}"),
        format!("{FORM}&client_secret={secret}"),
    ] {
        expect_error(&stage.ask(&body).await, "invalid_request");
    }
    let call = stage
        .as_client()
        .header("authorization", "Basic eDp5")
        .written_form(FORM);
    expect_error(&call.await, "invalid_request");
}

#[tokio::test]
async fn the_id_may_stand_in_both_if_it_is_the_same() {
    let stage = Stage::with_token().await;
    let same = format!("{FORM}&client_id={}&client_secret=", stage.id);
    expect_token(&stage.ask(&same).await);
    let other = format!("{FORM}&client_id=other");
    expect_error(&stage.ask(&other).await, "invalid_request");
}

#[tokio::test]
async fn whoever_is_not_known_learns_only_that() {
    let stage = Stage::new().await;
    let other = stage
        .app
        .key_with(vec![Grant::everywhere(Action::Token)])
        .await;
    let (other_id, other_secret) = halves(&other);
    let Stage { id, secret, .. } = &stage;
    let unknown = "0".repeat(id.len());
    let wrong = "0".repeat(secret.len());
    let mut told = Vec::new();
    for user_pass in [
        format!("{unknown}:{secret}"),
        format!("{id}:{wrong}"),
        format!("{id}:{other_secret}"),
        format!("{id}:{other}"),
        format!("{other_id}:gk_{id}_{secret}"),
        format!("{id}:"),
        format!(":{secret}"),
        ":".to_owned(),
        format!("mail:{secret}"),
        // a value with `+` ends in a space, one with `=` or `&` does not end there
        format!("{id}:{secret}+"),
        format!("{id}+:{secret}"),
        format!("{id}:{secret}="),
        format!("{id}:{secret}=x"),
        format!("{id}:{secret}&x=y"),
        format!("{id}=x:{secret}"),
        format!("{id}:{secret}:"),
        format!("{id}:{secret}%"),
        format!("{id}:%FF{secret}"),
        format!("{id}:{secret}%00"),
    ] {
        let answer = stage.by_basic(&user_pass).await;
        let description = expect_error(&answer, "invalid_client");
        told.push(description);
    }
    told.sort();
    told.dedup();
    assert!(told.len() <= 2, "{told:?}");
}

#[tokio::test]
async fn a_header_that_is_no_basic_is_refused_with_a_challenge() {
    let stage = Stage::new().await;
    let Stage { id, secret, .. } = &stage;
    let plain = BASE64.encode(format!("{id}{secret}").as_bytes());
    let encoded = BASE64.encode(format!("{id}:{secret}").as_bytes());
    for header in [
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic ====",
        "Basic /w==",
        &format!("Basic {plain}"),
        &format!("Basic {id}:{secret}"),
        &format!("Bearer gk_{id}_{secret}"),
        &format!("Digest {encoded}"),
        &encoded,
    ] {
        let answer = stage.by_header(header).await;
        expect_error(&answer, "invalid_client");
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("Basic realm="), "{challenge}");
    }
    let call = stage
        .call()
        .header_bytes("authorization", b"Basic \xff")
        .written_form(FORM);
    expect_error(&call.await, "invalid_client");
}

#[tokio::test]
async fn nobody_gets_nothing() {
    let stage = Stage::new().await;
    for body in [
        FORM.to_owned(),
        format!("{FORM}&client_id={}", stage.id),
        format!("{FORM}&client_secret={}", stage.secret),
        format!("{FORM}&client_id=&client_secret="),
        format!("{FORM}&client_assertion=a.b.c&client_assertion_type=x"),
    ] {
        let answer = stage.call().written_form(&body).await;
        expect_error(&answer, "invalid_client");
    }
    // an assertion beside a secret that is right is one authentication too many
    let body = format!("{FORM}&client_assertion=a.b.c");
    expect_error(&stage.ask(&body).await, "invalid_client");
}

#[tokio::test]
async fn a_key_that_was_revoked_or_has_ended_is_not_known_any_more() {
    let mut stage = Stage::with_token().await;
    expect_token(&stage.ask(FORM).await);
    let path = format!("/v1/keys/key_{}", stage.id);
    stage.app.as_admin().delete(&path).await.expect(204);
    expect_error(&stage.ask(FORM).await, "invalid_client");

    let form = json!({
        "name": "short", "expires_at": "2027-01-15T08:10:00Z",
        "grants": [{"action": "token", "on": "all"}],
    });
    let made = stage.app.as_admin().post("/v1/keys").json(&form).await;
    let key = made.expect(201).member("key");
    stage = Stage::with_key(stage.app, &key);
    expect_token(&stage.ask(FORM).await);
    stage.app.engine.clock.advance(Duration::from_mins(10));
    expect_error(&stage.ask(FORM).await, "invalid_client");
}

#[tokio::test]
async fn a_key_of_the_form_of_basic_is_no_key_of_the_api() {
    let stage = Stage::new().await;
    let user_pass = format!("{}:{}", stage.id, stage.secret);
    let call = basic(stage.app.anonymous().get("/v1/credentials"), &user_pass);
    call.await.expect(401).problem("unauthenticated");
}
