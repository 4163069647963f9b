//! HTTP consumers: their bounds, their secrets, their life, and what those who run them are told.

use std::sync::Arc;
use std::time::Duration;

use grantd_engine::{
    Caller, ConsumerFilter, ConsumerRef, ConsumerStanding, EngineError, NotServed, Refusal,
    ServedConsumer, TestRequest, TestSubject, UsedConsumer,
};
use grantd_model::consumer::HeaderDraft;
use grantd_model::{
    Action, Actor, AuditAction, Consumer, ConsumerDraft, ErrorKind, Grant, Parameter,
    ParameterValue, Revision, ScopeSet, ScopeSetting, Secret,
};
use grantd_store::SealError;
use grantd_testkit::fixtures::{HOST, actor, ca_bundle, grant, labels, minimal, with_scopes};
use grantd_testkit::{Answer, TestEngine};

use crate::{created, fields, kind};

/// The value of the secret header field.
pub(crate) const FIELD_SECRET: &str = "canary-field-secret-Hq7";

/// What stands in the query of a test request.
pub(crate) const QUERY_SECRET: &str = "canary-query-secret-Vn3";

/// A credential whose tokens may go to services, with the slug `caller` and the scope `mail.read`.
pub(crate) async fn caller(engine: &TestEngine) {
    let mut draft = minimal("caller");
    draft.settings.bound_hosts = ["api.example.com", "*.internal.example", "10.1.2.3"]
        .map(str::to_owned)
        .into();
    created(engine, draft).await;
}

/// A consumer of this name, with a secret header field and a plain one.
pub(crate) fn consumer(name: &str) -> ConsumerDraft {
    ConsumerDraft {
        name: name.to_owned(),
        credential: "caller".to_owned(),
        base_url: "https://api.example.com/v1".to_owned(),
        headers: vec![
            header("x-api-key", Some(FIELD_SECRET), true),
            header("accept", Some("application/json"), false),
        ],
        hosts: vec![format!("{}.consumers.example", name.to_lowercase())],
        ..ConsumerDraft::default()
    }
}

/// A `GET`.
pub(crate) fn request(path: &str) -> TestRequest {
    TestRequest {
        method: "GET".try_into().unwrap(),
        path: path.to_owned(),
    }
}

fn header(name: &str, value: Option<&str>, secret: bool) -> HeaderDraft {
    HeaderDraft {
        name: name.to_owned(),
        value: value.map(Secret::from),
        secret,
    }
}

/// The draft with the secret value that is kept already.
fn keeping(mut draft: ConsumerDraft) -> ConsumerDraft {
    draft.headers[0].value = None;
    draft
}

async fn add(engine: &TestEngine, draft: &ConsumerDraft) -> Consumer {
    let admin = engine.as_admin();
    engine.create_consumer(&admin, None, draft).await.unwrap()
}

fn by_id(consumer: &Consumer) -> ConsumerRef {
    ConsumerRef::Id(consumer.id)
}

async fn served(engine: &TestEngine, wanted: &Consumer) -> ServedConsumer {
    let all = engine.served_consumers().await.unwrap();
    let mut all = all.into_iter();
    all.find(|it| it.consumer.id == wanted.id).unwrap()
}

/// Puts a consumer into the store as it is, past the engine.
async fn overwrite(engine: &TestEngine, consumer: &Consumer) {
    let mut unit = engine.store.write().await.unwrap();
    let done = unit.consumers().update(consumer, consumer.revision).await;
    done.unwrap();
    unit.commit().await.unwrap();
}

