//! How alerts get to their channels.

use std::time::Duration;

use grantd_engine::ChannelSecretInput;
use grantd_model::ChannelDraft;
use grantd_net::NetError;
use grantd_testkit::fixtures::minimal;
use grantd_testkit::{Answer, Gate, TestEngine};

use super::{RECEIVER, added, deliveries, fail, name, pass, refused, types, update, wait, webhook};
use crate::created;

/// An engine with a webhook, and a credential that fails.
async fn failing() -> TestEngine {
    let engine = TestEngine::flowing();
    added(&engine, "ops", &webhook()).await;
    let credential = created(&engine, minimal("Sales")).await;
    fail(&engine, &credential, refused()).await;
    engine
}

#[tokio::test(start_paused = true)]
async fn what_does_not_arrive_is_sent_again_under_the_same_id() {
    let engine = failing().await;
    engine
        .outbound
        .answer_by(RECEIVER, |before, _| match before {
            0 => Answer::failure(NetError::ClosedEarly {
                host: RECEIVER.to_owned(),
            }),
            1 => Answer::json(500, "no"),
            _ => Answer::json(204, ""),
        });
    wait(700).await;
    let sent = engine.outbound.sent();
    let sent: Vec<_> = sent
        .iter()
        .filter(|it| it.url().contains(RECEIVER))
        .collect();
    assert_eq!(sent.len(), 3);
    for other in &sent[1..] {
        assert_eq!(sent[0].header("webhook-id"), other.header("webhook-id"));
        assert_eq!(sent[0].body(), other.body());
        assert_ne!(
            sent[0].header("webhook-timestamp"),
            other.header("webhook-timestamp"),
            "receivers refuse what is old"
        );
    }
    let told = &deliveries(&engine, "ops").await[0];
    assert_eq!((told.attempts, told.due_at), (3, None));
    assert!(told.last.as_ref().unwrap().is_delivered());
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn it_is_tried_for_more_than_a_day_and_then_given_up() {
    let engine = failing().await;
    engine
        .outbound
        .answer_always(RECEIVER, Answer::json(500, "no"));
    pass(&engine, 24).await;
    assert!(deliveries(&engine, "ops").await[0].due_at.is_some());
    pass(&engine, 24).await;
    let told = &deliveries(&engine, "ops").await[0];
    assert_eq!((told.attempts, told.due_at), (8, None));
    assert_eq!(told.last.as_ref().unwrap().class, "server_error");
    let metrics = engine.metrics.text();
    let counted = r#"grantd_alert_deliveries_total{kind="webhook",result="given_up"} 1"#;
    assert!(metrics.contains(counted), "{metrics}");
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_wants_no_more_gets_no_more() {
    let engine = failing().await;
    engine.outbound.answer(RECEIVER, Answer::json(410, ""));
    pass(&engine, 3 * 24).await;
    let told = &deliveries(&engine, "ops").await[0];
    assert_eq!((told.attempts, told.due_at), (1, None));
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn one_that_was_given_up_is_sent_again_under_its_id_when_somebody_asks() {
    let engine = failing().await;
    engine.outbound.answer(RECEIVER, Answer::json(410, ""));
    wait(15).await;
    let given_up = deliveries(&engine, "ops").await.remove(0);
    assert_eq!(given_up.due_at, None);
    engine.outbound.answer(RECEIVER, Answer::json(500, ""));
    engine.outbound.answer(RECEIVER, Answer::json(200, ""));
    let admin = engine.as_admin();
    engine
        .replay_alert(&admin, &name("ops"), given_up.id)
        .await
        .unwrap();
    wait(15).await;
    let told = deliveries(&engine, "ops").await.remove(0);
    assert_eq!((told.id, told.attempts), (given_up.id, 2));
    assert!(told.last.unwrap().is_delivered());
    let sent = engine.outbound.sent();
    let ids: Vec<_> = sent
        .iter()
        .filter_map(|it| it.header("webhook-id"))
        .collect();
    assert_eq!(ids, [given_up.id.to_string().as_str(); 3]);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_receiver_may_ask_to_wait() {
    let engine = failing().await;
    let busy = Answer::json(429, "").with_header("retry-after", "3600");
    engine.outbound.answer(RECEIVER, busy);
    wait(3500).await;
    assert_eq!(engine.outbound.count(RECEIVER), 1);
    engine.outbound.answer(RECEIVER, Answer::json(200, ""));
    wait(200).await;
    assert_eq!(engine.outbound.count(RECEIVER), 2);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn one_that_hangs_holds_up_no_other() {
    let engine = failing().await;
    let other = ChannelDraft {
        webhook: Some(grantd_model::alert::WebhookDraft {
            url: "https://other.example.com/in".to_owned(),
        }),
        ..webhook()
    };
    added(&engine, "other", &other).await;
    let gate = Gate::shut();
    let hanging = Answer::json(200, "").behind(&gate);
    engine.outbound.answer_always(RECEIVER, hanging);
    engine
        .outbound
        .answer_always("other.example.com", Answer::json(200, ""));
    wait(15).await;
    let second = created(&engine, minimal("second")).await;
    fail(&engine, &second, refused()).await;
    wait(15).await;
    let other = deliveries(&engine, "other").await;
    assert_eq!(other.len(), 2);
    assert!(other.iter().all(|it| it.due_at.is_none()));
    assert_eq!(engine.outbound.count(RECEIVER), 1);
    gate.open();
    gate.open();
    wait(15).await;
    assert_eq!(engine.outbound.count(RECEIVER), 2);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_on_its_way_at_the_end_is_sent_after_the_next_start() {
    let engine = failing().await;
    let gate = Gate::shut();
    let hanging = Answer::json(200, "").behind(&gate);
    engine.outbound.answer(RECEIVER, hanging);
    wait(15).await;
    assert_eq!(engine.outbound.count(RECEIVER), 1);
    engine.close().await;
    assert!(deliveries(&engine, "ops").await[0].due_at.is_some());
    engine.outbound.answer(RECEIVER, Answer::json(200, ""));
    let engine = engine.restarted();
    engine.start();
    wait(15).await;
    let sent = engine.outbound.sent();
    let ids: Vec<_> = sent
        .iter()
        .filter_map(|it| it.header("webhook-id"))
        .collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_edit_is_tried_at_once_and_a_disabled_channel_gets_nothing() {
    let engine = failing().await;
    engine
        .outbound
        .answer_always(RECEIVER, Answer::json(403, "no"));
    wait(1000).await;
    let before = engine.outbound.count(RECEIVER);
    let edited = |enabled, description: &str| ChannelDraft {
        enabled,
        description: description.to_owned(),
        ..webhook()
    };
    let keep = || ChannelSecretInput::Keep;
    let draft = edited(true, "mended");
    update(&engine, ("ops", 1), &draft, keep()).await.unwrap();
    wait(1).await;
    assert_eq!(engine.outbound.count(RECEIVER), before + 1);
    let draft = edited(false, "mended");
    update(&engine, ("ops", 2), &draft, keep()).await.unwrap();
    pass(&engine, 3 * 24).await;
    assert_eq!(engine.outbound.count(RECEIVER), before + 1);
    let told = &deliveries(&engine, "ops").await[0];
    assert_eq!(told.last.as_ref().unwrap().class, "disabled");
    engine.end().await;
}

/// Two alerts are due to `ops`, and the receiver hangs with the first of them.
async fn hanging(answer: Answer) -> (TestEngine, Gate) {
    let engine = failing().await;
    let second = created(&engine, minimal("second")).await;
    fail(&engine, &second, refused()).await;
    let gate = Gate::shut();
    engine.outbound.answer(RECEIVER, answer.behind(&gate));
    wait(15).await;
    assert_eq!(engine.outbound.count(RECEIVER), 1);
    (engine, gate)
}

#[tokio::test(start_paused = true)]
async fn after_an_edit_nothing_goes_to_where_it_went_before() {
    let (engine, gate) = hanging(Answer::json(500, "no")).await;
    let moved = ChannelDraft {
        webhook: Some(grantd_model::alert::WebhookDraft {
            url: "https://other.example.com/in".to_owned(),
        }),
        ..webhook()
    };
    engine
        .outbound
        .answer_always("other.example.com", Answer::json(200, ""));
    let made = ChannelSecretInput::Made;
    update(&engine, ("ops", 1), &moved, made).await.unwrap();
    gate.open();
    wait(1).await;
    assert_eq!(engine.outbound.count(RECEIVER), 1);
    assert_eq!(engine.outbound.count("other.example.com"), 2);
    let sent = engine.outbound.sent();
    let ids = sent.iter().filter_map(|it| it.header("webhook-id"));
    let ids: Vec<&str> = ids.collect();
    assert_eq!(ids[0], ids[1], "the one that was under way is sent again");
    let told = deliveries(&engine, "ops").await;
    assert!(told.iter().all(|it| (it.attempts, it.due_at) == (1, None)));
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_closed_while_it_was_under_way_stays_so() {
    let (engine, gate) = hanging(Answer::json(500, "no")).await;
    let disabled = ChannelDraft {
        enabled: false,
        ..webhook()
    };
    let keep = ChannelSecretInput::Keep;
    update(&engine, ("ops", 1), &disabled, keep).await.unwrap();
    gate.open();
    wait(1).await;
    let told = deliveries(&engine, "ops").await;
    assert_eq!(told.len(), 2);
    for delivery in told {
        assert_eq!(delivery.due_at, None);
        assert_eq!(delivery.last.unwrap().class, "disabled");
    }
    // enabled again, it hears of what goes on
    for _ in 0..2 {
        engine.outbound.answer(RECEIVER, Answer::json(200, "ok"));
    }
    update(&engine, ("ops", 2), &webhook(), ChannelSecretInput::Keep)
        .await
        .unwrap();
    wait(1).await;
    assert_eq!(deliveries(&engine, "ops").await.len(), 4);
    // and of a channel that is gone nothing is left that could be sent
    let third = created(&engine, minimal("third")).await;
    fail(&engine, &third, refused()).await;
    let gate = Gate::shut();
    let answer = Answer::json(500, "no").behind(&gate);
    engine.outbound.answer(RECEIVER, answer);
    wait(15).await;
    let revision = grantd_model::Revision(3);
    engine
        .delete_channel(&engine.as_admin(), &name("ops"), revision)
        .await
        .unwrap();
    gate.open();
    pass(&engine, 24).await;
    assert_eq!(engine.outbound.count(RECEIVER), 4);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn of_what_is_over_the_newest_is_kept() {
    let engine = failing().await;
    let admin = engine.as_admin();
    engine
        .outbound
        .answer_always(RECEIVER, Answer::json(200, ""));
    for _ in 0..210 {
        engine.test_channel(&admin, &name("ops")).await.unwrap();
    }
    let credential = created(&engine, minimal("another")).await;
    fail(&engine, &credential, refused()).await;
    tokio::time::sleep(Duration::from_secs(15)).await;
    let kept = types(&engine, "ops").await;
    assert_eq!(kept.len(), 200);
    assert_eq!(kept.last(), Some(&"credential.failing"));
    engine.end().await;
}
