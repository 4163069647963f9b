//! What is to be told now, out of what was told and what troubles things: pure, so that it is the same after
//! a kill.

use std::collections::BTreeMap;
use std::time::Duration;

use grantd_alerts::words;
use grantd_model::alert::{AlertData, AlertObject, AlertType, Due, Trouble};
use grantd_model::{AlertCause, Labels, Timestamp};

use super::observe::{Observed, Subject, Subjects, types};

/// The most alerts that are told one by one within [`WINDOW`]; more are told in one message.
pub(super) const MOST_ALONE: usize = 30;

/// The time that they are counted in, and the least one between two messages that stand for many.
const WINDOW: Duration = Duration::from_mins(10);

/// How many of many are named.
const MOST_NAMED: usize = 20;

/// An alert that is to be told, and whom it concerns.
#[derive(Debug, Clone)]
pub(super) struct Alert {
    pub(super) kind: AlertType,
    pub(super) data: AlertData,
    pub(super) object: AlertObject,
    pub(super) labels: Option<Labels>,
}

/// What a look leads to.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// What is kept of causes that have changed.
    pub(super) keep: Vec<AlertCause>,
    /// Causes of which nothing needs to be kept.
    pub(super) forget: Vec<(String, Trouble)>,
    /// What is told one by one.
    pub(super) alone: Vec<Alert>,
    /// What is told in one message.
    pub(super) together: Vec<Alert>,
}

impl Plan {
    pub(super) const fn is_empty(&self) -> bool {
        self.keep.is_empty()
            && self.forget.is_empty()
            && self.alone.is_empty()
            && self.together.is_empty()
    }
}

/// A cause and what is to be told of it.
struct Candidate {
    before: Option<AlertCause>,
    /// What is known of it now, before anything is told.
    noted: AlertCause,
    tells: Option<(AlertCause, Alert)>,
}

/// What is to be told now.
pub(super) fn plan(causes: Vec<AlertCause>, subjects: &Subjects, now: Timestamp) -> Plan {
    let mut known: BTreeMap<(String, Trouble), AlertCause> = causes
        .into_iter()
        .map(|cause| ((cause.object.clone(), cause.trouble), cause))
        .collect();
    let within = |at: Option<Timestamp>| at.is_some_and(|at| now.since(at) < WINDOW && at <= now);
    let told = known.values().filter(|it| it.trouble != Trouble::Many);
    let told = told.filter(|it| within(it.told_at) || within(it.recovered_at));
    let room = MOST_ALONE.saturating_sub(told.count());
    let many = known.remove(&(String::new(), Trouble::Many));

    let mut candidates = Vec::new();
    for (key, subject) in &subjects.things {
        for observed in &subject.troubles {
            let before = known.remove(&(key.clone(), observed.trouble));
            candidates.push(troubled(key, subject, observed, before, now));
        }
        for trouble in &subject.well {
            if let Some(before) = known.remove(&(key.clone(), *trouble)) {
                candidates.push(well(subject, before, now));
            }
        }
    }
    // what is left is of things that are gone or disabled, or of which nothing is known now
    for ((key, trouble), before) in known {
        let goes_on = trouble == Trouble::Expiring && subjects.still_ending.contains(&key);
        if !goes_on && !subjects.things.contains_key(&key) {
            candidates.push(gone(before));
        }
    }
    share(candidates, room, many, now)
}

fn troubled(
    key: &str,
    subject: &Subject,
    observed: &Observed,
    before: Option<AlertCause>,
    now: Timestamp,
) -> Candidate {
    let mut noted = before
        .clone()
        .unwrap_or_else(|| AlertCause::new(key.to_owned(), observed.trouble));
    let (kind, _) = types(subject.kind, observed.trouble);
    let tells = match observed.trouble {
        Trouble::Expiring => {
            let end = observed.data.secret_expires_at;
            noted.note_end(end);
            end.and_then(|end| {
                let days = noted.due_days(end, now)?;
                let mut after = noted.clone();
                after.tell_days(days, end, now);
                Some((after, alert(subject, kind, observed.data.clone(), now)))
            })
        }
        Trouble::GaveUp => {
            let given_up = observed.data.given_up.unwrap_or(0);
            let given_up = u32::try_from(given_up).unwrap_or(u32::MAX);
            noted.note_given_up(given_up);
            noted.due_given_up(given_up, now).then(|| {
                let mut after = noted.clone();
                after.tell_given_up(given_up, now);
                (after, alert(subject, kind, observed.data.clone(), now))
            })
        }
        Trouble::Failing | Trouble::Lagging | Trouble::Many => {
            // where nobody knows since when, it is since it was noticed
            let since = observed.since.or(noted.since).unwrap_or(now);
            noted.note(Some(since));
            noted.due(observed.is_ripe, now).map(|due| {
                let mut after = noted.clone();
                let data = AlertData {
                    untold: after.tell(due, now),
                    since: Some(since),
                    ..observed.data.clone()
                };
                (after, alert(subject, kind, data, now))
            })
        }
    };
    Candidate {
        before,
        noted,
        tells,
    }
}

