//! Answers of a server that is reached.

use std::time::Duration;

use grantd_model::Secret;
use grantd_sandbox::Effect;

use crate::support::real::Real;

#[tokio::test]
async fn what_a_server_answers_instead_of_a_token_is_told_with_what_to_do() {
    let real = Real::start().await;
    let seconds = Duration::from_secs;
    let mut told = String::new();
    for effect in [
        Effect::None,
        Effect::RotatedSecret {
            new_secret: Secret::from("another-one"),
        },
        Effect::RateLimited {
            retry_after: seconds(30),
        },
        Effect::ServerError { retry_after: None },
        Effect::ServerError {
            retry_after: Some(seconds(30)),
        },
        Effect::ErrorIn200,
        Effect::Html,
        Effect::Empty,
        Effect::Garbage,
        Effect::Huge,
        Effect::Redirect,
    ] {
        told.push_str(&real.with_fault(effect).await);
    }
    insta::assert_snapshot!(told);
}