#[tokio::test]
async fn nobody_gets_beyond_the_bounds_by_any_field() {
    let engine = TestEngine::start();
    caller(&engine).await;
    created(&engine, minimal("unbound")).await;
    let other = |change: &dyn Fn(&mut ConsumerDraft)| {
        let mut draft = consumer("one");
        change(&mut draft);
        draft
    };
    let to = |url: &str| other(&|it| url.clone_into(&mut it.base_url));
    let by = |address: &str| other(&|it| it.addresses = vec![address.to_owned()]);
    let of = |credential: &str| other(&|it| credential.clone_into(&mut it.credential));
    let cases = [
        (
            to("https://evil.example.com/"),
            "/base_url",
            "host_not_bound",
        ),
        (
            to("https://api.example.com.evil.test/"),
            "/base_url",
            "host_not_bound",
        ),
        (
            to("https://internal.example/"),
            "/base_url",
            "host_not_bound",
        ),
        (to("http://api.example.com/"), "/base_url", "https_required"),
        (
            to("https://user@api.example.com/"),
            "/base_url",
            "user_information",
        ),
        (by("10.1.2.4:443"), "/addresses/0", "host_not_bound"),
        (of("unbound"), "/base_url", "host_not_bound"),
        (of("nobody"), "/credential", "unknown_credential"),
        (
            other(&|it| it.scope = "mail.send".to_owned()),
            "/scope",
            "not_of_the_credential",
        ),
        (
            other(&|it| it.ca_bundle = Some("-".to_owned())),
            "/ca_bundle",
            "invalid_ca_bundle",
        ),
        (
            other(&|it| it.headers[0].value = None),
            "/headers/0/value",
            "required",
        ),
    ];
    let kept = add(&engine, &consumer("kept")).await;
    for actor in [engine.as_admin(), engine.as_editor()] {
        for (draft, pointer, code) in &cases {
            let expected = [((*pointer).to_owned(), *code)];
            let made = engine.create_consumer(&actor, None, draft).await;
            assert_eq!(fields(&made.unwrap_err()), expected, "{draft:?}");
            let subject = TestSubject::Draft(Box::new(draft.clone()));
            let tested = engine.test_consumer(&actor, subject, request("/")).await;
            assert_eq!(fields(&tested.unwrap_err()), expected, "{draft:?}");
            if *code == "required" {
                continue;
            }
            let changed = engine
                .update_consumer(&actor, &by_id(&kept), kept.revision, draft)
                .await;
            assert_eq!(fields(&changed.unwrap_err()), expected, "{draft:?}");
            let subject = TestSubject::Edited(by_id(&kept), Box::new(draft.clone()));
            let tested = engine.test_consumer(&actor, subject, request("/")).await;
            assert_eq!(fields(&tested.unwrap_err()), expected, "{draft:?}");
        }
    }
    let fine = by("10.1.2.3:443");
    engine
        .create_consumer(&engine.as_editor(), None, &fine)
        .await
        .unwrap();
}

#[tokio::test]
async fn everything_that_is_beyond_is_told_at_once() {
    let engine = TestEngine::start();
    caller(&engine).await;
    let draft = ConsumerDraft {
        scope: "mail.send".to_owned(),
        base_url: "https://evil.example.com".to_owned(),
        addresses: ["10.1.2.3:1", "10.9.9.9:1"].map(str::to_owned).into(),
        ..keeping(consumer("one"))
    };
    let admin = engine.as_admin();
    let error = engine
        .create_consumer(&admin, None, &draft)
        .await
        .unwrap_err();
    let expected = [
        ("/scope", "not_of_the_credential"),
        ("/base_url", "host_not_bound"),
        ("/addresses/1", "host_not_bound"),
        ("/headers/0/value", "required"),
    ];
    assert_eq!(
        fields(&error),
        expected.map(|(place, code)| (place.to_owned(), code))
    );
}

#[tokio::test]
async fn a_part_of_the_scopes_does_not_become_all_of_them() {
    let engine = TestEngine::start();
    let mut draft = minimal("caller");
    let scopes = ScopeSet::parse("mail.read mail.send").unwrap();
    draft.settings.scope = ScopeSetting::Set(scopes);
    draft.settings.bound_hosts = vec!["api.example.com".to_owned()];
    draft.settings.labels = labels(&[("team", "a")]);
    created(&engine, draft).await;
    let actor = actor(
        "some",
        vec![
            grant(Action::Manage, &[("for", "us")]),
            with_scopes(grant(Action::Token, &[("team", "a")]), "mail.read"),
        ],
    );
    let ours = |scope: &str| ConsumerDraft {
        scope: scope.to_owned(),
        labels: [("for".to_owned(), "us".to_owned())].into(),
        ..consumer("one")
    };
    for scope in ["", "mail.send", "mail.read mail.send"] {
        let made = engine.create_consumer(&actor, None, &ours(scope)).await;
        assert_eq!(kind(made), Err(ErrorKind::Forbidden), "{scope}");
    }
    let made = engine
        .create_consumer(&actor, None, &ours("mail.read"))
        .await;
    let made = made.unwrap();
    // nor by trying one that somebody else made
    let admin = engine.as_admin();
    let all = engine
        .update_consumer(&admin, &by_id(&made), made.revision, &ours(""))
        .await;
    all.unwrap();
    let subject = TestSubject::Kept(by_id(&made));
    let tested = engine.test_consumer(&actor, subject, request("/")).await;
    assert_eq!(kind(tested), Err(ErrorKind::Forbidden));
}

