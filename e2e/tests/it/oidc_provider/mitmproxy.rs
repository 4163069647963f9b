//! Faults on the way to the authorization server, one after the other, while workloads ask for tokens, keys are
//! made and revoked, and grantd's own certificate is replaced. Every failure is of the class of the fault that is
//! there, everything recovers by itself when it is gone, and memory and descriptors stay what they were.
//!
//! `GRANTD_SOAK_SECONDS` says for how long; each fault comes once at least.

#![expect(
    clippy::disallowed_methods,
    reason = "what was told is judged by what was there at that time"
)]

mod callers;
mod events;
mod fault;
mod stage;
mod steady;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use e2e::environment::{self, Figure};
use e2e::grantd::{Api, Grantd, Settings};

use callers::Calls;
use events::{Event, ISSUED};
use fault::{FAULTS, Failure, Fault, MOVED, REDIRECTED};
use stage::Stage;
use steady::Seen;

/// How long a fault is there at least, in turn.
const HOLDS: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_secs(2),
    Duration::from_secs(5),
];

/// How long something may take that is waited for: a cool-down is the longest.
const PATIENCE: Duration = Duration::from_mins(1);

const PAUSE: Duration = Duration::from_millis(50);

/// Memory grows by less, in percent. In a short run the caches are still being filled.
const GROWS: [u64; 2] = [25, 10];

/// A run that is not short.
const LONG: Duration = Duration::from_mins(5);

#[test]
fn every_failure_is_of_the_class_of_its_fault_and_memory_and_descriptors_stay() -> Result<()> {
    let grantd = Grantd::start_with(&Settings {
        tls: true,
        more: "[log]\nlevel = \"warn\"\n".to_owned(),
        ..Settings::default()
    })?;
    let mut stage = Stage::set(&grantd)?;
    let (admin, workload) = (grantd.api()?, stage::workload(&grantd)?);
    let (calls, seen) = (Calls::default(), Seen::default());
    let (renewed, taken) = (stage.renewed(), stage.taken());
    let duration = environment::soak();
    let results = thread::scope(|scope| {
        scope.spawn(|| calls.renew(&admin, &renewed));
        for _ in 0..2 {
            scope.spawn(|| calls.ask(&workload, &taken));
        }
        scope.spawn(|| calls.change_keys(&admin, &taken));
        let looking = scope.spawn(|| seen.look(&grantd, &calls.over));
        let ended = Soak::begin(&grantd, &mut stage, &calls).and_then(|soak| soak.run(duration));
        calls.over.store(true, Ordering::Relaxed);
        looking
            .join()
            .ok()
            .context("the look at grantd panicked")??;
        ended
    })?;
    let percent = GROWS[usize::from(duration >= LONG)];
    let connections = u64::try_from(stage.all().len())?;
    let measured = seen.measured()?;
    let mut figures = Vec::from(told(&calls, &results));
    figures.extend(measured.figures(percent, connections));
    for it in &figures {
        println!("{}: {}", it.name, it.value);
    }
    environment::hand_over(&figures)?;
    measured.check(percent, connections)
}

/// What became of the requests.
fn told(calls: &Calls, results: &BTreeMap<String, u64>) -> [Figure; 2] {
    let number = |of: &AtomicU64| of.load(Ordering::Relaxed);
    let results = results
        .iter()
        .map(|(result, count)| format!("{result} {count}"));
    [
        Figure {
            name: "soak of faults: requests to grantd",
            value: format!(
                "{}, of which {} failed; {} keys made and revoked",
                number(&calls.requests),
                number(&calls.failures),
                number(&calls.keys)
            ),
            wanted: String::new(),
        },
        Figure {
            name: "soak of faults: its requests to the server, by result",
            value: results.collect::<Vec<_>>().join(", "),
            wanted: "each that of the fault that was there".to_owned(),
        },
    ]
}

/// The faults as they come and go.
struct Soak<'a> {
    grantd: &'a Grantd,
    stage: &'a mut Stage,
    admin: Api,
    calls: &'a Calls,
    /// The fault of before.
    before: Option<&'static Fault>,
    /// The last event of each credential that was judged.
    judged: BTreeMap<String, String>,
    /// How often each result was written down.
    results: BTreeMap<String, u64>,
}

impl<'a> Soak<'a> {
    /// Waits until every credential has got a token.
    fn begin(grantd: &'a Grantd, stage: &'a mut Stage, calls: &'a Calls) -> Result<Self> {
        let soak = Self {
            admin: grantd.api()?,
            grantd,
            stage,
            calls,
            before: None,
            judged: BTreeMap::new(),
            results: BTreeMap::new(),
        };
        soak.until("every credential has a token", |it| {
            it.has_recovered(&BTreeMap::new())
        })?;
        Ok(soak)
    }

