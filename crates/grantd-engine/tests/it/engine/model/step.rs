//! What may happen next.

use proptest::collection::vec;
use proptest::prelude::*;

const YEAR: i64 = 365 * 24 * 3600;

/// One thing that happens.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Milliseconds go by.
    Advance(u64),
    /// The wall clock is set, by so many seconds.
    Jump(i64),
    /// A caller wants so many seconds to be left, and waits.
    Ask(u64),
    /// A caller wants so many seconds to be left, and waits while other things happen.
    AskMeanwhile(u64),
    /// A caller leaves at once.
    Leave,
    /// The authorization server answers so from now on, after so many milliseconds.
    Serve(Served, u64),
    /// Somebody changes what is sent.
    Edit,
    /// Somebody changes what is nothing to a token.
    Describe,
    /// Somebody lets no tokens be given out.
    Disable,
    /// Somebody lets them be given out again.
    Enable,
    /// Somebody has the token renewed at once.
    Renew,
    /// Somebody has the tokens thrown away.
    Drop,
}

/// How the authorization server answers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Served {
    /// A new token that lasts so many seconds.
    New(u64),
    /// The token that is good, with what is left of it; else a new one of an hour.
    Same,
    /// The secret is refused.
    Refused,
    /// It is out of order.
    Unavailable,
    /// It asks to wait so many seconds.
    Wait(u64),
}

/// Up to forty things.
pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(step(), 1..40)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => advance().prop_map(Step::Advance),
        2 => jump().prop_map(Step::Jump),
        6 => wish().prop_map(Step::Ask),
        4 => wish().prop_map(Step::AskMeanwhile),
        1 => Just(Step::Leave),
        3 => (served(), delay()).prop_map(|(served, delay)| Step::Serve(served, delay)),
        1 => Just(Step::Edit),
        1 => Just(Step::Describe),
        1 => Just(Step::Disable),
        2 => Just(Step::Enable),
        1 => Just(Step::Renew),
        1 => Just(Step::Drop),
    ]
}

fn advance() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..3000, 10_000_u64..600_000, 600_000_u64..8_000_000]
}

fn jump() -> impl Strategy<Value = i64> {
    prop_oneof![-120_i64..120, -7200_i64..7200, (-10 * YEAR)..(10 * YEAR)]
}

fn wish() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0_u64), 0_u64..600, Just(3000_u64), Just(100_000_u64)]
}

fn delay() -> impl Strategy<Value = u64> {
    prop_oneof![2 => Just(0_u64), 2 => 1_u64..3000, 1 => 3000_u64..40_000]
}

fn served() -> impl Strategy<Value = Served> {
    prop_oneof![
        4 => prop_oneof![1_u64..5, 5_u64..120, Just(3600_u64), Just(400_000_000_u64)]
            .prop_map(Served::New),
        2 => Just(Served::Same),
        1 => Just(Served::Refused),
        1 => Just(Served::Unavailable),
        1 => (0_u64..10_000).prop_map(Served::Wait),
    ]
}
