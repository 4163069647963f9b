//! Email listeners: their bounds, their life, and what they remember.

use std::time::Duration;

use grantd_engine::{
    CredentialRef, EngineError, ListenerFilter, ListenerRef, ListenerStanding, MailProgress,
};
use grantd_model::listener::DeliveryDraft;
use grantd_model::{
    Actor, ErrorKind, ListenerDraft, ListenerId, ListenerState, MailDelivery, MailKey, MailLetter,
    Revision, Timestamp, TokenEndpoint,
};
use grantd_testkit::TestEngine;
use grantd_testkit::fixtures::minimal;

use crate::{created, fields, kind};

/// The mailbox that the fixture's credential may open.
const MAILBOX: &str = "orders@example.com";

/// A credential that opens mailboxes, with the slug `mailer`.
pub(crate) async fn mailer(engine: &TestEngine) {
    let mut draft = minimal("mailer");
    draft.settings.allowed_mailboxes = vec![MAILBOX.to_owned(), "*@shop.example.com".to_owned()];
    draft.settings.bound_hosts = vec!["mail.example.com".to_owned()];
    created(engine, draft).await;
}

/// A listener of this name on its mailbox.
pub(crate) fn listener(name: &str) -> ListenerDraft {
    ListenerDraft {
        name: name.to_owned(),
        credential: "mailer".to_owned(),
        endpoint: "https://mail.example.com/EWS/Exchange.asmx".to_owned(),
        mailbox: MAILBOX.to_owned(),
        delivery: DeliveryDraft {
            spool: "orders".to_owned(),
            ..DeliveryDraft::default()
        },
        ..ListenerDraft::default()
    }
}

/// The key of a mail.
pub(crate) fn key() -> MailKey {
    MailKey::new("0123456789abcdefghijklmnopqrstuv").unwrap()
}

/// A mail that could not be delivered.
pub(crate) fn letter(listener: ListenerId) -> MailLetter {
    MailLetter {
        listener,
        key: key(),
        item: "AAA".to_owned(),
        subject: "Order".to_owned(),
        sender: "ann@example.com".to_owned(),
        received_at: None,
        first_at: Timestamp::from_seconds(1),
        last_at: Timestamp::from_seconds(2),
        attempts: 10,
        due_at: None,
        class: "unreadable".to_owned(),
        detail: "it can not be read".to_owned(),
        again: false,
    }
}

async fn add(engine: &TestEngine, draft: &ListenerDraft) -> grantd_model::Listener {
    let admin = engine.as_admin();
    engine.create_listener(&admin, None, draft).await.unwrap()
}

