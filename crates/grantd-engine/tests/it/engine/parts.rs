//! Tokens for parts of a credential's scopes: sixteen of them at once.

use grantd_engine::{EngineError, HandedOut, TokenWish};
use grantd_model::{Credential, ErrorKind, ScopeSet, ScopeSetting};
use grantd_testkit::TestEngine;
use grantd_testkit::fixtures::minimal;
use tokio::time::sleep;

use super::{HOUR, Issuer, MINUTE, requests, told, value};
use crate::{by_id, created};

async fn with_scopes(engine: &TestEngine) -> Credential {
    let mut draft = minimal("a");
    let all: Vec<String> = (0..20).map(|number| format!("s{number}")).collect();
    draft.settings.scope = ScopeSetting::Set(ScopeSet::parse(&all.join(" ")).unwrap());
    created(engine, draft).await
}

async fn ask_part(
    engine: &TestEngine,
    made: &Credential,
    scopes: &str,
) -> Result<HandedOut, EngineError> {
    let wish = TokenWish {
        scope: Some(ScopeSet::parse(scopes).unwrap()),
        ..TokenWish::default()
    };
    engine.token(&engine.as_admin(), &by_id(made), &wish).await
}

#[tokio::test(start_paused = true)]
async fn each_part_has_its_token_in_whatever_order_it_is_asked_for() {
    let engine = TestEngine::flowing();
    let made = with_scopes(&engine).await;
    Issuer::of(&engine, HOUR);
    let one = ask_part(&engine, &made, "s1 s2").await.unwrap();
    let other = ask_part(&engine, &made, "s2 s1").await.unwrap();
    let third = ask_part(&engine, &made, "s2").await.unwrap();
    let whole = super::ask(&engine, &made).await.unwrap();
    let ScopeSetting::Set(all) = &made.settings.scope else {
        panic!("scopes are set");
    };
    let named = ask_part(&engine, &made, &all.to_string()).await.unwrap();
    let values = [&one, &other, &third, &whole, &named].map(value);
    assert_eq!(values, ["t0", "t0", "t1", "t2", "t2"]);
    let body = engine.outbound.sent()[1].body().to_owned();
    assert!(body.contains("scope=s2") && !body.contains("s1"), "{body}");
    engine.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_seventeenth_is_refused_until_an_idle_one_is_over() {
    let engine = TestEngine::flowing();
    let made = with_scopes(&engine).await;
    Issuer::of(&engine, HOUR);
    for number in 0..16 {
        let part = ask_part(&engine, &made, &format!("s{number}")).await;
        assert_eq!(told(part), Ok(format!("t{number}")));
    }
    let refused = ask_part(&engine, &made, "s16").await;
    assert_eq!(told(refused), Err(ErrorKind::TooMany));
    // those that have one are served, and so are all scopes together
    assert_eq!(told(ask_part(&engine, &made, "s3").await), Ok("t3".into()));
    assert_eq!(told(super::ask(&engine, &made).await), Ok("t16".into()));
    assert_eq!(requests(&engine), 17);

    // all but one are left to end
    for _ in 0..(3 * 60) {
        ask_part(&engine, &made, "s0").await.unwrap();
        sleep(MINUTE).await;
    }
    let before = requests(&engine);
    assert!(ask_part(&engine, &made, "s16").await.is_ok());
    assert!(ask_part(&engine, &made, "s0").await.is_ok());
    assert_eq!(requests(&engine), before + 1);
    engine.end().await;
}
