//! Editors whose grants are limited by labels, and bounds that only an admin sets.

use grantd_engine::CredentialFilter;
use grantd_model::{Action, Actor, ErrorKind, Grant, ObjectId, ScopeLimit, Target};
use grantd_testkit::TestEngine;
use grantd_testkit::fixtures::{actor, grant, labels, minimal};

use crate::{by_id, created, keeping, kind};

fn of_team_a() -> Actor {
    actor("eve", vec![grant(Action::Manage, &[("team", "a")])])
}

fn labelled(name: &str, team: &str) -> grantd_model::CredentialDraft {
    let mut draft = minimal(name);
    draft.settings.labels = labels(&[("team", team), ("env", "test")]);
    draft
}

#[tokio::test]
async fn an_editor_of_a_label_works_within_it() {
    let engine = TestEngine::start();
    let eve = of_team_a();
    let made = engine.create_credential(&eve, labelled("own", "a")).await;
    let made = made.unwrap();
    for draft in [labelled("other", "b"), minimal("bare")] {
        let refused = engine.create_credential(&eve, draft).await;
        assert_eq!(kind(refused), Err(ErrorKind::Forbidden));
    }
    let foreign = created(&engine, labelled("foreign", "b")).await;
    let hidden = engine.get_credential(&eve, &by_id(&foreign)).await;
    assert_eq!(kind(hidden), Err(ErrorKind::NotFound));
    let filter = CredentialFilter {
        limit: 10,
        ..CredentialFilter::default()
    };
    let seen = engine.list_credentials(&eve, &filter).await.unwrap();
    assert_eq!(seen.items.len(), 1);
    assert_eq!(seen.items[0].credential, made);
}

#[tokio::test]
async fn an_editor_of_a_label_moves_nothing_out_of_it_and_nothing_in() {
    let engine = TestEngine::start();
    let eve = of_team_a();
    let own = created(&engine, labelled("own", "a")).await;
    let foreign = created(&engine, labelled("foreign", "b")).await;
    for draft in [labelled("own", "b"), minimal("own")] {
        let out = engine
            .update_credential(&eve, &by_id(&own), own.revision, keeping(draft))
            .await;
        assert_eq!(kind(out), Err(ErrorKind::Forbidden));
    }
    let draft = keeping(labelled("foreign", "a"));
    let taken = engine
        .update_credential(&eve, &by_id(&foreign), foreign.revision, draft)
        .await;
    assert_eq!(kind(taken), Err(ErrorKind::NotFound));
    let mut draft = keeping(labelled("own", "a"));
    draft.settings.labels = labels(&[("team", "a"), ("env", "prod")]);
    let within = engine
        .update_credential(&eve, &by_id(&own), own.revision, draft)
        .await;
    within.unwrap();
}

#[tokio::test]
async fn a_grant_by_id_is_for_that_one_alone() {
    let engine = TestEngine::start();
    let (one, two) = (
        created(&engine, minimal("one")).await,
        created(&engine, minimal("two")).await,
    );
    let by_id_of_one = Grant {
        action: Action::Manage,
        on: Target::Ids([ObjectId::from(one.id)].into()),
        scopes: ScopeLimit::Any,
    };
    let eve = actor("eve", vec![by_id_of_one]);
    let draft = || keeping(minimal("renamed"));
    let update = engine
        .update_credential(&eve, &by_id(&one), one.revision, draft())
        .await;
    update.unwrap();
    let update = engine
        .update_credential(&eve, &by_id(&two), two.revision, draft())
        .await;
    assert_eq!(kind(update), Err(ErrorKind::NotFound));
    let create = engine.create_credential(&eve, minimal("new")).await;
    assert_eq!(kind(create), Err(ErrorKind::Forbidden));
}

#[tokio::test]
async fn only_an_admin_sets_bound_hosts_and_mailboxes() {
    let engine = TestEngine::start();
    let (admin, editor) = (engine.as_admin(), engine.as_editor());
    let limited_admin = actor("lea", vec![grant(Action::Admin, &[("team", "a")])]);
    let bounded = |which: usize| {
        let mut draft = labelled("bounded", "a");
        match which {
            0 => draft.settings.bound_hosts = vec!["api.example.com".to_owned()],
            _ => draft.settings.allowed_mailboxes = vec!["a@example.com".to_owned()],
        }
        draft
    };
    for which in [0, 1] {
        for actor in [&editor, &limited_admin] {
            let refused = engine.create_credential(actor, bounded(which)).await;
            assert_eq!(kind(refused), Err(ErrorKind::Forbidden));
        }
        let made = engine.create_credential(&admin, bounded(which)).await;
        let made = made.unwrap();
        let wanted = by_id(&made);
        let lifted = keeping(labelled("bounded", "a"));
        let refused = engine
            .update_credential(&editor, &wanted, made.revision, lifted)
            .await;
        assert_eq!(kind(refused), Err(ErrorKind::Forbidden));
        let mut kept = keeping(bounded(which));
        kept.settings.description = "changed".to_owned();
        let done = engine
            .update_credential(&editor, &wanted, made.revision, kept)
            .await;
        let done = done.unwrap();
        let gone = engine
            .delete_credential(&admin, &wanted, done.revision)
            .await;
        gone.unwrap();
    }
}
