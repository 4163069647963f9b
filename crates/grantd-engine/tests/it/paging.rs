//! Limits and cursors.

use std::collections::HashSet;
use std::time::Duration;

use grantd_engine::{
    AuditFilter, CredentialFilter, CredentialSort, EngineError, KeyDraft, ListedCredential, Listing,
};
use grantd_model::{Action, AuditAction, Grant};
use grantd_testkit::TestEngine;
use grantd_testkit::fixtures::{labels, minimal, selector};

use crate::{created, fields};

fn by_name(limit: u32) -> CredentialFilter {
    CredentialFilter {
        limit,
        ..CredentialFilter::default()
    }
}

/// An engine with these credentials, each a second apart, all with one label.
async fn with(names: &[&str]) -> TestEngine {
    let engine = TestEngine::start();
    for name in names {
        let mut draft = minimal(name);
        draft.settings.labels = labels(&[("team", "a")]);
        created(&engine, draft).await;
        engine.clock.advance(Duration::from_secs(1));
    }
    engine
}

async fn list(
    engine: &TestEngine,
    filter: &CredentialFilter,
) -> Result<Listing<ListedCredential>, EngineError> {
    engine.list_credentials(&engine.as_viewer(), filter).await
}

fn names(listing: &Listing<ListedCredential>) -> Vec<&str> {
    listing
        .items
        .iter()
        .map(|listed| listed.credential.settings.name.as_str())
        .collect()
}

#[tokio::test]
async fn pages_follow_each_other_to_the_end() {
    let engine = with(&["d", "B", "a", "C", "e"]).await;
    let mut filter = by_name(2);
    let mut pages = Vec::new();
    loop {
        let page = list(&engine, &filter).await.unwrap();
        pages.push(names(&page).join(" "));
        filter.cursor = page.next_cursor;
        if filter.cursor.is_none() {
            break;
        }
    }
    assert_eq!(pages, ["a B", "C d", "e"]);
    let newest = CredentialFilter {
        sort: CredentialSort::Created,
        descending: true,
        ..by_name(200)
    };
    let page = list(&engine, &newest).await.unwrap();
    assert_eq!(names(&page), ["e", "C", "a", "B", "d"]);
    assert_eq!(page.next_cursor, None);
}

#[tokio::test]
async fn a_limit_is_from_one_to_two_hundred() {
    let engine = with(&["a"]).await;
    let admin = engine.as_admin();
    for limit in [0, 201, u32::MAX] {
        let expected = [("/limit".to_owned(), "out_of_range")];
        let error = list(&engine, &by_name(limit)).await.unwrap_err();
        assert_eq!(fields(&error), expected);
        let error = engine.list_keys(&admin, limit, None).await.unwrap_err();
        assert_eq!(fields(&error), expected);
        let filter = AuditFilter {
            limit,
            ..AuditFilter::default()
        };
        let error = engine.list_audit(&admin, &filter).await.unwrap_err();
        assert_eq!(fields(&error), expected);
    }
    for limit in [1, 200] {
        list(&engine, &by_name(limit)).await.unwrap();
    }
}

