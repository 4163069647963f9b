//! Users as an admin manages them.

use grantd_engine::UserChange;
use grantd_model::{Actor, Role, User};
use grantd_testkit::TestEngine;

use super::{person, sign_in, user};

#[tokio::test]
async fn users_are_made_found_and_listed() {
    let engine = TestEngine::start();
    let admin = engine.as_admin();
    for name in ["zoe", "Adam"] {
        let made = engine
            .create_user(&admin, name.try_into().unwrap(), Role::Editor)
            .await;
        made.unwrap();
    }
    let again = engine
        .create_user(&admin, "ADAM".try_into().unwrap(), Role::Viewer)
        .await;
    assert!(again.unwrap_err().to_string().starts_with("/name: "));
    let page = engine.list_users(&admin, 1, None).await.unwrap();
    assert_eq!(page.items[0].name.as_str(), "Adam");
    let rest = engine
        .list_users(&admin, 1, page.next_cursor.as_deref())
        .await
        .unwrap();
    assert_eq!(rest.items[0].name.as_str(), "zoe");
    assert_eq!(rest.next_cursor, None);
    let by_name = engine.get_user(&admin, "adam").await.unwrap();
    let by_id = engine
        .get_user(&admin, &by_name.id.to_string())
        .await
        .unwrap();
    assert_eq!(by_name, by_id);
    engine.get_user(&admin, "nobody").await.unwrap_err();
}

#[tokio::test]
async fn somebody_who_can_administer_is_left() {
    let engine = TestEngine::start();
    let ops = user(&engine, "ops", Role::Admin).await;
    let demoted = engine
        .update_user(&Actor::System, ops.id, UserChange::role(Role::Editor))
        .await;
    assert!(demoted.unwrap_err().to_string().contains("last one"));
    let disabled = engine
        .update_user(&Actor::System, ops.id, UserChange::enabled(false))
        .await;
    assert!(disabled.unwrap_err().to_string().contains("last one"));
    let deleted = engine.delete_user(&Actor::System, ops.id).await;
    assert!(deleted.unwrap_err().to_string().contains("last one"));
    assert_eq!(engine.get_user(&Actor::System, "ops").await.unwrap(), ops);
    user(&engine, "second", Role::Admin).await;
    engine.delete_user(&Actor::System, ops.id).await.unwrap();
    engine.get_user(&Actor::System, "ops").await.unwrap_err();
}

#[tokio::test]
async fn nobody_takes_away_the_own_rights_by_a_slip() {
    let engine = TestEngine::start();
    let ops: User = user(&engine, "ops", Role::Admin).await;
    user(&engine, "second", Role::Admin).await;
    let me = person(&engine, &sign_in(&engine, "ops").await).await.actor;
    for refused in [
        engine
            .update_user(&me, ops.id, UserChange::role(Role::Viewer))
            .await
            .err(),
        engine
            .update_user(&me, ops.id, UserChange::enabled(false))
            .await
            .err(),
        engine.delete_user(&me, ops.id).await.err(),
        engine.remove_second_factor(&me, ops.id).await.err(),
    ] {
        assert!(refused.unwrap().to_string().contains("oneself"));
    }
}

#[tokio::test]
async fn a_deleted_user_is_out_at_once() {
    let engine = TestEngine::start();
    user(&engine, "boss", Role::Admin).await;
    let ops = user(&engine, "ops", Role::Editor).await;
    let session = sign_in(&engine, "ops").await;
    engine.delete_user(&Actor::System, ops.id).await.unwrap();
    engine
        .authenticate_session(session.text.expose())
        .await
        .unwrap_err();
    let log = engine.audit_log().await;
    assert_eq!(log[0].action.name(), "user.delete");
    assert_eq!(log[0].object_name, "ops");
}
