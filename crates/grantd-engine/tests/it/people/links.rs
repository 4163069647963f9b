//! Links that let somebody in once.

use std::time::Duration;

use grantd_engine::{LinkUse, UserChange};
use grantd_model::{Actor, LinkPurpose, Role};
use grantd_testkit::TestEngine;

use super::{PASSWORD, actions, person, secret, sign_in, user, visitor};

fn setup(name: &str) -> LinkUse {
    LinkUse::Setup {
        name: name.try_into().unwrap(),
        password: secret(PASSWORD),
    }
}

#[tokio::test]
async fn the_first_admin_gets_in_by_the_setup_link_and_nobody_after() {
    let engine = TestEngine::start();
    assert!(engine.needs_setup().await.unwrap());
    let earlier = engine
        .create_setup_link(&Actor::System)
        .await
        .unwrap()
        .unwrap();
    let link = engine
        .create_setup_link(&Actor::System)
        .await
        .unwrap()
        .unwrap();
    engine.open_link(earlier.code.expose()).await.unwrap_err();
    let offer = engine.open_link(link.code.expose()).await.unwrap();
    assert_eq!((offer.purpose, offer.user), (LinkPurpose::Setup, None));
    // as people copy it
    let pasted = format!(
        " http://127.0.0.1:8710/console/link#{}\n",
        link.code.expose()
    );
    let session = engine
        .use_link(&pasted, setup("ops"), &visitor())
        .await
        .unwrap();
    let me = person(&engine, &session).await;
    assert_eq!(me.user.role, Role::Admin);
    engine
        .use_link(link.code.expose(), setup("two"), &visitor())
        .await
        .unwrap_err();
    assert!(
        engine
            .create_setup_link(&Actor::System)
            .await
            .unwrap()
            .is_none()
    );
    assert!(!engine.needs_setup().await.unwrap());
    let done = actions(&engine).await;
    assert_eq!(done, ["session.begin", "password.set", "user.create"]);
}

#[tokio::test]
async fn a_setup_link_is_dead_once_an_admin_exists() {
    let engine = TestEngine::start();
    let link = engine
        .create_setup_link(&Actor::System)
        .await
        .unwrap()
        .unwrap();
    user(&engine, "ops", Role::Admin).await;
    let used = engine
        .use_link(link.code.expose(), setup("two"), &visitor())
        .await;
    assert!(used.unwrap_err().to_string().contains("not valid"));
}

#[tokio::test]
async fn links_end_and_are_for_one_thing() {
    let engine = TestEngine::start();
    let setup_link = engine
        .create_setup_link(&Actor::System)
        .await
        .unwrap()
        .unwrap();
    let code = setup_link.code.expose();
    engine
        .use_link(code, LinkUse::SignIn, &visitor())
        .await
        .unwrap_err();
    let password = LinkUse::Password(secret(PASSWORD));
    engine
        .use_link(code, password, &visitor())
        .await
        .unwrap_err();
    engine.open_link(code).await.unwrap();
    engine.clock.advance(Duration::from_mins(15));
    engine.open_link(code).await.unwrap_err();
    engine
        .use_link(code, setup("ops"), &visitor())
        .await
        .unwrap_err();
    for nothing in ["", "gl_", "#", "x"] {
        engine.open_link(nothing).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_password_that_will_not_do_leaves_the_link() {
    let engine = TestEngine::start();
    let link = engine
        .create_setup_link(&Actor::System)
        .await
        .unwrap()
        .unwrap();
    let weak = LinkUse::Setup {
        name: "ops".try_into().unwrap(),
        password: secret("short"),
    };
    let refused = engine.use_link(link.code.expose(), weak, &visitor()).await;
    assert!(refused.unwrap_err().to_string().starts_with("/password: "));
    engine
        .use_link(link.code.expose(), setup("ops"), &visitor())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_lost_password_is_chosen_anew_and_all_sessions_end() {
    let engine = TestEngine::start();
    let ops = user(&engine, "ops", Role::Admin).await;
    let session = sign_in(&engine, "ops").await;
    let link = engine
        .create_password_link(&Actor::System, ops.id)
        .await
        .unwrap();
    let offer = engine.open_link(link.code.expose()).await.unwrap();
    assert_eq!(offer.user.unwrap().as_str(), "ops");
    let chosen = LinkUse::Password(secret("another long one"));
    engine
        .use_link(link.code.expose(), chosen, &visitor())
        .await
        .unwrap();
    engine
        .authenticate_session(session.text.expose())
        .await
        .unwrap_err();
    let old = engine.sign_in("ops", secret(PASSWORD), &visitor()).await;
    old.unwrap_err();
    engine.open_link(link.code.expose()).await.unwrap_err();
}

#[tokio::test]
async fn nobody_but_the_program_signs_in_as_somebody_else() {
    let engine = TestEngine::start();
    let ops = user(&engine, "ops", Role::Viewer).await;
    let lasts = Duration::from_mins(15);
    let admin = engine.as_admin();
    engine
        .create_sign_in_link(&admin, ops.id, lasts)
        .await
        .unwrap_err();
    let link = engine
        .create_sign_in_link(&Actor::System, ops.id, lasts)
        .await
        .unwrap();
    let session = engine
        .use_link(link.code.expose(), LinkUse::SignIn, &visitor())
        .await;
    assert_eq!(person(&engine, &session.unwrap()).await.user.id, ops.id);
    let set = engine
        .update_user(&Actor::System, ops.id, UserChange::enabled(false))
        .await;
    set.unwrap();
    let refused = engine
        .create_sign_in_link(&Actor::System, ops.id, lasts)
        .await;
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("enable the user first")
    );
}

#[tokio::test]
async fn nobody_makes_a_link_to_choose_the_own_password() {
    let engine = TestEngine::start();
    let ops = user(&engine, "ops", Role::Admin).await;
    let me = person(&engine, &sign_in(&engine, "ops").await).await.actor;
    let refused = engine.create_password_link(&me, ops.id).await.unwrap_err();
    assert!(refused.to_string().contains("oneself"), "{refused}");
}
