//! Channels are added and changed; their secrets stay where they belong.

use grantd_alerts::SigningSecret;
use grantd_engine::{ChannelSecretInput, EngineError};
use grantd_model::alert::ChannelKind;
use grantd_model::{Actor, ChannelDraft, ErrorKind, Revision, Timestamp};
use grantd_testkit::{Answer, TestEngine};

use super::{RECEIVER, added, chat, create, given, mail, name, update, webhook};
use crate::fields;

const CHAT: &str = "https://chat.example.com/hooks/canary-of-the-url";

#[tokio::test]
async fn a_webhook_gets_a_secret_that_is_told_once() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let made = create(&engine, "ops", &webhook(), ChannelSecretInput::Keep)
        .await
        .unwrap();
    let secret = made.signing_secret.unwrap();
    SigningSecret::parse(&secret).unwrap();
    let again = engine.channel(&admin, &name("ops")).await.unwrap();
    assert!(!format!("{again:?}").contains(secret.expose()));
    let taken = create(&engine, "ops", &webhook(), ChannelSecretInput::Keep).await;
    assert_eq!(fields(&taken.unwrap_err()), [("/name".to_owned(), "taken")]);
}

#[tokio::test]
async fn a_new_signing_secret_signs_beside_the_one_before_for_a_day() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let of = name("ops");
    let keep = ChannelSecretInput::Keep;
    let old = create(&engine, "ops", &webhook(), keep).await;
    let old = old.unwrap().signing_secret.unwrap();
    let made = ChannelSecretInput::Made;
    let new = update(&engine, ("ops", 1), &webhook(), made).await;
    let new = new.unwrap().signing_secret.unwrap();
    engine
        .outbound
        .answer_always(RECEIVER, Answer::json(200, "ok"));
    engine.test_channel(&admin, &of).await.unwrap();
    engine.clock.advance(std::time::Duration::from_hours(25));
    engine.test_channel(&admin, &of).await.unwrap();
    let sent = engine.outbound.sent();
    for (number, secrets) in [(0, vec![&new, &old]), (1, vec![&new])] {
        let sent = &sent[number];
        let seconds = sent.header("webhook-timestamp").unwrap().parse().unwrap();
        let id = sent.header("webhook-id").unwrap();
        let expected: Vec<String> = secrets
            .iter()
            .map(|secret| {
                let secret = SigningSecret::parse(secret).unwrap();
                let at = Timestamp::from_seconds(seconds);
                secret.sign(id, at, sent.body().as_bytes())
            })
            .collect();
        let signature = sent.header("webhook-signature").unwrap();
        assert_eq!(signature, expected.join(" "));
    }
}

#[tokio::test]
async fn a_secret_does_not_follow_its_channel_elsewhere() {
    let engine = TestEngine::start();
    added(&engine, "hook", &webhook()).await;
    let created = create(&engine, "mail", &mail(), given("canary-password")).await;
    created.unwrap();
    let moved = |edit: &dyn Fn(&mut ChannelDraft), mut draft: ChannelDraft| {
        edit(&mut draft);
        draft
    };
    let elsewhere = |it: &mut ChannelDraft| {
        it.webhook.as_mut().unwrap().url = "https://other.example.com/in".to_owned();
    };
    let host = |it: &mut ChannelDraft| it.email.as_mut().unwrap().host = "mx.example".to_owned();
    let port = |it: &mut ChannelDraft| it.email.as_mut().unwrap().port = Some(25);
    let tls = |it: &mut ChannelDraft| {
        it.email.as_mut().unwrap().port = Some(587);
        it.email.as_mut().unwrap().security = "tls".to_owned();
    };
    let bundle = |it: &mut ChannelDraft| {
        it.ca_bundle = Some(grantd_testkit::fixtures::ca_bundle("another"));
    };
    for (of, draft) in [
        ("hook", moved(&elsewhere, webhook())),
        ("hook", moved(&bundle, webhook())),
        ("mail", moved(&host, mail())),
        ("mail", moved(&port, mail())),
        ("mail", moved(&tls, mail())),
    ] {
        let keep = ChannelSecretInput::Keep;
        let updated = update(&engine, (of, 1), &draft, keep).await;
        let faults = fields(&updated.unwrap_err());
        let expected = [("/secret".to_owned(), "secret_required_again")];
        assert_eq!(faults, expected, "{draft:?}");
    }
    // within the same origin it is kept
    let path = |it: &mut ChannelDraft| {
        it.webhook.as_mut().unwrap().url = format!("https://{RECEIVER}/other");
    };
    let keep = ChannelSecretInput::Keep;
    let draft = moved(&path, webhook());
    update(&engine, ("hook", 1), &draft, keep).await.unwrap();
}

