//! Create, get, update, delete, enable.

use std::time::Duration;

use grantd_engine::{CredentialRef, EngineError};
use grantd_model::{
    AuditAction, Change, ErrorKind, ParameterInput, ParameterValue, Revision, Secret, SecretInput,
    SecretReference, SecretValue,
};
use grantd_testkit::TestEngine;
use grantd_testkit::fixtures::{documented, full, minimal, parameter};

use crate::{by_id, created, fields, keeping, kind};

#[tokio::test]
async fn the_documented_example_is_added_to_the_letter() {
    let engine = TestEngine::start();
    let made = created(&engine, documented()).await;
    assert_eq!(made.slug.as_str(), "sales-email-credentials");
    assert_eq!(made.settings, documented().settings);
    assert_eq!(made.revision, Revision::FIRST);
    assert!(made.enabled);
    let admin = engine.as_admin();
    for wanted in ["sales-email-credentials".to_owned(), made.id.to_string()] {
        let found = engine
            .get_credential(&admin, &wanted.parse().unwrap())
            .await;
        assert_eq!(found.unwrap(), made);
    }
}

#[tokio::test]
async fn everything_that_can_be_set_is_kept() {
    let engine = TestEngine::start();
    let draft = full("kept");
    let settings = draft.settings.clone();
    let made = created(&engine, draft).await;
    let found = engine
        .get_credential(&engine.as_viewer(), &by_id(&made))
        .await;
    let found = found.unwrap();
    assert_eq!(found, made);
    assert_eq!(found.settings, settings);
    let by = Change {
        at: grantd_testkit::TestClock::START,
        by: engine.as_admin().reference(),
    };
    assert_eq!((&found.created, &found.updated), (&by, &by));
    let names = |list: &[grantd_model::Parameter<ParameterValue>]| -> Vec<String> {
        list.iter().map(|it| format!("{it:?}")).collect()
    };
    assert!(names(&found.parameters)[0].contains("Plain(\"acme\")"));
    assert!(names(&found.parameters)[1].contains("Secret { version: 2"));
    assert!(names(&found.headers)[1].contains("Secret { version: 3"));
}

#[tokio::test]
async fn a_slug_is_chosen_or_derived_and_numbered_where_it_is_taken() {
    let engine = TestEngine::start();
    let mut slugs = Vec::new();
    for name in [
        "Sales, Mail",
        "sales mail",
        "Sales - Mail",
        "\u{55b6}\u{696d}",
    ] {
        slugs.push(created(&engine, minimal(name)).await.slug.to_string());
    }
    assert_eq!(slugs[..3], ["sales-mail", "sales-mail-2", "sales-mail-3"]);
    assert!(slugs[3].starts_with("credential-"), "{}", slugs[3]);
    let mut chosen = minimal("chosen");
    chosen.slug = Some("my-own".try_into().unwrap());
    assert_eq!(created(&engine, chosen).await.slug.as_str(), "my-own");

    let mut again = minimal("again");
    again.slug = Some("my-own".try_into().unwrap());
    let refused = engine.create_credential(&engine.as_admin(), again).await;
    let expected = [("/slug".to_owned(), "taken")];
    assert_eq!(fields(&refused.unwrap_err()), expected);
}

#[tokio::test]
async fn a_deleted_slug_is_free_and_stands_for_the_new_one() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let first = created(&engine, minimal("a")).await;
    let gone = engine
        .delete_credential(&admin, &by_id(&first), first.revision)
        .await;
    gone.unwrap();
    let second = created(&engine, minimal("a")).await;
    assert_eq!(first.slug, second.slug);
    assert_ne!(first.id, second.id);
    let by_slug = CredentialRef::Slug(first.slug.clone());
    let found = engine.get_credential(&admin, &by_slug).await.unwrap();
    assert_eq!(found.id, second.id);
    let gone = engine.get_credential(&admin, &by_id(&first)).await;
    assert_eq!(kind(gone), Err(ErrorKind::NotFound));
}

#[tokio::test]
async fn a_name_belongs_to_one_credential() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    created(&engine, minimal("B\u{fc}ro")).await;
    let other = created(&engine, minimal("other")).await;
    let expected = [("/name".to_owned(), "taken")];
    let again = engine.create_credential(&admin, minimal("B\u{dc}RO")).await;
    assert_eq!(fields(&again.unwrap_err()), expected);
    let draft = keeping(minimal("b\u{fc}ro"));
    let renamed = engine
        .update_credential(&admin, &by_id(&other), other.revision, draft)
        .await;
    assert_eq!(fields(&renamed.unwrap_err()), expected);
}

