//! A past for the examples, so that lists and pictures show what they show after a day of use. It is
//! made up, and ends an hour before now, when its last tokens ended; what happens from now on is real.

use std::sync::Arc;
use std::time::Duration;

use grantd_engine::{Engine, EngineError, KeyDraft};
use grantd_model::health::Failing;
use grantd_model::{
    Action, Actor, ActorRef, Clock, Credential, EventCause, EventId, EventResult, Grant,
    HealthRecord, Name, Timestamp, TokenEvent, UsageCount, UsageResult,
};
use grantd_store::{SqliteStore, Store, StoreError};

use super::seed::Past;
use crate::failure::Failure;
use crate::system::{SystemClock, SystemRandomness};

/// How long each token of the past lived.
const LIFETIME: Duration = Duration::from_hours(1);

/// How far the past goes back, in minutes, and where it ends.
const BACK: std::ops::Range<u64> = 70..24 * 60;

/// How far ahead tokens were renewed, in minutes after they were got.
const RENEWED: usize = 54;

/// Adds it, and returns the programs that used the examples.
///
/// # Errors
/// When it can not be added.
pub(super) async fn add(
    engine: &Engine,
    store: &SqliteStore,
    examples: &[(Credential, Past)],
) -> Result<Vec<Arc<Actor>>, Failure> {
    let refused = |error: &dyn std::fmt::Display| Failure::refused(format!("the past: {error}"));
    let programs = programs(engine).await.map_err(|error| refused(&error))?;
    let users: Vec<ActorRef> = programs.iter().map(|program| program.reference()).collect();
    let written = write(store, examples, &users).await;
    written.map_err(|error| refused(&error))?;
    Ok(programs)
}

/// The programs that used the examples.
async fn programs(engine: &Engine) -> Result<Vec<Arc<Actor>>, EngineError> {
    let mut programs = Vec::new();
    for name in ["erp-sync", "nightly-reports"] {
        let draft = KeyDraft {
            name: Name::try_from(name).map_err(|fault| EngineError::Fields(vec![fault.at("")]))?,
            grants: vec![Grant::everywhere(Action::Token)],
            expires_at: Some(SystemClock.now().plus(Duration::from_hours(24 * 82))),
        };
        let key = engine.create_key(&Actor::System, draft).await?;
        programs.push(engine.authenticate_key(key.text.expose()).await?);
    }
    Ok(programs)
}

async fn write(
    store: &SqliteStore,
    examples: &[(Credential, Past)],
    users: &[ActorRef],
) -> Result<(), StoreError> {
    let now = SystemClock.now();
    let ago = |minutes: u64| {
        Timestamp::from_seconds(now.as_seconds() - i64::try_from(minutes * 60).unwrap_or(0))
    };
    let mut unit = store.write().await?;
    for (position, (credential, past)) in (0_u64..).zip(examples) {
        if *past == Past::Unknown {
            continue;
        }
        let mut events = Vec::new();
        let first_failure = 4 * 60;
        for minutes in BACK.rev().step_by(RENEWED) {
            let at = ago(minutes);
            let fails = *past == Past::Fails && minutes < first_failure;
            // an outage of the server that nobody noticed
            let outage = *past == Past::Works && position == 0 && (480..540).contains(&minutes);
            if outage {
                for second in [0, 2, 6] {
                    let at = at.plus(Duration::from_secs(second));
                    events.push(event(credential, at, failed("server_error", "HTTP 503")));
                }
            }
            let result = if fails {
                failed(
                    "invalid_client",
                    "the server refused the client (invalid_client)",
                )
            } else {
                EventResult::Issued {
                    lifetime: LIFETIME,
                    same: false,
                }
            };
            events.push(event(credential, at.plus(Duration::from_secs(9)), result));
        }
        for event in &events {
            unit.history().append(event).await?;
        }
        let last = events.last().map_or(now, |event| event.at);
        let of = |issued: bool| {
            let is_issued = move |event: &&TokenEvent| {
                matches!(event.result, EventResult::Issued { .. }) == issued
            };
            events.iter().filter(is_issued).map(|event| event.at)
        };
        let health = match (past, of(false).min()) {
            (Past::Fails, Some(first)) => {
                let times = u64::try_from(of(false).count()).unwrap_or(0);
                failing(credential, first, last, times)
            }
            _ => HealthRecord::succeeded(credential.token_generation, last),
        };
        unit.history().put_health(credential.id, &health).await?;
        unit.credentials()
            .secret_used(credential.id, 1, of(true).max().unwrap_or(last))
            .await?;
        for (place, user) in (0_u64..).zip(users) {
            let counts: Vec<UsageCount> = BACK
                .rev()
                .step_by(20)
                .map(|minutes| UsageCount {
                    minute: minute_of(ago(minutes)),
                    credential: credential.id,
                    actor: user.clone(),
                    result: UsageResult::HandedOut,
                    count: load(minutes, position, place),
                })
                .collect();
            unit.history().add_usage(&counts, ago(BACK.start)).await?;
        }
    }
    unit.commit().await
}

/// More by day than by night.
const fn load(minutes: u64, position: u64, place: u64) -> u64 {
    let hour = minutes / 60 % 24;
    let day = if hour < 10 { 30 - 2 * hour } else { 4 + hour };
    let noise = (minutes * 7 + position * 13 + place * 29) % 11;
    (day * 3 + noise) / (1 + position + 3 * place)
}

fn minute_of(at: Timestamp) -> Timestamp {
    let seconds = at.as_seconds();
    Timestamp::from_seconds(seconds - seconds.rem_euclid(60))
}

fn failed(class: &str, detail: &str) -> EventResult {
    EventResult::Failed {
        class: class.to_owned(),
        detail: detail.to_owned(),
        remedy: None,
        retry_at: None,
    }
}

fn event(credential: &Credential, at: Timestamp, result: EventResult) -> TokenEvent {
    TokenEvent {
        id: EventId::new(at, &SystemRandomness),
        at,
        credential: credential.id,
        cause: EventCause::Renewal,
        actor: ActorRef::System,
        duration: Duration::from_millis(80 + u64::try_from(at.as_seconds() % 60).unwrap_or(0)),
        secret_version: Some(1),
        result,
    }
}

fn failing(
    credential: &Credential,
    since: Timestamp,
    last_at: Timestamp,
    times: u64,
) -> HealthRecord {
    HealthRecord {
        token_generation: credential.token_generation,
        valid_at: None,
        failing: Some(Failing {
            since,
            last_at,
            times,
            class: "invalid_client".to_owned(),
            detail: "the server refused the client (invalid_client)".to_owned(),
            remedy: Some(
                "Check the client identifier and the secret against the registration; the secret \
                 may have been replaced there."
                    .to_owned(),
            ),
        }),
    }
}