#[tokio::test]
async fn nobody_gets_beyond_the_bounds_by_any_field() {
    let engine = TestEngine::start();
    mailer(&engine).await;
    let other = |change: &dyn Fn(&mut ListenerDraft)| {
        let mut draft = listener("one");
        change(&mut draft);
        draft
    };
    let endpoint = |url: &str| other(&|it| url.clone_into(&mut it.endpoint));
    let cases = [
        (
            other(&|it| "boss@example.com".clone_into(&mut it.mailbox)),
            "/mailbox",
            "mailbox_not_allowed",
        ),
        (
            other(&|it| "x@shop.example.com.evil.test".clone_into(&mut it.mailbox)),
            "/mailbox",
            "mailbox_not_allowed",
        ),
        (
            endpoint("https://evil.example.com/EWS"),
            "/endpoint",
            "host_not_bound",
        ),
        (
            endpoint("https://mail.example.com.evil.test/"),
            "/endpoint",
            "host_not_bound",
        ),
        (
            endpoint("https://outlook.office365.com/EWS/Exchange.asmx"),
            "/endpoint",
            "host_not_bound",
        ),
        (
            endpoint("http://mail.example.com/EWS"),
            "/endpoint",
            "https_required",
        ),
        (
            endpoint("https://user@mail.example.com/"),
            "/endpoint",
            "user_information",
        ),
        (
            other(&|it| "../x".clone_into(&mut it.delivery.spool)),
            "/delivery/spool",
            "invalid_spool_name",
        ),
        (
            other(&|it| "other".clone_into(&mut it.delivery.spool)),
            "/delivery/spool",
            "unknown_spool",
        ),
        (
            other(&|it| "nobody".clone_into(&mut it.credential)),
            "/credential",
            "unknown_credential",
        ),
    ];
    for actor in [engine.as_admin(), engine.as_editor()] {
        for (draft, pointer, code) in &cases {
            let made = engine
                .create_listener(&actor, None, draft)
                .await
                .unwrap_err();
            assert_eq!(fields(&made), [((*pointer).to_owned(), *code)], "{draft:?}");
            let tested = engine.test_listener(&actor, draft).await.unwrap_err();
            assert_eq!(
                fields(&tested),
                [((*pointer).to_owned(), *code)],
                "{draft:?}"
            );
        }
    }
    let kept = add(&engine, &listener("kept")).await;
    for (draft, pointer, code) in &cases {
        let editor = engine.as_editor();
        let wanted = ListenerRef::Id(kept.id);
        let changed = engine.update_listener(&editor, &wanted, kept.revision, draft);
        let error = changed.await.unwrap_err();
        assert_eq!(
            fields(&error),
            [((*pointer).to_owned(), *code)],
            "{draft:?}"
        );
    }
}

#[tokio::test]
async fn tokens_of_entra_may_go_to_exchange_online() {
    let engine = TestEngine::start();
    let mut draft = minimal("mailer");
    draft.settings.allowed_mailboxes = vec![MAILBOX.to_owned()];
    let endpoint = "https://login.microsoftonline.com/t/oauth2/v2.0/token";
    draft.settings.token_endpoint = TokenEndpoint::try_from(endpoint).unwrap();
    created(&engine, draft).await;
    let mut online = listener("online");
    online.endpoint = ListenerDraft::default().endpoint;
    add(&engine, &online).await;
    online.name = "elsewhere".to_owned();
    online.endpoint = "https://outlook.office365.com.evil.test/EWS".to_owned();
    let admin = engine.as_admin();
    let refused = engine.create_listener(&admin, None, &online).await;
    assert_eq!(fields(&refused.unwrap_err())[0].1, "host_not_bound");
}

#[tokio::test]
async fn names_and_slugs_are_their_own() {
    let engine = TestEngine::start();
    mailer(&engine).await;
    let admin = engine.as_admin();
    let one = add(&engine, &listener("Order mails")).await;
    assert_eq!(one.slug.as_str(), "order-mails");
    let same = engine
        .create_listener(&admin, None, &listener("ORDER MAILS"))
        .await;
    assert_eq!(fields(&same.unwrap_err()), [("/name".to_owned(), "taken")]);
    let like = add(&engine, &listener("Order, mails")).await;
    assert_eq!(like.slug.as_str(), "order-mails-2");
    let slug = Some("order-mails".try_into().unwrap());
    let taken = engine
        .create_listener(&admin, slug, &listener("third"))
        .await;
    assert_eq!(fields(&taken.unwrap_err()), [("/slug".to_owned(), "taken")]);
}

#[tokio::test]
async fn a_stale_change_is_refused_and_one_that_changes_nothing_is_none() {
    let engine = TestEngine::start();
    mailer(&engine).await;
    let admin = engine.as_admin();
    let one = add(&engine, &listener("one")).await;
    let wanted = ListenerRef::Slug(one.slug.clone());
    let same = engine
        .update_listener(&admin, &wanted, one.revision, &listener("one"))
        .await;
    assert_eq!(same.unwrap().revision, one.revision);
    let mut draft = listener("one");
    draft.folder = "inbox/Orders".to_owned();
    let changed = engine
        .update_listener(&admin, &wanted, one.revision, &draft)
        .await
        .unwrap();
    assert_eq!(changed.revision, Revision(2));
    let stale = engine
        .update_listener(&admin, &wanted, one.revision, &listener("two"))
        .await;
    assert!(matches!(
        stale,
        Err(EngineError::Stale {
            current: Revision(2)
        })
    ));
    let entry = &engine.audit_log().await[0];
    assert_eq!(
        entry.detail,
        [("folder".to_owned(), "inbox → inbox/Orders".to_owned())]
    );
}