#[tokio::test]
async fn a_new_one_has_nothing_to_keep() {
    let engine = TestEngine::start();
    let mut draft = keeping(minimal("a"));
    draft.parameters = vec![parameter("p", ParameterInput::Keep)];
    draft.headers = vec![
        parameter("a", ParameterInput::Plain("x".to_owned())),
        parameter("h", ParameterInput::Keep),
    ];
    let refused = engine.create_credential(&engine.as_admin(), draft).await;
    assert_eq!(
        fields(&refused.unwrap_err()),
        [
            ("/client_secret".to_owned(), "required"),
            ("/parameters/0/value".to_owned(), "required"),
            ("/headers/1/value".to_owned(), "required"),
        ]
    );
}

#[tokio::test]
async fn every_wrong_value_is_told_at_once() {
    let engine = TestEngine::start();
    let mut draft = minimal("a");
    draft.settings.ca_bundle = Some("no certificate".to_owned());
    let reference = SecretReference {
        source: "nowhere".try_into().unwrap(),
        path: "x".to_owned(),
        key: None,
        version: None,
    };
    let method = draft.authentication.method();
    draft.authentication = method.with_secret(SecretInput::External(reference));
    let refused = engine.create_credential(&engine.as_admin(), draft).await;
    assert_eq!(
        fields(&refused.unwrap_err()),
        [
            ("/ca_bundle".to_owned(), "invalid_ca_bundle"),
            ("/client_secret_reference".to_owned(), "invalid_reference"),
        ]
    );
    assert!(engine.audit_log().await.is_empty());
}

#[tokio::test]
async fn an_update_keeps_what_it_says_and_sets_the_rest() {
    let engine = TestEngine::start();
    let before = created(&engine, full("before")).await;
    let later = engine.clock.advance(Duration::from_mins(1));
    let mut draft = keeping(full("after"));
    draft
        .settings
        .ca_bundle
        .clone_from(&before.settings.ca_bundle);
    draft.parameters[1].value = ParameterInput::Keep;
    draft.headers[1].value = ParameterInput::Keep;
    let settings = draft.settings.clone();
    let editor = engine.as_editor();
    let update = engine
        .update_credential(&editor, &by_id(&before), before.revision, draft)
        .await;
    let after = update.unwrap();
    assert_eq!(after.settings, settings);
    assert_eq!(after.revision, Revision(2));
    assert_eq!((after.id, &after.slug), (before.id, &before.slug));
    assert_eq!(after.created, before.created);
    let by = Change {
        at: later,
        by: editor.reference(),
    };
    assert_eq!(after.updated, by);
    assert_eq!(after.authentication, before.authentication);
    assert_eq!(after.parameters, before.parameters);
    assert_eq!(after.headers, before.headers);
    let found = engine.get_credential(&editor, &by_id(&before)).await;
    assert_eq!(found.unwrap(), after);
}

#[tokio::test]
async fn a_new_secret_has_a_new_version_and_the_old_one_is_gone() {
    let engine = TestEngine::start();
    let before = created(&engine, full("a")).await;
    let mut draft = full("a");
    draft
        .settings
        .ca_bundle
        .clone_from(&before.settings.ca_bundle);
    let admin = engine.as_admin();
    let update = engine
        .update_credential(&admin, &by_id(&before), before.revision, draft)
        .await;
    let after = update.unwrap();
    let secrets = after.authentication.secret();
    assert_eq!((secrets.current.version, secrets.next.len()), (4, 0));
    let (SecretValue::Internal(old), SecretValue::Internal(new)) = (
        &before.authentication.secret().current.value,
        &secrets.current.value,
    ) else {
        panic!("no sealed secret");
    };
    assert_ne!(old, new, "the same text is sealed anew");
    for (list, expected) in [(&after.parameters, 5), (&after.headers, 6)] {
        let ParameterValue::Secret { version, .. } = list[1].value else {
            panic!("no sealed value");
        };
        assert_eq!(version, expected);
    }
}

#[tokio::test]
async fn no_version_is_used_twice() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let mut made = created(&engine, minimal("a")).await;
    let secret = || ParameterInput::Secret(Secret::from("x"));
    let plain = || ParameterInput::Plain("x".to_owned());
    let mut versions = Vec::new();
    // secret, in clear text, gone, and secret again
    for value in [
        Some(secret()),
        Some(plain()),
        Some(secret()),
        None,
        Some(secret()),
    ] {
        let mut draft = keeping(minimal("a"));
        draft.parameters = value
            .map(|value| parameter("p", value))
            .into_iter()
            .collect();
        let wanted = by_id(&made);
        let update = engine.update_credential(&admin, &wanted, made.revision, draft);
        made = update.await.unwrap();
        if let Some(ParameterValue::Secret { version, .. }) =
            made.parameters.first().map(|it| &it.value)
        {
            versions.push(*version);
        }
    }
    assert_eq!(versions, [2, 3, 4]);
}