fn well(subject: &Subject, before: AlertCause, now: Timestamp) -> Candidate {
    let mut noted = before.clone();
    noted.note(None);
    noted.note_end(None);
    let (_, kind) = types(subject.kind, before.trouble);
    let tells = noted.due(true, now).filter(|due| *due == Due::Recovery);
    let tells = tells.map(|due| {
        let mut after = noted.clone();
        let data = AlertData {
            untold: after.tell(due, now),
            since: before.since,
            ..AlertData::default()
        };
        (after, alert(subject, kind, data, now))
    });
    Candidate {
        before: Some(before),
        noted,
        tells,
    }
}

/// Of what is gone nobody is told that it works again.
fn gone(before: AlertCause) -> Candidate {
    let mut noted = before.clone();
    noted.note_gone();
    Candidate {
        before: Some(before),
        noted,
        tells: None,
    }
}

fn alert(subject: &Subject, kind: AlertType, data: AlertData, now: Timestamp) -> Alert {
    let mut data = AlertData {
        object: Some(subject.told.clone()),
        ..data
    };
    data.summary = words::summary(kind, now, &data);
    Alert {
        kind,
        data,
        object: subject.kind,
        labels: subject.labels.clone(),
    }
}

/// Tells one by one as long as there is room, and the rest together; what has to wait is not told yet.
fn share(
    candidates: Vec<Candidate>,
    room: usize,
    many: Option<AlertCause>,
    now: Timestamp,
) -> Plan {
    let mut plan = Plan::default();
    let told_many = many.as_ref().and_then(|it| it.told_at);
    let may_fold = told_many.is_none_or(|at| now.since(at) >= WINDOW || at > now);
    for candidate in candidates {
        let after = match candidate.tells {
            Some((after, alert)) if plan.alone.len() < room => {
                plan.alone.push(alert);
                after
            }
            Some((after, alert)) if may_fold => {
                plan.together.push(alert);
                after
            }
            _ => candidate.noted,
        };
        if after.is_forgotten(now) {
            if candidate.before.is_some() {
                plan.forget.push((after.object, after.trouble));
            }
        } else if candidate.before.as_ref() != Some(&after) {
            plan.keep.push(after);
        }
    }
    if !plan.together.is_empty() {
        let many = many.unwrap_or_else(|| AlertCause::new(String::new(), Trouble::Many));
        plan.keep.push(AlertCause {
            told_at: Some(now),
            ..many
        });
    }
    plan
}

/// What was told and goes on, for a channel that was not told of it.
pub(super) fn going_on(causes: &[AlertCause], subjects: &Subjects, now: Timestamp) -> Vec<Alert> {
    let mut alerts = Vec::new();
    for cause in causes.iter().filter(|it| it.is_told || it.level.is_some()) {
        let Some(subject) = subjects.things.get(&cause.object) else {
            continue;
        };
        let mut troubles = subject.troubles.iter();
        let Some(observed) = troubles.find(|it| it.trouble == cause.trouble) else {
            continue;
        };
        // of another end everybody is told anew
        let is_same = observed.data.secret_expires_at == cause.end;
        if is_same && observed.data.given_up != Some(0) {
            let (kind, _) = types(subject.kind, cause.trouble);
            let data = AlertData {
                since: observed.data.since.or(cause.since),
                ..observed.data.clone()
            };
            alerts.push(alert(subject, kind, data, now));
        }
    }
    alerts
}

/// One message for many.
pub(super) fn folded<'a>(
    alerts: impl Iterator<Item = &'a Alert>,
    now: Timestamp,
) -> Option<AlertData> {
    let summaries: Vec<&str> = alerts.map(|it| it.data.summary.as_str()).collect();
    if summaries.is_empty() {
        return None;
    }
    let mut data = AlertData {
        many: Some(summaries.len() as u64),
        summaries: summaries
            .iter()
            .take(MOST_NAMED)
            .map(|it| (*it).to_owned())
            .collect(),
        ..AlertData::default()
    };
    data.summary = words::summary(AlertType::Many, now, &data);
    Some(data)
}