#[tokio::test]
async fn the_url_of_a_chat_is_its_secret() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let without = create(&engine, "chat", &chat("slack"), ChannelSecretInput::Keep).await;
    assert_eq!(fields(&without.unwrap_err())[0].0, "/secret");
    let created = create(&engine, "chat", &chat("slack"), given(CHAT)).await;
    let channel = created.unwrap().channel;
    let ChannelKind::Chat(_, origin) = &channel.settings.kind else {
        panic!("it is a chat");
    };
    assert_eq!(origin.as_str(), "https://chat.example.com");
    assert!(!format!("{channel:?}").contains("canary"));
    // what a chat answers may repeat where it was asked
    let answer = Answer::json(
        404,
        "no_service at /hooks/canary-of-the-url, canary-of-the-url",
    );
    engine.outbound.answer("chat.example.com", answer);
    let test = engine.test_channel(&admin, &channel.name).await.unwrap();
    assert_eq!(test.outcome.class, "gone");
    let detail = &test.outcome.detail;
    assert!(detail.contains("no_service"), "{detail}");
    assert!(!detail.contains("canary"), "{detail}");
    let sent = engine.outbound.sent();
    assert_eq!(sent[0].url(), CHAT);
    let log = format!("{:?}", engine.audit_log().await);
    assert!(!log.contains("canary"), "{log}");
}

#[tokio::test]
async fn a_viewer_sees_no_query_and_the_log_neither() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    added(&engine, "ops", &webhook()).await;
    let url = |shown: grantd_engine::ShownChannel| match shown.channel.settings.kind {
        ChannelKind::Webhook(url) => url.as_str().to_owned(),
        _ => panic!("it is a webhook"),
    };
    let seen = engine.channel(&engine.as_viewer(), &name("ops")).await;
    assert_eq!(url(seen.unwrap()), format!("https://{RECEIVER}/in"));
    let seen = engine.channel(&admin, &name("ops")).await;
    assert!(url(seen.unwrap()).contains("canary"));
    let mut draft = webhook();
    draft.webhook.as_mut().unwrap().url = format!("https://{RECEIVER}/in?key=canary-2");
    let keep = ChannelSecretInput::Keep;
    update(&engine, ("ops", 1), &draft, keep).await.unwrap();
    let log = format!("{:?}", engine.audit_log().await);
    assert!(log.contains("channel.update") || log.contains("ChannelUpdate"));
    assert!(!log.contains("canary"), "{log}");
}

#[tokio::test]
async fn what_is_not_there_and_what_was_changed_is_told() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let channel = added(&engine, "ops", &webhook()).await;
    let none = engine.test_channel(&admin, &name("none")).await;
    assert_eq!(none.unwrap_err().kind(), ErrorKind::NotFound);
    let stale = engine
        .delete_channel(&admin, &channel.name, Revision(7))
        .await;
    assert!(matches!(stale, Err(EngineError::Stale { .. })));
    let odd = given("whsec_short");
    let created = create(&engine, "odd", &webhook(), odd).await;
    let faults = fields(&created.unwrap_err());
    assert_eq!(faults, [("/secret".to_owned(), "invalid_signing_secret")]);
    let nobody = {
        let mut draft = mail();
        draft.email.as_mut().unwrap().username = None;
        draft
    };
    let created = engine.create_channel(&admin, name("odd"), &nobody, given("x"));
    let faults = fields(&created.await.unwrap_err());
    assert_eq!(faults, [("/secret".to_owned(), "unexpected")]);
    engine
        .delete_channel(&Actor::System, &channel.name, Revision::FIRST)
        .await
        .unwrap();
}
