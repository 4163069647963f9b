//! Alert channels.

use std::collections::BTreeMap;

use grantd_model::alert::{ChatDraft, EmailDraft};
use grantd_model::{AlertChannel, ChannelDraft, Revision, Slug, Timestamp};
use grantd_store::{Store, StoreError, Taken};

use crate::fixtures::Fixtures;

async fn put(store: &dyn Store, channels: &[&AlertChannel]) {
    let mut unit = store.write().await.unwrap();
    for channel in channels {
        unit.channels().insert(channel).await.unwrap();
    }
    unit.commit().await.unwrap();
}

async fn found(store: &dyn Store, name: &Slug) -> Option<AlertChannel> {
    let mut unit = store.read().await.unwrap();
    unit.channels().by_name(name).await.unwrap()
}

/// Of every kind, with and without secrets, and after a change.
pub async fn a_channel_comes_back_as_it_was_put(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let of = |name: &str, draft: &ChannelDraft| AlertChannel {
        settings: draft.parse().unwrap(),
        ..fixtures.channel(name)
    };
    let webhook = fixtures.channel("webhook");
    let mail = ChannelDraft {
        kind: "email".to_owned(),
        email: Some(EmailDraft {
            host: "mail.example.com".to_owned(),
            from: "grantd@example.com".to_owned(),
            to: vec!["a@example.com".to_owned(), "b@example.com".to_owned()],
            ..EmailDraft::default()
        }),
        ..ChannelDraft::default()
    };
    let mail = AlertChannel {
        secret: None,
        earlier: None,
        secret_counter: 0,
        ..of("mail", &mail)
    };
    let chat = ChannelDraft {
        kind: "chat".to_owned(),
        enabled: false,
        chat: Some(ChatDraft {
            form: "teams".to_owned(),
            origin: Some("https://chat.example.com".to_owned()),
        }),
        events: vec!["expiring".to_owned()],
        objects: vec!["source".to_owned(), "listener".to_owned()],
        labels: BTreeMap::from([("team".to_owned(), "sales".to_owned())]),
        ca_bundle: Some("-----BEGIN CERTIFICATE-----".to_owned()),
        ..ChannelDraft::default()
    };
    let chat = of("chat", &chat);
    put(store, &[&webhook, &mail, &chat]).await;
    for channel in [&webhook, &mail, &chat] {
        assert_eq!(found(store, &channel.name).await.as_ref(), Some(channel));
    }
    let mut changed = AlertChannel {
        revision: Revision(2),
        secret: webhook.secret.clone(),
        ..mail.clone()
    };
    changed.settings.enabled = false;
    changed.updated.at = Timestamp::from_seconds(1_800_000_000);
    let mut unit = store.write().await.unwrap();
    unit.channels().update(&changed, Revision(1)).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(found(store, &mail.name).await.as_ref(), Some(&changed));
    let mut unit = store.read().await.unwrap();
    let by_id = unit.channels().by_id(mail.id).await.unwrap();
    assert_eq!(by_id, Some(changed));
    let all = unit.channels().all().await.unwrap();
    let all: Vec<&str> = all.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(all, ["chat", "mail", "webhook"]);
}

/// Names are unique, revisions are expected.
pub async fn what_a_channel_may_not_is_refused(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let channel = fixtures.channel("ops");
    put(store, &[&channel]).await;
    let mut unit = store.write().await.unwrap();
    let taken = unit.channels().insert(&fixtures.channel("ops")).await;
    assert!(
        matches!(taken, Err(StoreError::Taken(Taken::Name))),
        "{taken:?}"
    );
    let stale = unit.channels().update(&channel, Revision(7)).await;
    assert!(matches!(stale, Err(StoreError::Stale)), "{stale:?}");
    let stale = unit.channels().delete(channel.id, Revision(7)).await;
    assert!(matches!(stale, Err(StoreError::Stale)), "{stale:?}");
    unit.channels()
        .delete(channel.id, channel.revision)
        .await
        .unwrap();
    unit.commit().await.unwrap();
    assert_eq!(found(store, &channel.name).await, None);
}
