//! Token responses that are odd: read with care, or not at all.

use grantd_sandbox::{Effect, Odd};

use crate::support::real::Real;

#[tokio::test]
async fn odd_token_responses() {
    let real = Real::start().await;
    let mut told = String::new();
    for odd in [
        Odd::StringNumbers,
        Odd::NegativeLifetime,
        Odd::AbsurdLifetime,
        Odd::DuplicateMembers,
        Odd::ControlCharacters,
    ] {
        told.push_str(&real.with_fault(Effect::Odd(odd)).await);
    }
    insta::assert_snapshot!(told);
}