#[tokio::test]
async fn a_credential_in_use_is_not_deleted_and_says_by_whom() {
    let engine = TestEngine::start();
    mailer(&engine).await;
    let admin = engine.as_admin();
    let one = add(&engine, &listener("one")).await;
    let wanted = CredentialRef::Slug("mailer".try_into().unwrap());
    let credential = engine.get_credential(&admin, &wanted).await.unwrap();
    let refused = engine
        .delete_credential(&admin, &wanted, credential.revision)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    assert!(refused.to_string().contains("`one`"), "{refused}");
    let used = engine.listeners_of_credential(&admin, &wanted).await;
    assert_eq!(used.unwrap().len(), 1);
    let listener = ListenerRef::Id(one.id);
    engine
        .delete_listener(&admin, &listener, one.revision)
        .await
        .unwrap();
    let deleted = engine.delete_credential(&admin, &wanted, credential.revision);
    assert_eq!(kind(deleted.await), Ok(()));
}

#[tokio::test]
async fn the_memory_is_for_who_runs_listeners_and_holds_to_the_bounds() {
    let engine = TestEngine::start();
    mailer(&engine).await;
    let editor = engine.as_editor();
    assert_eq!(
        kind(engine.listener_memory(&editor)),
        Err(ErrorKind::Forbidden)
    );
    let memory = engine.listener_memory(&Actor::System).unwrap();
    let one = add(&engine, &listener("one")).await;
    assert!(memory.credential(&one).await.is_ok());
    let admin = engine.as_admin();
    let wanted = CredentialRef::Slug("mailer".try_into().unwrap());
    let credential = engine.get_credential(&admin, &wanted).await.unwrap();
    // an admin takes the mailbox away
    let mut draft = crate::keeping(minimal("mailer"));
    draft.settings.allowed_mailboxes = vec!["other@example.com".to_owned()];
    draft.settings.bound_hosts = vec!["mail.example.com".to_owned()];
    let changed = engine
        .update_credential(&admin, &wanted, credential.revision, draft)
        .await;
    changed.unwrap();
    let refused = memory.credential(&one).await.unwrap_err();
    assert_eq!(fields(&refused)[0].1, "mailbox_not_allowed");
    engine
        .set_credential_enabled(&admin, &wanted, false)
        .await
        .unwrap();
    assert_eq!(
        kind(memory.credential(&one).await),
        Err(ErrorKind::Disabled)
    );
}

