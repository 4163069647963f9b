//! How often settings may be validated: by each actor, and against each authorization server.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use grantd_model::{Actor, ActorRef, Moment, Origin};

use crate::EngineError;

/// The most validations of one actor within a minute.
const BY_ACTOR: u32 = 30;

/// The most validations against one authorization server within a minute.
const BY_TARGET: u32 = 60;

/// How long is counted.
const SPAN: Duration = Duration::from_mins(1);

/// Validations of the last minute.
#[derive(Default)]
pub(crate) struct Validations(Mutex<HashMap<String, (Duration, u32)>>);

impl Validations {
    /// Counts one, unless there were too many.
    pub(crate) fn take(
        &self,
        actor: &Actor,
        target: &Origin,
        now: Moment,
    ) -> Result<(), EngineError> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.retain(|_, (since, _)| now.boot.saturating_sub(*since) < SPAN);
        let who = who(actor);
        let places = [
            (format!("actor {who}"), BY_ACTOR, "validations"),
            (
                format!("target {target}"),
                BY_TARGET,
                "validations against this authorization server",
            ),
        ];
        for (place, most, what) in &places {
            if counts.get(place).is_some_and(|(_, count)| count >= most) {
                return Err(EngineError::TooMany(format!(
                    "at most {most} {what} are made in a minute; try again after that"
                )));
            }
        }
        for (place, ..) in places {
            counts.entry(place).or_insert((now.boot, 0)).1 += 1;
        }
        Ok(())
    }

    /// Counts a test of a listener's connection, unless there were too many.
    pub(crate) fn take_test(&self, actor: &Actor, now: Moment) -> Result<(), EngineError> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.retain(|_, (since, _)| now.boot.saturating_sub(*since) < SPAN);
        let (_, count) = counts
            .entry(format!("test {}", who(actor)))
            .or_insert((now.boot, 0));
        if *count >= BY_ACTOR {
            return Err(EngineError::TooMany(format!(
                "at most {BY_ACTOR} connections are tried in a minute; try again after that"
            )));
        }
        *count += 1;
        Ok(())
    }
}

fn who(actor: &Actor) -> String {
    match actor.reference() {
        ActorRef::System => "system".to_owned(),
        ActorRef::Key { id, .. } => id.to_string(),
        ActorRef::User { id, .. } => id.to_string(),
        ActorRef::Workload { issuer, subject } => format!("{issuer} {subject}"),
    }
}