#[tokio::test]
async fn secret_fields_are_sealed_and_opened_for_those_who_run_consumers() {
    let engine = TestEngine::start();
    caller(&engine).await;
    let made = add(&engine, &consumer("Orders")).await;
    assert_eq!(made.slug.as_str(), "orders");
    assert_eq!(made.secret_counter, 1);
    let document = serde_json::to_string(&ConsumerDraft::of(&made)).unwrap();
    for text in [document, format!("{made:?}")] {
        assert!(
            text.contains("x-api-key") && text.contains("application/json"),
            "{text}"
        );
        assert!(!text.contains(FIELD_SECRET), "{text}");
    }
    let it = served(&engine, &made).await;
    let opened = it.fields.unwrap();
    let opened: Vec<_> = opened
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose().as_str()))
        .collect();
    assert_eq!(
        opened,
        [("x-api-key", FIELD_SECRET), ("accept", "application/json")]
    );
    assert_eq!(it.consumer, made);
}

#[tokio::test]
async fn a_kept_secret_stays_until_it_would_go_elsewhere() {
    let engine = TestEngine::start();
    caller(&engine).await;
    let admin = engine.as_admin();
    let mut kept = add(&engine, &consumer("one")).await;
    let fine: [&dyn Fn(&mut ConsumerDraft); 4] = [
        &|it| it.base_url = "https://api.example.com/v2".to_owned(),
        &|it| it.token_header = "x-token".to_owned(),
        &|it| it.name = "renamed".to_owned(),
        &|it| it.headers[1].value = Some(Secret::from("text/plain")),
    ];
    for change in fine {
        let mut draft = keeping(consumer("one"));
        change(&mut draft);
        let changed = engine
            .update_consumer(&admin, &by_id(&kept), kept.revision, &draft)
            .await;
        let changed = changed.unwrap();
        assert_eq!(changed.fields[0], kept.fields[0]);
        assert_eq!(changed.secret_counter, 1);
        assert!(served(&engine, &kept).await.fields.is_ok());
        kept = changed;
    }
    let elsewhere: [&dyn Fn(&mut ConsumerDraft); 4] = [
        &|it| it.base_url = "https://b.internal.example/v1".to_owned(),
        &|it| it.base_url = "https://api.example.com:8443/v1".to_owned(),
        &|it| it.addresses = vec!["10.1.2.3:443".to_owned()],
        &|it| it.ca_bundle = Some(ca_bundle("api.example.com")),
    ];
    let again = [("/headers/0/value".to_owned(), "secret_required_again")];
    for change in elsewhere {
        let mut draft = keeping(consumer("one"));
        change(&mut draft);
        let subject = TestSubject::Edited(by_id(&kept), Box::new(draft.clone()));
        let tested = engine.test_consumer(&admin, subject, request("/")).await;
        assert_eq!(fields(&tested.unwrap_err()), again);
        let changed = engine
            .update_consumer(&admin, &by_id(&kept), kept.revision, &draft)
            .await;
        assert_eq!(fields(&changed.unwrap_err()), again);
        draft.headers[0].value = Some(Secret::from("another"));
        let changed = engine
            .update_consumer(&admin, &by_id(&kept), kept.revision, &draft)
            .await;
        let changed = changed.unwrap();
        assert_eq!(changed.secret_counter, kept.secret_counter + 1);
        let opened = served(&engine, &changed).await.fields.unwrap();
        assert_eq!(opened[0].1.expose(), "another");
        let back = engine
            .update_consumer(&admin, &by_id(&kept), changed.revision, &consumer("one"))
            .await;
        kept = back.unwrap();
    }
    // one that is not kept under this name, and a plain one
    for name in ["x-other", "accept"] {
        let mut draft = consumer("one");
        draft.headers = vec![header(name, None, true)];
        let changed = engine
            .update_consumer(&admin, &by_id(&kept), kept.revision, &draft)
            .await;
        let expected = [("/headers/0/value".to_owned(), "required")];
        assert_eq!(fields(&changed.unwrap_err()), expected);
    }
}

