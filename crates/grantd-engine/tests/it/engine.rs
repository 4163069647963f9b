//! Tokens as the engine keeps them: through days, outages and jumps of the clock, under paused time.

mod clock_steps;
mod cold;
mod configuration_faults;
mod health;
mod herd;
mod idle;
mod leaving;
mod lifetimes;
mod meanwhile;
mod model;
mod outage;
mod parts;
mod recording;
mod renewal;
mod retry_after;
mod same_again;
mod secrets;
mod servers;
mod usage;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use grantd_engine::{EngineError, HandedOut, TokenWish};
use grantd_model::{Clock, Credential, Moment, TokenEvent};
use grantd_testkit::fixtures::HOST;
use grantd_testkit::{Answer, TestClock, TestEngine};
use tokio::time::sleep;

use crate::by_id;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// A token for an admin, without a particular wish.
async fn ask(engine: &TestEngine, made: &Credential) -> Result<HandedOut, EngineError> {
    ask_for(engine, made, Duration::ZERO).await
}

/// A token of which so much is left.
async fn ask_for(
    engine: &TestEngine,
    made: &Credential,
    left: Duration,
) -> Result<HandedOut, EngineError> {
    let wish = TokenWish { scope: None, left };
    engine.token(&engine.as_admin(), &by_id(made), &wish).await
}

/// Disables or enables it.
async fn set_enabled(engine: &TestEngine, made: &Credential, enabled: bool) {
    let admin = engine.as_admin();
    let set = engine
        .set_credential_enabled(&admin, &by_id(made), enabled)
        .await;
    set.unwrap();
}

/// The token itself.
fn value(handed_out: &HandedOut) -> &str {
    handed_out.access_token().value.expose()
}

/// The token, or the kind of the failure.
fn told(result: Result<HandedOut, EngineError>) -> Result<String, grantd_model::ErrorKind> {
    match result {
        Ok(handed_out) => Ok(value(&handed_out).to_owned()),
        Err(error) => Err(error.kind()),
    }
}

/// The events of a credential, newest first.
async fn events(engine: &TestEngine, made: &Credential) -> Vec<TokenEvent> {
    let admin = engine.as_admin();
    let listing = engine.list_events(&admin, &by_id(made), 100, None).await;
    listing.unwrap().items
}

/// How many requests the authorization server got.
fn requests(engine: &TestEngine) -> usize {
    engine.outbound.count(HOST)
}

/// Lets so much time go by since the beginning of the test, given the time that has.
async fn sleep_until(since: tokio::time::Instant, then: Duration) {
    sleep(then.saturating_sub(since.elapsed())).await;
}

/// An authorization server that issues `t0`, `t1` and so on, and knows when each of them ends.
#[derive(Clone)]
struct Issuer {
    clock: Arc<TestClock>,
    issued: Arc<Mutex<Vec<(Moment, Duration)>>>,
}

impl Issuer {
    /// Behind the way out of this engine, answering at once.
    fn of(engine: &TestEngine, lifetime: Duration) -> Self {
        Self::taking(engine, lifetime, Duration::ZERO)
    }

    /// The same, answering after so long.
    fn taking(engine: &TestEngine, lifetime: Duration, time: Duration) -> Self {
        let issuer = Self {
            clock: Arc::clone(&engine.clock),
            issued: Arc::default(),
        };
        let server = issuer.clone();
        engine
            .outbound
            .answer_by(HOST, move |_, _| server.issue(lifetime).taking(time));
        issuer
    }

    fn issue(&self, lifetime: Duration) -> Answer {
        let mut issued = self.issued.lock().unwrap();
        issued.push((self.clock.moment(), lifetime));
        Answer::token_for(&format!("t{}", issued.len() - 1), lifetime)
    }

    /// How much is left of a token that was handed out, by the clock that shows less.
    fn left(&self, handed_out: &HandedOut) -> Duration {
        let number: usize = value(handed_out)[1..].parse().unwrap();
        let (at, lifetime) = self.issued.lock().unwrap()[number];
        at.left_of(lifetime, self.clock.moment())
    }
}