#[tokio::test]
async fn a_cursor_belongs_to_its_filter_and_order() {
    let engine = with(&["a", "b", "c"]).await;
    let base = CredentialFilter {
        part: Some("c".to_owned()),
        enabled: Some(true),
        labels: Some(selector(&[("team", "a")])),
        ..by_name(1)
    };
    // `client-1` holds the part, so every credential is on the list
    let cursor = list(&engine, &base).await.unwrap().next_cursor;
    assert!(cursor.is_some());
    let changes: [fn(&mut CredentialFilter); 8] = [
        |filter| filter.part = Some("C".to_owned()),
        |filter| filter.part = None,
        |filter| filter.enabled = Some(false),
        |filter| filter.enabled = None,
        |filter| filter.labels = None,
        |filter| filter.labels = Some(selector(&[("team", "b")])),
        |filter| filter.sort = CredentialSort::Created,
        |filter| filter.descending = true,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut filter = CredentialFilter {
            cursor: cursor.clone(),
            ..base.clone()
        };
        change(&mut filter);
        let error = list(&engine, &filter).await.err();
        let error = error.unwrap_or_else(|| panic!("change {number} was let through"));
        let expected = [("/cursor".to_owned(), "invalid_cursor")];
        assert_eq!(fields(&error), expected, "{number}");
        assert!(error.to_string().contains("another filter or order"));
    }
    let other_size = CredentialFilter {
        cursor,
        limit: 7,
        ..base
    };
    let rest = list(&engine, &other_size).await.unwrap();
    assert_eq!(names(&rest), ["b", "c"]);
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let engine = with(&["a", "b"]).await;
    let admin = engine.as_admin();
    for _ in 0..2 {
        let draft = KeyDraft {
            name: "key".try_into().unwrap(),
            grants: vec![Grant::everywhere(Action::Read)],
            expires_at: None,
        };
        engine.create_key(&admin, draft).await.unwrap();
    }
    let credentials = list(&engine, &by_name(1)).await.unwrap().next_cursor;
    let keys = engine.list_keys(&admin, 1, None).await.unwrap().next_cursor;
    let audit = |cursor: Option<String>| AuditFilter {
        limit: 1,
        cursor,
        ..AuditFilter::default()
    };
    let log = engine.list_audit(&admin, &audit(None)).await.unwrap();
    let log = log.next_cursor;
    let all: HashSet<_> = [&credentials, &keys, &log].into_iter().collect();
    assert!(all.len() == 3 && !all.contains(&None));

    for cursor in [&keys, &log] {
        let filter = CredentialFilter {
            cursor: cursor.clone(),
            ..by_name(1)
        };
        list(&engine, &filter).await.unwrap_err();
    }
    for cursor in [&credentials, &log] {
        let listed = engine.list_keys(&admin, 1, cursor.as_deref()).await;
        listed.unwrap_err();
    }
    for cursor in [&credentials, &keys] {
        let listed = engine.list_audit(&admin, &audit(cursor.clone())).await;
        listed.unwrap_err();
    }
    let narrowed = AuditFilter {
        action: Some(AuditAction::KeyCreate),
        ..audit(log.clone())
    };
    engine.list_audit(&admin, &narrowed).await.unwrap_err();
    let narrowed = AuditFilter {
        object: engine.audit_log().await.pop().map(|it| it.object),
        ..audit(log.clone())
    };
    engine.list_audit(&admin, &narrowed).await.unwrap_err();
    let rest = engine.list_audit(&admin, &audit(log)).await.unwrap();
    assert_eq!(rest.items.len(), 1);
    let rest = engine.list_keys(&admin, 1, keys.as_deref()).await.unwrap();
    assert_eq!(rest.items.len(), 1);
}

#[tokio::test]
async fn rubbish_is_no_cursor() {
    let engine = with(&["a", "b"]).await;
    let good = list(&engine, &by_name(1))
        .await
        .unwrap()
        .next_cursor
        .unwrap();
    let encoded = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
    let decoded = data_encoding::BASE64URL_NOPAD.decode(good.as_bytes());
    let decoded = String::from_utf8(decoded.unwrap()).unwrap();
    for cursor in [
        String::new(),
        "rubbish!".to_owned(),
        "\u{e4}\u{f6}".to_owned(),
        "AAAA".to_owned(),
        encoded("{}"),
        encoded("null"),
        good[..good.len() - 2].to_owned(),
        format!("{good}="),
        encoded(&decoded.replace("\"t\"", "\"x\"")),
        encoded(&decoded.replace("\"t\"", "\"m\":1,\"t\"")),
    ] {
        let filter = CredentialFilter {
            cursor: Some(cursor.clone()),
            ..by_name(1)
        };
        let error = list(&engine, &filter).await.err();
        let error = error.unwrap_or_else(|| panic!("{cursor} was let through"));
        let expected = [("/cursor".to_owned(), "invalid_cursor")];
        assert_eq!(fields(&error), expected, "{cursor}");
    }
    // what is behind a good cursor may be anything: it only says where to begin
    let elsewhere = encoded(&decoded.replace("\"t\":\"a\"", "\"t\":\"' OR 1 --\""));
    let filter = CredentialFilter {
        cursor: Some(elsewhere),
        ..by_name(10)
    };
    let page = list(&engine, &filter).await.unwrap();
    assert_eq!(names(&page), ["a", "b"]);
}