#[tokio::test]
async fn a_value_that_was_moved_by_hand_opens_nowhere_and_others_are_served() {
    let engine = TestEngine::start();
    caller(&engine).await;
    let (one, two) = (
        add(&engine, &consumer("one")).await,
        add(&engine, &consumer("two")).await,
    );
    let moved = |change: &dyn Fn(&mut Consumer)| {
        let mut moved = two.clone();
        change(&mut moved);
        moved
    };
    let version = |field: &mut Parameter<ParameterValue>| match &mut field.value {
        ParameterValue::Secret { version, .. } => *version += 1,
        ParameterValue::Plain(_) => panic!("a plain value"),
    };
    for altered in [
        moved(&|it| it.fields[0] = one.fields[0].clone()),
        moved(&|it| it.fields[0].name = "x-other".to_owned()),
        moved(&|it| version(&mut it.fields[0])),
        moved(&|it| it.settings.base_url = "https://b.internal.example/".try_into().unwrap()),
    ] {
        overwrite(&engine, &altered).await;
        let refused = served(&engine, &two).await.fields.unwrap_err();
        assert_eq!(refused, NotServed::Seal(SealError::Refused));
        let subject = TestSubject::Kept(by_id(&two));
        let tested = engine
            .test_consumer(&engine.as_admin(), subject, request("/"))
            .await;
        assert_eq!(kind(tested), Err(ErrorKind::SealBroken));
        assert!(served(&engine, &one).await.fields.is_ok());
    }
}

#[tokio::test]
async fn nothing_is_served_where_the_credential_is_not_bound_any_more() {
    let engine = TestEngine::start();
    caller(&engine).await;
    let made = add(&engine, &consumer("one")).await;
    let admin = engine.as_admin();
    let wanted = "caller".parse().unwrap();
    let credential = engine.get_credential(&admin, &wanted).await.unwrap();
    let changes = engine.consumers_changed();
    let draft = crate::keeping(minimal("caller"));
    let update = engine.update_credential(&admin, &wanted, credential.revision, draft);
    update.await.unwrap();
    assert!(changes.has_changed().unwrap());
    let refused = served(&engine, &made).await.fields.unwrap_err();
    let host = "api.example.com".to_owned();
    assert_eq!(refused, NotServed::HostNotBound { host });
    let subject = TestSubject::Kept(by_id(&made));
    let tested = engine.test_consumer(&admin, subject, request("/")).await;
    let expected = [("/base_url".to_owned(), "host_not_bound")];
    assert_eq!(fields(&tested.unwrap_err()), expected);
}

#[tokio::test]
async fn names_slugs_and_hosts_belong_to_one_consumer() {
    let engine = TestEngine::start();
    caller(&engine).await;
    let admin = engine.as_admin();
    let one = add(&engine, &consumer("Orders")).await;
    let two = add(&engine, &consumer("two")).await;
    let mut named = consumer("ORDERS");
    named.hosts = Vec::new();
    let mut hosted = consumer("three");
    hosted.hosts = ["three.example", "Orders.consumers.example"]
        .map(str::to_owned)
        .into();
    for (draft, slug, pointer) in [
        (&named, None, "/name"),
        (&consumer("three"), Some(one.slug.clone()), "/slug"),
        (&hosted, None, "/hosts/1"),
    ] {
        let expected = [(pointer.to_owned(), "taken")];
        let made = engine.create_consumer(&admin, slug.clone(), draft).await;
        assert_eq!(fields(&made.unwrap_err()), expected);
        if slug.is_none() {
            let changed = engine
                .update_consumer(&admin, &by_id(&two), two.revision, draft)
                .await;
            assert_eq!(fields(&changed.unwrap_err()), expected);
        }
    }
    // its own are its own, and what it gives up is free
    let moved = consumer("moved");
    let changed = engine
        .update_consumer(&admin, &by_id(&one), one.revision, &moved)
        .await;
    changed.unwrap();
    let again = add(&engine, &consumer("Orders")).await;
    assert_eq!(again.slug.as_str(), "orders-2");
}

