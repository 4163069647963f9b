//! Documents that were planned, until they are applied: in memory, for a short while, one for each session.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use grantd_engine::PlanBasis;
use grantd_model::{Secret, SessionId, Timestamp};

use crate::document_text::TextForm;

/// How long a document is kept.
const KEPT: Duration = Duration::from_mins(10);

/// The most documents that are kept; beyond it, the oldest goes.
const MOST: usize = 20;

/// What a person sent to be planned; wiped at its end.
#[derive(Clone)]
pub(in crate::console) struct Typed {
    /// The document.
    pub(super) document: Secret<String>,
    /// How it is written.
    pub(super) form: TextForm,
    /// The variables; may be empty.
    pub(super) variables: Secret<String>,
}

/// A document with its plan.
pub(in crate::console) struct KeptPlan {
    at: Timestamp,
    /// What was sent.
    pub(super) typed: Typed,
    /// What was shown.
    pub(super) basis: PlanBasis,
}

/// The documents that are kept.
#[derive(Default)]
pub(in crate::console) struct KeptPlans(Mutex<HashMap<SessionId, KeptPlan>>);

impl KeptPlans {
    /// Keeps a document in place of the one before.
    pub(super) fn put(&self, session: SessionId, now: Timestamp, typed: Typed, basis: PlanBasis) {
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let plan = KeptPlan {
            at: now,
            typed,
            basis,
        };
        plans.insert(session, plan);
        while plans.len() > MOST {
            let oldest = plans.iter().min_by_key(|(_, plan)| plan.at);
            let Some(oldest) = oldest.map(|(session, _)| *session) else {
                break;
            };
            plans.remove(&oldest);
        }
    }

    /// Takes the document whose plan has this digest.
    pub(super) fn take(
        &self,
        session: SessionId,
        now: Timestamp,
        digest: &str,
    ) -> Option<KeptPlan> {
        self.forget(now);
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_meant = plans.get(&session)?.basis.digest == digest;
        if is_meant {
            plans.remove(&session)
        } else {
            None
        }
    }

    /// Forgets what is over.
    pub(in crate::console) fn forget(&self, now: Timestamp) {
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        plans.retain(|_, plan| now.since(plan.at) < KEPT);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use grantd_testkit::TestRandom;

    use super::*;

    fn typed() -> Typed {
        Typed {
            document: Secret::from("version = 1"),
            form: TextForm::Toml,
            variables: Secret::from(""),
        }
    }

    fn basis(digest: &str) -> PlanBasis {
        PlanBasis {
            digest: digest.to_owned(),
            state: BTreeMap::new(),
        }
    }

    #[test]
    fn one_is_kept_for_each_session_for_a_while_and_taken_once() {
        let (plans, random) = (KeptPlans::default(), TestRandom::default());
        let at = Timestamp::from_seconds;
        let session = || SessionId::new(at(0), &random);
        let (one, two) = (session(), session());
        plans.put(one, at(0), typed(), basis("a"));
        plans.put(one, at(1), typed(), basis("b"));
        assert!(
            plans.take(one, at(2), "a").is_none(),
            "another took its place"
        );
        assert!(plans.take(two, at(2), "b").is_none(), "it is another's");
        assert!(plans.take(one, at(2), "b").is_some());
        assert!(plans.take(one, at(2), "b").is_none(), "it was taken");
        plans.put(one, at(3), typed(), basis("c"));
        assert!(plans.take(one, at(3 + 600), "c").is_none(), "it is over");
        let sessions: Vec<SessionId> = (0..30).map(|_| session()).collect();
        for (second, session) in (1000..).zip(&sessions) {
            plans.put(*session, at(second), typed(), basis("d"));
        }
        assert_eq!(plans.0.lock().unwrap().len(), MOST);
        assert!(plans.take(sessions[29], at(1100), "d").is_some());
        assert!(plans.take(sessions[0], at(1100), "d").is_none());
    }
}
