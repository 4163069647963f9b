//! How a source fares.

use std::sync::{Mutex, PoisonError};

use grantd_model::Timestamp;

use crate::error::Extent;
use crate::{SecretRead, SourceError};

/// How a source fares, as it is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceHealth {
    /// When it last answered, be it that there is nothing.
    pub answered_at: Option<Timestamp>,
    /// When a secret was last read from it.
    pub read_at: Option<Timestamp>,
    /// What it calls the version of the secret that was read last.
    pub last_version: Option<String>,
    /// Since when it can not be asked.
    pub failing_since: Option<Timestamp>,
    /// What went wrong last.
    pub last_fault: Option<SourceFault>,
    /// Since when it serves what it read before.
    pub stale_since: Option<Timestamp>,
    /// How many secrets were read.
    pub reads: u64,
    /// How many reads failed, by class.
    pub failures: Vec<(&'static str, u64)>,
    /// How many times what was read before was served.
    pub stale: u64,
    /// How many secrets are kept.
    pub kept: usize,
}

/// What went wrong with a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFault {
    /// When.
    pub at: Timestamp,
    /// Stable, `snake_case`.
    pub class: &'static str,
    /// What happened; no value.
    pub detail: String,
    /// What can be done.
    pub remedy: String,
}

/// How a source fares.
#[derive(Default)]
pub(crate) struct Health(Mutex<SourceHealth>);

impl Health {
    pub(crate) fn told(&self, kept: usize, stale_since: Option<Timestamp>) -> SourceHealth {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        SourceHealth {
            stale_since,
            kept,
            ..state.clone()
        }
    }

    /// Notes that the source was asked for a secret.
    pub(crate) fn note_read(&self, done: Result<&SecretRead, &SourceError>, now: Timestamp) {
        if let Ok(read) = done {
            let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            told.reads += 1;
            told.read_at = Some(now);
            told.last_version.clone_from(&read.version);
        }
        self.note(done.err(), now);
    }

    /// Notes that the source was asked, and what went wrong.
    pub(crate) fn note(&self, fault: Option<&SourceError>, now: Timestamp) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if fault.is_none_or(|error| error.extent() == Extent::Path) {
            told.answered_at = Some(now);
        }
        let Some(error) = fault else {
            return;
        };
        let class = error.class();
        match told.failures.iter_mut().find(|(known, _)| *known == class) {
            Some((_, count)) => *count += 1,
            None => told.failures.push((class, 1)),
        }
        told.last_fault = Some(SourceFault {
            at: now,
            class,
            detail: error.to_string(),
            remedy: error.remedy().to_owned(),
        });
    }

    /// Notes whether the source as a whole can not be asked.
    pub(crate) fn note_outage(&self, is_out: bool, now: Timestamp) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if is_out {
            told.failing_since.get_or_insert(now);
        } else {
            told.failing_since = None;
        }
    }

    /// Notes that what was read before was served.
    pub(crate) fn note_stale(&self) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.stale += 1;
    }
}