    /// All faults again and again until the time is over, and then the end: everything is well. Tells how often
    /// each result was written down.
    fn run(mut self, duration: Duration) -> Result<BTreeMap<String, u64>> {
        let begun = Instant::now();
        for round in 0.. {
            self.grantd.renew_certificate()?;
            for fault in &FAULTS {
                if round > 0 && begun.elapsed() >= duration {
                    break;
                }
                let hold = HOLDS[round % HOLDS.len()];
                self.hold(fault, hold).with_context(|| fault.name)?;
            }
            // what met the redirect is tried again by itself
            self.until("the credential that met the redirect recovers", |it| {
                Ok(events::last(&it.admin, MOVED)?.result == ISSUED)
            })?;
            if begun.elapsed() >= duration {
                break;
            }
        }
        for slug in self.stage.all() {
            let shown = self.admin.get(&format!("/v1/credentials/{slug}"))?;
            let health = shown.expect(200)?.json()?["health"].clone();
            ensure!(health["state"] == "valid", "{slug}: {health}");
        }
        Ok(self.results)
    }

    /// Injects a fault until it was met, takes it away, waits until everything has recovered, and judges all that
    /// was told and written down meanwhile.
    fn hold(&mut self, fault: &'static Fault, at_least: Duration) -> Result<()> {
        let (begun, before) = (Instant::now(), self.last_events()?);
        self.stage.inject(fault, self.grantd)?;
        let (mut by_force, mut by_itself) = (false, false);
        self.until("the fault is met", |it| {
            by_force |= it.judge_calls(fault, begun)?;
            by_itself = by_itself || it.is_met(fault, &before)?;
            Ok(by_force && by_itself && begun.elapsed() >= at_least)
        })?;
        self.stage.take_away(fault, &self.admin)?;
        let before = self.last_events()?;
        self.until("everything recovers", |it| {
            it.judge_calls(fault, begun)?;
            it.has_recovered(&before)
        })?;
        self.judge_events(fault)?;
        self.before = Some(fault);
        Ok(())
    }

    /// Judges what callers were told; tells whether one that renewed by force has met the fault.
    fn judge_calls(&self, fault: &Fault, begun: Instant) -> Result<bool> {
        let mut is_met = false;
        for call in self.calls.take()? {
            let is_within = call.forced && call.begun >= begun && fault.meets(&call.slug);
            let Some((code, detail)) = &call.problem else {
                is_met |= is_within && fault.failure.is_none();
                continue;
            };
            let is_of = |failure: &Failure| failure.is_problem(code, detail);
            is_met |= is_within && fault.failure.as_ref().is_some_and(is_of);
            // who asked before may have met the one of before
            let earlier = self.before.filter(|_| call.begun < begun);
            ensure!(
                fault.causes().any(is_of)
                    || earlier.is_some_and(|it| it.causes().any(is_of))
                    || call.slug == MOVED && is_of(&REDIRECTED),
                "{} was told {code}: {detail}",
                call.slug
            );
        }
        Ok(is_met)
    }

    /// Whether one of the credentials that are only asked for has met the fault since then.
    fn is_met(&self, fault: &Fault, before: &BTreeMap<String, Event>) -> Result<bool> {
        for slug in self.stage.taken().iter().filter(|slug| fault.meets(slug)) {
            let event = events::last(&self.admin, slug)?;
            let is_wanted = match &fault.failure {
                Some(failure) => failure.is_event(&event.result, &event.detail),
                None => event.result == ISSUED,
            };
            if is_wanted && before.get(slug).is_some_and(|it| it.id < event.id) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether every credential has got a token since then. The one that met the redirect may be waiting still.
    fn has_recovered(&self, before: &BTreeMap<String, Event>) -> Result<bool> {
        for (slug, event) in self.last_events()? {
            let is_new = before.get(&slug).is_none_or(|it| it.id < event.id);
            let waits = slug == MOVED && event.result == REDIRECTED.class;
            let is_well = waits || is_new && event.result == ISSUED;
            if !is_well {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Judges and counts every request to the authorization server that was written down since the last time.
    fn judge_events(&mut self, fault: &Fault) -> Result<()> {
        for slug in self.stage.all() {
            let judged = self.judged.entry(slug.clone()).or_default();
            for event in events::since(&self.admin, &slug, judged)?.into_iter().rev() {
                let is_of = |failure: &Failure| failure.is_event(&event.result, &event.detail);
                ensure!(
                    event.result == ISSUED
                        || fault.causes().any(is_of)
                        || slug == MOVED && is_of(&REDIRECTED),
                    "of {slug} was written down: {event:?}"
                );
                *self.results.entry(event.result).or_default() += 1;
                *judged = event.id;
            }
        }
        Ok(())
    }

    fn last_events(&self) -> Result<BTreeMap<String, Event>> {
        let slugs = self.stage.all().into_iter();
        let event = |slug: String| Ok((slug.clone(), events::last(&self.admin, &slug)?));
        slugs.map(event).collect()
    }

    fn until(&self, what: &str, mut is_so: impl FnMut(&Self) -> Result<bool>) -> Result<()> {
        let begun = Instant::now();
        while !is_so(self)? {
            if begun.elapsed() > PATIENCE {
                bail!(
                    "after {PATIENCE:?} not so: {what}; {:?}",
                    self.last_events()?
                );
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }
}
