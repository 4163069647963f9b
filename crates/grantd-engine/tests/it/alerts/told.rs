//! What is told, and when.

use std::time::Duration;

use grantd_engine::ChannelSecretInput;
use grantd_model::{ChannelDraft, Credential};
use grantd_testkit::fixtures::{HOST, labels, minimal};
use grantd_testkit::{Answer, TestEngine};

use super::{
    RECEIVER, added, deliveries, fail, pass, received, refused, succeed, types, update, wait,
    webhook,
};
use crate::{by_id, created};

/// An engine with a webhook that takes everything, and a credential.
async fn world() -> (TestEngine, Credential) {
    let engine = TestEngine::flowing();
    added(&engine, "ops", &webhook()).await;
    engine
        .outbound
        .answer_always(RECEIVER, Answer::json(200, "ok"));
    let credential = created(&engine, minimal("Sales")).await;
    (engine, credential)
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_the_configuration_is_told_at_once_and_its_end() {
    let (engine, credential) = world().await;
    fail(&engine, &credential, refused()).await;
    wait(15).await;
    fail(&engine, &credential, refused()).await;
    wait(600).await;
    succeed(&engine, &credential).await;
    wait(15).await;
    let got = received(&engine);
    let types: Vec<&str> = got.iter().map(|it| it.kind.name()).collect();
    assert_eq!(types, ["credential.failing", "credential.recovered"]);
    let data = &got[0].data;
    assert_eq!(data.summary, "credential Sales is failing (invalid client)");
    assert_eq!(data.class.as_deref(), Some("invalid_client"));
    assert_eq!(data.installation.badge.as_deref(), Some("test"));
    let object = data.object.as_ref().unwrap();
    assert_eq!(
        object.url.as_deref(),
        Some("https://grantd.example.com/console/credentials/sales")
    );
    assert_eq!(got[1].data.summary, "credential Sales works again");
    assert_eq!(got[1].data.since, data.since);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_comes_later_hears_of_what_goes_on() {
    let (engine, credential) = world().await;
    let over = created(&engine, minimal("over")).await;
    fail(&engine, &credential, refused()).await;
    fail(&engine, &over, refused()).await;
    wait(15).await;
    succeed(&engine, &over).await;
    wait(15).await;
    added(&engine, "late", &webhook()).await;
    wait(15).await;
    let told = deliveries(&engine, "late").await;
    assert_eq!(told.len(), 1, "{told:?}");
    let data = &told[0].message.data;
    assert_eq!(data.summary, "credential Sales is failing (invalid client)");
    assert!(told[0].due_at.is_none(), "it is on its way at once");
    let recovering = ChannelDraft {
        events: vec!["recovered".to_owned()],
        ..webhook()
    };
    let silent = ChannelDraft {
        enabled: false,
        ..webhook()
    };
    for (revision, draft, count) in [
        (1, &recovering, 1),
        (2, &webhook(), 2),
        (3, &silent, 2),
        (4, &webhook(), 3),
    ] {
        let changed = update(&engine, ("late", revision), draft, ChannelSecretInput::Keep);
        changed.await.unwrap();
        wait(15).await;
        assert_eq!(deliveries(&engine, "late").await.len(), count, "{revision}");
    }
    assert_eq!(types(&engine, "ops").await.len(), 3);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_told_when_it_lasts() {
    let (engine, credential) = world().await;
    fail(&engine, &credential, Answer::json(503, "")).await;
    wait(500).await;
    assert!(received(&engine).is_empty());
    wait(150).await;
    assert_eq!(types(&engine, "ops").await, ["credential.failing"]);
    // one that passes meanwhile is never told
    let other = created(&engine, minimal("other")).await;
    fail(&engine, &other, Answer::json(503, "")).await;
    wait(60).await;
    succeed(&engine, &other).await;
    wait(1200).await;
    assert_eq!(types(&engine, "ops").await, ["credential.failing"]);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_cause_is_told_once_an_hour_and_after_a_restart_too() {
    let (engine, credential) = world().await;
    for _ in 0..20 {
        fail(&engine, &credential, refused()).await;
        wait(100).await;
        succeed(&engine, &credential).await;
        wait(100).await;
    }
    engine.close().await;
    let engine = engine.restarted();
    engine.start();
    fail(&engine, &credential, refused()).await;
    wait(4000).await;
    let all = deliveries(&engine, "ops").await;
    let of = |kind: &str| {
        let all = all.iter().filter(|it| it.message.kind.name() == kind);
        all.collect::<Vec<_>>()
    };
    for kind in ["credential.failing", "credential.recovered"] {
        let times: Vec<_> = of(kind).iter().map(|it| it.at).collect();
        for pair in times.windows(2) {
            let between = pair[1].since(pair[0]);
            assert!(between >= Duration::from_hours(1), "{kind}: {times:?}");
        }
    }
    // at 0:00, 1:00 with what was going to and fro, and 2:00 with what is so since the restart
    let untold: Vec<u64> = of("credential.failing")
        .iter()
        .map(|it| it.message.data.untold)
        .collect();
    assert_eq!(untold, [0, 17, 1]);
    assert_eq!(of("credential.recovered").len(), 2);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_told_is_remembered_by_the_store() {
    let (engine, credential) = world().await;
    fail(&engine, &credential, refused()).await;
    wait(15).await;
    engine.close().await;
    let engine = engine.restarted();
    engine.start();
    wait(3 * 3600).await;
    assert_eq!(types(&engine, "ops").await, ["credential.failing"]);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_of_what_is_gone_or_disabled() {
    let (engine, credential) = world().await;
    let admin = engine.as_admin();
    let gone = created(&engine, minimal("gone")).await;
    for credential in [&credential, &gone] {
        fail(&engine, credential, refused()).await;
    }
    wait(15).await;
    engine
        .set_credential_enabled(&admin, &by_id(&credential), false)
        .await
        .unwrap();
    engine
        .delete_credential(&admin, &by_id(&gone), gone.revision)
        .await
        .unwrap();
    wait(7200).await;
    let told = types(&engine, "ops").await;
    assert_eq!(told, ["credential.failing", "credential.failing"]);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_secret_is_told_by_its_days() {
    let engine = TestEngine::flowing();
    added(&engine, "ops", &webhook()).await;
    engine
        .outbound
        .answer_always(RECEIVER, Answer::json(200, "ok"));
    let mut draft = minimal("Sales");
    let end = engine.now().plus(Duration::from_hours(24 * 8));
    draft.settings.secret_expires_at = Some(end);
    created(&engine, draft).await;
    pass(&engine, 9 * 24).await;
    let got = received(&engine);
    let summaries: Vec<&str> = got.iter().map(|it| it.data.summary.as_str()).collect();
    assert_eq!(
        summaries,
        [
            "the secret of credential Sales ends in 8 days",
            "the secret of credential Sales ends in 7 days",
            "the secret of credential Sales ends in 3 days",
            "the secret of credential Sales ends in 1 day",
            "the secret of credential Sales has ended",
        ]
    );
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_end_of_every_secret_is_told_however_many_there_are() {
    let engine = TestEngine::flowing();
    let end = engine.now().plus(Duration::from_hours(24 * 20));
    for number in 0..520 {
        let mut draft = minimal(&format!("c {number}"));
        draft.settings.secret_expires_at = Some(end);
        created(&engine, draft).await;
    }
    added(&engine, "ops", &webhook()).await;
    engine
        .outbound
        .answer_always(RECEIVER, Answer::json(200, "ok"));
    wait(30).await;
    let told = received(&engine);
    let told: u64 = told.iter().map(|it| it.data.many.unwrap_or(1)).sum();
    assert_eq!(told, 520);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn channels_are_told_what_they_want() {
    let engine = TestEngine::flowing();
    let of = |events: &[&str], objects: &[&str], team: Option<&str>| ChannelDraft {
        events: events.iter().map(|it| (*it).to_owned()).collect(),
        objects: objects.iter().map(|it| (*it).to_owned()).collect(),
        labels: team
            .map(|team| ("team".to_owned(), team.to_owned()))
            .into_iter()
            .collect(),
        ..webhook()
    };
    let all = ["credential", "listener", "source"];
    added(&engine, "failing", &of(&["failing"], &all, None)).await;
    added(&engine, "recovered", &of(&["recovered"], &all, None)).await;
    added(&engine, "sources", &of(&["failing"], &["source"], None)).await;
    added(&engine, "sales", &of(&["failing"], &all, Some("sales"))).await;
    added(&engine, "legal", &of(&["failing"], &all, Some("legal"))).await;
    engine
        .outbound
        .answer_always(RECEIVER, Answer::json(200, "ok"));
    let mut draft = minimal("Sales");
    draft.settings.labels = labels(&[("team", "sales"), ("stage", "prod")]);
    let credential = created(&engine, draft).await;
    fail(&engine, &credential, refused()).await;
    wait(15).await;
    succeed(&engine, &credential).await;
    wait(15).await;
    for (channel, told) in [
        ("failing", &["credential.failing"][..]),
        ("recovered", &["credential.recovered"]),
        ("sources", &[]),
        ("sales", &["credential.failing"]),
        ("legal", &[]),
    ] {
        assert_eq!(types(&engine, channel).await, told, "{channel}");
    }
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_comes_all_at_once_is_told_in_one_message() {
    let (engine, _) = world().await;
    let mut all = Vec::new();
    for number in 0..100 {
        all.push(created(&engine, minimal(&format!("c {number:03}"))).await);
    }
    for credential in &all {
        fail(&engine, credential, refused()).await;
    }
    wait(15).await;
    let told = deliveries(&engine, "ops").await;
    assert_eq!(told.len(), 31);
    let many = told
        .iter()
        .find(|it| it.message.kind.name() == "alerts.many");
    let data = &many.unwrap().message.data;
    assert_eq!(data.many, Some(70));
    assert_eq!(data.summary, "70 alerts at once");
    assert_eq!(data.summaries.len(), 20);
    // when all of them recover, that is one message as well, and none is told twice
    for credential in &all {
        succeed(&engine, credential).await;
    }
    wait(1500).await;
    let told = deliveries(&engine, "ops").await;
    let of = |kind: &str| {
        let all = told.iter().filter(|it| it.message.kind.name() == kind);
        all.map(|it| it.message.data.many.unwrap_or(1))
            .collect::<Vec<_>>()
    };
    assert_eq!(of("credential.failing"), [1; 30]);
    assert_eq!(of("credential.recovered"), [1; 30]);
    assert_eq!(of("alerts.many"), [70, 70]);
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn without_a_channel_nothing_counts_as_told() {
    let engine = TestEngine::flowing();
    let credential = created(&engine, minimal("Sales")).await;
    fail(&engine, &credential, refused()).await;
    wait(100).await;
    added(&engine, "ops", &webhook()).await;
    engine
        .outbound
        .answer_always(RECEIVER, Answer::json(200, "ok"));
    wait(15).await;
    assert_eq!(types(&engine, "ops").await, ["credential.failing"]);
    assert_eq!(engine.outbound.count(HOST), 1);
    engine.end().await;
}