#[tokio::test]
async fn what_a_step_brings_is_seen_and_counted() {
    let engine = TestEngine::start();
    mailer(&engine).await;
    let admin = engine.as_admin();
    let one = add(&engine, &listener("one")).await;
    let wanted = ListenerRef::Id(one.id);
    let memory = engine.listener_memory(&Actor::System).unwrap();
    let standing = async || {
        let listed = engine.listener_standing(&admin, &wanted).await.unwrap();
        listed.standing()
    };
    assert_eq!(standing().await, ListenerStanding::Starting);
    let now = engine.now();
    let delivery = MailDelivery {
        listener: one.id,
        key: key(),
        item: "AAA".to_owned(),
        at: now,
        received_at: Some(now),
        subject: "Order".to_owned(),
        sender: "ann@example.com".to_owned(),
        size: 100,
        attachments: 0,
        took: Duration::from_millis(5),
        attempt: 1,
    };
    let progress = MailProgress {
        state: Some(ListenerState {
            looked_at: Some(now),
            ..ListenerState::default()
        }),
        seen: vec![[1; 16]],
        deliveries: vec![delivery.clone()],
        ..MailProgress::default()
    };
    memory.keep(one.id, progress).await.unwrap();
    assert_eq!(standing().await, ListenerStanding::Working);
    assert_eq!(
        memory
            .seen(one.id, &[[1; 16], [2; 16]])
            .await
            .unwrap()
            .len(),
        1
    );
    let listed = engine.list_deliveries(&admin, &wanted, 10, None).await;
    assert_eq!(listed.unwrap().items, [delivery]);
    let hours = engine
        .list_mail_hours(&admin, &wanted, Timestamp::from_micros(0))
        .await
        .unwrap();
    assert_eq!(hours[0].delivered, 1);
    // given up, again, delivered
    let failed = MailProgress {
        letters: vec![letter(one.id)],
        ..MailProgress::default()
    };
    memory.keep(one.id, failed).await.unwrap();
    assert_eq!(standing().await, ListenerStanding::GivenUp);
    engine.replay_mail(&admin, &wanted, &key()).await.unwrap();
    let (_, due) = memory.due(one.id, engine.now(), 10).await.unwrap();
    assert_eq!(due.len(), 1);
    engine.discard_mail(&admin, &wanted, &key()).await.unwrap();
    let again = engine.discard_mail(&admin, &wanted, &key()).await;
    assert!(matches!(
        again,
        Err(EngineError::NotFound { what: "mail", .. })
    ));
    // one that was delivered is delivered again under its key
    engine.replay_mail(&admin, &wanted, &key()).await.unwrap();
    let letters = engine.list_letters(&admin, &wanted, false).await.unwrap();
    assert_eq!(
        (letters[0].class.as_str(), letters[0].item.as_str()),
        ("again", "AAA")
    );
}

#[tokio::test]
async fn nothing_is_kept_of_a_listener_that_is_gone() {
    let engine = TestEngine::start();
    mailer(&engine).await;
    let admin = engine.as_admin();
    let one = add(&engine, &listener("one")).await;
    let memory = engine.listener_memory(&Actor::System).unwrap();
    let wanted = ListenerRef::Id(one.id);
    engine
        .delete_listener(&admin, &wanted, one.revision)
        .await
        .unwrap();
    let progress = MailProgress {
        seen: vec![[1; 16]],
        ..MailProgress::default()
    };
    assert_eq!(
        kind(memory.keep(one.id, progress).await),
        Err(ErrorKind::StoreFailed)
    );
}

#[tokio::test]
async fn lists_hold_what_is_seen_page_by_page() {
    let engine = TestEngine::start();
    mailer(&engine).await;
    for name in ["a", "b", "c", "d"] {
        add(&engine, &listener(name)).await;
    }
    let names = async |filter: ListenerFilter| {
        let listing = engine
            .list_listeners(&engine.as_viewer(), &filter)
            .await
            .unwrap();
        let names = listing
            .items
            .into_iter()
            .map(|it| it.listener.settings.name.to_string());
        (names.collect::<Vec<_>>(), listing.next_cursor)
    };
    let of = |limit, cursor| ListenerFilter {
        limit,
        cursor,
        ..ListenerFilter::default()
    };
    let (first, next) = names(of(3, None)).await;
    assert_eq!(first, ["a", "b", "c"]);
    let (rest, next) = names(of(3, next)).await;
    assert_eq!((rest, next), (vec!["d".to_owned()], None));
    let part = ListenerFilter {
        part: Some("ORDERS@".to_owned()),
        ..of(10, None)
    };
    assert_eq!(names(part).await.0.len(), 4);
    let nobody = engine
        .list_listeners(&engine.as_nobody(), &of(10, None))
        .await;
    assert!(nobody.unwrap().items.is_empty());
}