#[tokio::test]
async fn a_consumer_is_changed_disabled_and_deleted_and_that_is_told() {
    let engine = TestEngine::start();
    caller(&engine).await;
    let admin = engine.as_admin();
    let mut receiver = engine.consumers_changed();
    let mut told = || {
        let told = receiver.has_changed().unwrap();
        receiver.mark_unchanged();
        told
    };
    let made = add(&engine, &consumer("one")).await;
    assert!(told());
    let wanted = by_id(&made);
    let same = engine
        .update_consumer(&admin, &wanted, made.revision, &keeping(consumer("one")))
        .await;
    assert_eq!(same.unwrap(), made);
    assert!(!told(), "nothing changed");
    let draft = ConsumerDraft {
        replay_bytes: 0,
        ..keeping(consumer("one"))
    };
    let stale = engine
        .update_consumer(&admin, &wanted, Revision(7), &draft)
        .await;
    assert_eq!(kind(stale), Err(ErrorKind::Stale));
    let changed = engine
        .update_consumer(&admin, &wanted, made.revision, &draft)
        .await;
    let changed = changed.unwrap();
    assert_eq!(changed.revision, Revision(2));
    assert!(told());
    for enabled in [false, true] {
        let set = engine.set_consumer_enabled(&admin, &wanted, enabled).await;
        assert_eq!(set.unwrap().enabled, enabled);
        assert!(told());
        let again = engine.set_consumer_enabled(&admin, &wanted, enabled).await;
        again.unwrap();
        assert!(!told());
    }
    let stale = engine.delete_consumer(&admin, &wanted, made.revision).await;
    assert_eq!(kind(stale), Err(ErrorKind::Stale));
    engine
        .delete_consumer(&admin, &wanted, Revision(4))
        .await
        .unwrap();
    assert!(told());
    let gone = engine.get_consumer(&admin, &wanted).await;
    assert_eq!(kind(gone), Err(ErrorKind::NotFound));
    assert!(engine.served_consumers().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_update_tells_what_it_changed_and_no_secret() {
    let engine = TestEngine::start();
    caller(&engine).await;
    let made = add(&engine, &consumer("one")).await;
    let mut draft = consumer("one");
    draft.headers[0].value = Some(Secret::from("another"));
    draft.scope = "mail.read".to_owned();
    draft.limits.concurrent = Some(5);
    let admin = engine.as_admin();
    let update = engine
        .update_consumer(&admin, &by_id(&made), made.revision, &draft)
        .await;
    update.unwrap();
    let entry = engine.audit_log().await.remove(0);
    assert_eq!(entry.action, AuditAction::ConsumerUpdate);
    let detail: Vec<(&str, &str)> = entry
        .detail
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        detail,
        [
            (
                "headers",
                "x-api-key (secret, version 1), accept=application/json → x-api-key (secret, version 2), \
                 accept=application/json"
            ),
            ("limits.concurrent", "none → 5"),
            ("scope", " → mail.read"),
        ]
    );
}

#[tokio::test]
async fn a_credential_that_a_consumer_uses_is_not_deleted() {
    let engine = TestEngine::start();
    caller(&engine).await;
    let admin = engine.as_admin();
    let made = add(&engine, &consumer("one")).await;
    let wanted = "caller".parse().unwrap();
    let named = engine.consumers_of_credential(&admin, &wanted).await;
    assert_eq!(
        named.unwrap(),
        [("one".to_owned(), "one".to_owned())].into()
    );
    let refused = engine.delete_credential(&admin, &wanted, Revision(1)).await;
    let refused = refused.unwrap_err();
    assert!(matches!(&refused, EngineError::InUse(_)), "{refused}");
    assert_eq!(
        refused.to_string(),
        "the credential is used by HTTP consumers: `one`"
    );
    let deleted = engine
        .delete_consumer(&admin, &by_id(&made), made.revision)
        .await;
    deleted.unwrap();
    let deleted = engine.delete_credential(&admin, &wanted, Revision(1)).await;
    deleted.unwrap();
}

#[tokio::test]
async fn a_list_holds_what_may_be_read_and_how_it_stands() {
    let engine = TestEngine::start();
    caller(&engine).await;
    let admin = engine.as_admin();
    let labelled = |name: &str, team: &str| ConsumerDraft {
        labels: [("team".to_owned(), team.to_owned())].into(),
        ..consumer(name)
    };
    for (name, team) in [("a", "x"), ("b", "y"), ("c", "x"), ("d", "x")] {
        add(&engine, &labelled(name, team)).await;
    }
    let reader = actor("reader", vec![grant(Action::Read, &[("team", "x")])]);
    let list = async |actor: &Actor, part: Option<&str>, cursor: Option<String>| {
        let filter = ConsumerFilter {
            part: part.map(str::to_owned),
            limit: 2,
            cursor,
            ..ConsumerFilter::default()
        };
        let listing = engine.list_consumers(actor, &filter).await.unwrap();
        let rows = listing.items.iter();
        let rows = rows.map(|it| (it.consumer.settings.name.to_string(), it.standing()));
        (rows.collect::<Vec<_>>(), listing.next_cursor)
    };
    let serving = |name: &str| (name.to_owned(), ConsumerStanding::Serving);
    let (rows, next) = list(&reader, None, None).await;
    assert_eq!(rows, ["a", "c"].map(serving));
    let (rows, next) = list(&reader, None, Some(next.unwrap())).await;
    assert_eq!((rows, next), (vec![serving("d")], None));
    assert_eq!(list(&reader, Some("B"), None).await.0, []);
    let b = "b".parse().unwrap();
    engine
        .set_consumer_enabled(&admin, &b, false)
        .await
        .unwrap();
    let standing = engine
        .consumer_standing(&admin, &b)
        .await
        .unwrap()
        .standing();
    assert_eq!(standing, ConsumerStanding::Disabled);
    let credential = "caller".parse().unwrap();
    let disabled = engine.set_credential_enabled(&admin, &credential, false);
    disabled.await.unwrap();
    let rows = list(&admin, None, None).await.0;
    let expected = [
        ("a".to_owned(), ConsumerStanding::CredentialDisabled),
        ("b".to_owned(), ConsumerStanding::Disabled),
    ];
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn one_is_tried_by_who_may_change_it() {
    let engine = TestEngine::start();
    caller(&engine).await;
    let made = add(&engine, &consumer("one")).await;
    let others = actor("others", vec![grant(Action::Manage, &[("team", "x")])]);
    for (actor, expected) in [
        (engine.as_nobody(), Err(ErrorKind::Forbidden)),
        (engine.as_viewer(), Err(ErrorKind::Forbidden)),
        (others, Err(ErrorKind::NotFound)),
        (engine.as_editor(), Ok(())),
    ] {
        for subject in [
            TestSubject::Kept(by_id(&made)),
            TestSubject::Edited(by_id(&made), Box::new(keeping(consumer("one")))),
        ] {
            let tested = engine.test_consumer(&actor, subject, request("/")).await;
            assert_eq!(kind(tested), expected, "{actor:?}");
        }
    }
}

#[tokio::test]
async fn a_test_request_has_a_plain_path() {
    let engine = TestEngine::start();
    caller(&engine).await;
    let made = add(&engine, &consumer("one")).await;
    let admin = engine.as_admin();
    let sent = async |path: &str| {
        let subject = TestSubject::Kept(by_id(&made));
        engine.test_consumer(&admin, subject, request(path)).await
    };
    for path in [
        "",
        "orders",
        "https://evil.example/",
        "/a b",
        "/a#b",
        "/a\r\nb: c",
        "/ä",
    ] {
        let expected = [("/path".to_owned(), "invalid_path")];
        assert_eq!(fields(&sent(path).await.unwrap_err()), expected, "{path}");
    }
    let report = sent("/orders?of=me").await.unwrap();
    assert_eq!(report.status, Some(200));
    // so many in a minute
    for _ in 1..30 {
        sent("/").await.unwrap();
    }
    assert_eq!(kind(sent("/").await), Err(ErrorKind::TooMany));
}

#[tokio::test]
async fn only_a_grant_to_use_it_has_a_token_sent_through_a_consumer() {
    let engine = TestEngine::start();
    caller(&engine).await;
    engine.outbound.answer_always(HOST, Answer::token("t"));
    let closed = UsedConsumer::new(Arc::new(add(&engine, &consumer("one")).await));
    let draft = ConsumerDraft {
        callers: "loopback".to_owned(),
        ..consumer("two")
    };
    let open = UsedConsumer::new(Arc::new(add(&engine, &draft).await));
    let other = grant(Action::Use, &[("team", "other")]);
    for (grants, expected) in [
        (vec![Grant::everywhere(Action::Use)], Ok(())),
        (
            vec![Grant::everywhere(Action::Token)],
            Err(ErrorKind::Forbidden),
        ),
        (
            vec![Grant::everywhere(Action::Admin)],
            Err(ErrorKind::Forbidden),
        ),
        (vec![other], Err(ErrorKind::Forbidden)),
        (Vec::new(), Err(ErrorKind::Forbidden)),
    ] {
        let caller = Caller::Known(Arc::new(actor("workload", grants)));
        let long = engine.consumer_token(&caller, &closed).await;
        assert_eq!(kind(long.map(drop)), expected, "{caller:?}");
        let short = engine.consumer_token_at_hand(&caller, &closed);
        assert_eq!(short.is_some(), expected.is_ok(), "{caller:?}");
    }
    for (used, expected) in [(&closed, Err(ErrorKind::Forbidden)), (&open, Ok(()))] {
        let long = engine.consumer_token(&Caller::Loopback, used).await;
        assert_eq!(kind(long.map(drop)), expected);
        let short = engine.consumer_token_at_hand(&Caller::Loopback, used);
        assert_eq!(short.is_some(), expected.is_ok());
    }
}

#[tokio::test]
async fn a_token_goes_to_a_host_only_as_long_as_it_is_bound() {
    let engine = TestEngine::start();
    caller(&engine).await;
    engine.outbound.answer_always(HOST, Answer::token("t"));
    let used = UsedConsumer::new(Arc::new(add(&engine, &consumer("one")).await));
    let someone = Caller::Known(Arc::new(actor(
        "workload",
        vec![Grant::everywhere(Action::Use)],
    )));
    engine.consumer_token(&someone, &used).await.unwrap();
    let admin = engine.as_admin();
    let wanted = "caller".parse().unwrap();
    let credential = engine.get_credential(&admin, &wanted).await.unwrap();
    let mut draft = crate::keeping(minimal("caller"));
    draft.settings.bound_hosts.clear();
    let update = engine.update_credential(&admin, &wanted, credential.revision, draft);
    update.await.unwrap();
    assert!(engine.consumer_token_at_hand(&someone, &used).is_none());
    let refused = engine.consumer_token(&someone, &used).await;
    assert_eq!(kind(refused.map(drop)), Err(ErrorKind::Policy));
    engine
        .set_credential_enabled(&admin, &wanted, false)
        .await
        .unwrap();
    let refused = engine.consumer_token(&someone, &used).await;
    assert_eq!(kind(refused.map(drop)), Err(ErrorKind::Disabled));
}

#[tokio::test]
async fn claims_are_asked_for_once_and_at_most_once_a_minute() {
    let engine = TestEngine::start();
    caller(&engine).await;
    engine.outbound.answer_always(HOST, Answer::token("t"));
    let used = UsedConsumer::new(Arc::new(add(&engine, &consumer("one")).await));
    let someone = Caller::Known(Arc::new(actor(
        "workload",
        vec![Grant::everywhere(Action::Use)],
    )));
    let first = engine.consumer_token(&someone, &used).await.unwrap();
    assert_eq!(first.key.claims, None);
    let claims = r#"{"access_token":{"nbf":{"essential":true}}}"#;
    let refusal = Refusal::Claims(claims.to_owned());
    let dropped = engine.refuse_consumer_token(&used, &first, &refusal).await;
    assert!(dropped.unwrap());
    let second = engine.consumer_token(&someone, &used).await.unwrap();
    assert_eq!(second.key.claims.as_deref(), Some(claims));
    let dropped = engine.refuse_consumer_token(&used, &second, &refusal).await;
    assert!(
        !dropped.unwrap(),
        "a service that asks for ever makes no storm"
    );
    engine.clock.advance(Duration::from_mins(2));
    let dropped = engine
        .refuse_consumer_token(&used, &second, &Refusal::Rejected)
        .await;
    assert!(dropped.unwrap());
    let third = engine.consumer_token(&someone, &used).await.unwrap();
    assert_eq!(third.key.claims, None);
}