#[tokio::test]
async fn only_the_current_revision_is_changed() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let made = created(&engine, minimal("a")).await;
    let wanted = by_id(&made);
    let draft = || keeping(minimal("b"));
    let first = engine
        .update_credential(&admin, &wanted, made.revision, draft())
        .await;
    first.unwrap();
    for stale in [Revision(0), Revision(1), Revision(3)] {
        let update = engine
            .update_credential(&admin, &wanted, stale, draft())
            .await;
        let delete = engine.delete_credential(&admin, &wanted, stale).await;
        for error in [update.unwrap_err(), delete.unwrap_err()] {
            assert!(
                matches!(
                    error,
                    EngineError::Stale {
                        current: Revision(2)
                    }
                ),
                "{error}"
            );
        }
    }
    let found = engine.get_credential(&admin, &wanted).await.unwrap();
    assert_eq!(found.revision, Revision(2));
}

#[tokio::test]
async fn an_update_that_changes_nothing_leaves_no_trace() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let before = created(&engine, full("a")).await;
    engine.clock.advance(Duration::from_secs(1));
    let mut draft = keeping(full("a"));
    draft
        .settings
        .ca_bundle
        .clone_from(&before.settings.ca_bundle);
    draft.parameters[1].value = ParameterInput::Keep;
    draft.headers[1].value = ParameterInput::Keep;
    let update = engine
        .update_credential(&admin, &by_id(&before), before.revision, draft)
        .await;
    assert_eq!(update.unwrap(), before);
    let found = engine.get_credential(&admin, &by_id(&before)).await;
    assert_eq!(found.unwrap(), before);
    assert_eq!(engine.audit_log().await.len(), 1);
}

#[tokio::test]
async fn a_slug_never_changes() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let made = created(&engine, minimal("a")).await;
    let mut draft = keeping(minimal("b"));
    draft.slug = Some("b".try_into().unwrap());
    let refused = engine
        .update_credential(&admin, &by_id(&made), made.revision, draft)
        .await;
    let expected = [("/slug".to_owned(), "fixed")];
    assert_eq!(fields(&refused.unwrap_err()), expected);
    let mut draft = keeping(minimal("b"));
    draft.slug = Some(made.slug.clone());
    let same = engine
        .update_credential(&admin, &by_id(&made), made.revision, draft)
        .await;
    assert_eq!(same.unwrap().slug, made.slug);
}

#[tokio::test]
async fn enabling_what_is_enabled_changes_nothing() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let made = created(&engine, minimal("a")).await;
    let wanted = by_id(&made);
    let same = engine.set_credential_enabled(&admin, &wanted, true).await;
    assert_eq!(same.unwrap(), made);
    let off = engine.set_credential_enabled(&admin, &wanted, false).await;
    let off = off.unwrap();
    assert!(!off.enabled && off.revision == Revision(2));
    let same = engine.set_credential_enabled(&admin, &wanted, false).await;
    assert_eq!(same.unwrap(), off);
    let on = engine.set_credential_enabled(&admin, &wanted, true).await;
    let on = on.unwrap();
    assert!(on.enabled && on.revision == Revision(3));
    let actions: Vec<_> = engine
        .audit_log()
        .await
        .iter()
        .map(|it| it.action)
        .collect();
    assert_eq!(actions.len(), 3, "one each for add, disable, enable");
    for action in [
        AuditAction::CredentialDisable,
        AuditAction::CredentialEnable,
    ] {
        assert!(actions.contains(&action), "{action}");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_in_the_words_of_the_question() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    let made = created(&engine, minimal("kept")).await;
    let hidden = CredentialRef::Slug(made.slug.clone());
    let missing: CredentialRef = "missing".parse().unwrap();
    let nobody = engine.as_nobody();
    for (actor, wanted) in [
        (&admin, &missing),
        (&nobody, &hidden),
        (&nobody, &by_id(&made)),
    ] {
        let expected = format!("there is no credential `{wanted}`");
        let get = engine.get_credential(actor, wanted).await.unwrap_err();
        let draft = minimal("b");
        let update = engine
            .update_credential(actor, wanted, Revision(9), draft)
            .await;
        let delete = engine.delete_credential(actor, wanted, Revision(9)).await;
        let enable = engine.set_credential_enabled(actor, wanted, true).await;
        let fetch = engine.fetch_token(actor, wanted).await.unwrap_err();
        for error in [
            get,
            update.unwrap_err(),
            delete.unwrap_err(),
            enable.unwrap_err(),
            fetch,
        ] {
            assert_eq!(error.to_string(), expected);
        }
    }
}
