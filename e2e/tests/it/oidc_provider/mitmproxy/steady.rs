//! How much memory and how many descriptors grantd has, and whether it stays so.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::environment::Figure;
use e2e::grantd::Grantd;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);

/// What was seen, one after the other.
#[derive(Default)]
pub(super) struct Seen(Mutex<Vec<Look>>);

#[derive(Clone, Copy)]
struct Look {
    resident_kib: u64,
    descriptors: u64,
}

impl Seen {
    /// Looks until it is over.
    pub(super) fn look(&self, grantd: &Grantd, over: &AtomicBool) -> Result<()> {
        while !over.load(Ordering::Relaxed) {
            let look = Look {
                resident_kib: grantd.memory("VmRSS")?,
                descriptors: u64::try_from(grantd.descriptors()?)?,
            };
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(look);
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// What it was at a quarter of the time and at the end.
    pub(super) fn measured(&self) -> Result<Measured> {
        let looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Measured {
            quarter: lowest(&looks, 25)?,
            end: lowest(&looks, 90)?,
        })
    }
}

/// What grantd had at a quarter of the time, when everything was in use once, and at the end.
pub(super) struct Measured {
    quarter: Look,
    end: Look,
}

impl Measured {
    /// With the bounds of [`Measured::check`].
    pub(super) fn figures(&self, percent: u64, connections: u64) -> [Figure; 2] {
        let (before, after) = (&self.quarter, &self.end);
        let at =
            |before: String, after: String| format!("{before} at a quarter, {after} at the end");
        [
            Figure {
                name: "soak of faults: resident memory",
                value: at(mib(before.resident_kib), mib(after.resident_kib)),
                wanted: format!("grows by less than {percent} %"),
            },
            Figure {
                name: "soak of faults: descriptors",
                value: at(
                    before.descriptors.to_string(),
                    after.descriptors.to_string(),
                ),
                wanted: format!("grow by {connections} at most: connections that are kept"),
            },
        ]
    }

    /// Checks that memory grew by less than so many percent, and descriptors by no more than connections are kept.
    pub(super) fn check(&self, percent: u64, connections: u64) -> Result<()> {
        let (before, after) = (&self.quarter, &self.end);
        ensure!(
            after.resident_kib * 100 < before.resident_kib * (100 + percent),
            "memory grew from {} to {} KiB",
            before.resident_kib,
            after.resident_kib
        );
        ensure!(
            after.descriptors <= before.descriptors + connections,
            "descriptors grew from {} to {}",
            before.descriptors,
            after.descriptors
        );
        Ok(())
    }
}

/// The lowest of a tenth of all looks, which begins after so many percent of them: what a fault needs for a while
/// is no growth, what is never given back is.
fn lowest(looks: &[Look], percent: usize) -> Result<Look> {
    let begin = looks.len() * percent / 100;
    let some = looks.get(begin..begin + (looks.len() / 10).max(1));
    let some = some.context("there were no looks")?;
    let least = |of: fn(&Look) -> u64| some.iter().map(of).min().unwrap_or_default();
    Ok(Look {
        resident_kib: least(|look| look.resident_kib),
        descriptors: least(|look| look.descriptors),
    })
}

/// With a decimal and the unit.
fn mib(kib: u64) -> String {
    let tenths = kib * 10 / 1024;
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}
