//! What is counted of each consumer: for operators, in numbers that any thread adds to without waiting.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the time that phases take, in microseconds.
pub(crate) const BOUNDS_US: [u64; 12] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000,
    30_000_000,
];

/// How a request ended, in few words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The service answered, with a status of this hundred.
    Answered(u16),
    /// grantd answered in its place, with a status of this hundred.
    Refused(u16),
}

/// The phases of a request that are timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Waiting for a token that was not at hand.
    Token,
    /// Connecting, where no connection was idle.
    Connect,
    /// From sending until the header of the answer.
    Answer,
}

/// A histogram.
#[derive(Debug, Default)]
pub(crate) struct Times {
    buckets: [AtomicU64; BOUNDS_US.len() + 1],
    sum_us: AtomicU64,
}

impl Times {
    fn add(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let at = BOUNDS_US.partition_point(|bound| *bound < micros);
        if let Some(bucket) = self.buckets.get(at) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.sum_us.fetch_add(micros, Ordering::Relaxed);
    }

    /// How many fell into each, and the sum in microseconds.
    pub(crate) fn read(&self) -> (Vec<u64>, u64) {
        let buckets = self.buckets.iter();
        (
            buckets.map(|it| it.load(Ordering::Relaxed)).collect(),
            self.sum_us.load(Ordering::Relaxed),
        )
    }
}

/// How many threads count apart from each other; with more of them, some share.
const SHARDS: usize = 16;

/// What is counted of one consumer: by each thread apart, so that none takes a line of memory from another.
#[derive(Debug)]
pub(crate) struct ConsumerMetrics(Vec<Shard>);

/// What some threads have counted.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Shard {
    /// By the hundred of the status, from 1xx.
    answered: [AtomicU64; 5],
    /// By the hundred of the status, from 1xx.
    refused: [AtomicU64; 5],
    repeats: AtomicU64,
    stale_retries: AtomicU64,
    left: AtomicU64,
    /// Those that began less those that ended; of all shards together it is what is under way.
    waiting: AtomicI64,
    token: Times,
    connect: Times,
    answer: Times,
}

impl Shard {
    pub(crate) fn ended(&self, ended: Ended) {
        let (counters, status) = match ended {
            Ended::Answered(status) => (&self.answered, status),
            Ended::Refused(status) => (&self.refused, status),
        };
        let hundred = usize::from(status / 100).saturating_sub(1);
        if let Some(counter) = counters.get(hundred) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn took(&self, phase: Phase, took: Duration) {
        self.times(phase).add(took);
    }

    pub(crate) fn repeated(&self) {
        self.repeats.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn retried(&self) {
        self.stale_retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn left(&self) {
        self.left.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn waits(&self, change: i64) {
        self.waiting.fetch_add(change, Ordering::Relaxed);
    }

    const fn times(&self, phase: Phase) -> &Times {
        match phase {
            Phase::Token => &self.token,
            Phase::Connect => &self.connect,
            Phase::Answer => &self.answer,
        }
    }
}

impl Default for ConsumerMetrics {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Shard::default()).collect())
    }
}

impl ConsumerMetrics {
    /// Where the thread of this number counts.
    pub(crate) fn shard(&self, thread: usize) -> &Shard {
        // there is always one: the number is within the shards
        &self.0[thread % SHARDS]
    }

    /// Requests by who answered and the hundred of the status.
    pub(crate) fn requests(&self) -> Vec<(&'static str, &'static str, u64)> {
        const HUNDREDS: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
        let of = |by: &'static str, of: fn(&Shard) -> &[AtomicU64; 5]| {
            let hundreds = HUNDREDS.into_iter().enumerate();
            hundreds
                .map(|(at, hundred)| (by, hundred, self.sum(|shard| of(shard).get(at))))
                .collect::<Vec<_>>()
        };
        let mut all = of("service", |shard| &shard.answered);
        all.extend(of("grantd", |shard| &shard.refused));
        all
    }

    /// How many were sent again with another token.
    pub(crate) fn repeats(&self) -> u64 {
        self.sum(|shard| Some(&shard.repeats))
    }

    /// How many were sent again because an idle connection was dead.
    pub(crate) fn stale_retries(&self) -> u64 {
        self.sum(|shard| Some(&shard.stale_retries))
    }

    /// How many callers left before there was an answer.
    pub(crate) fn left(&self) -> u64 {
        self.sum(|shard| Some(&shard.left))
    }

    /// How many wait for the header of an answer.
    pub(crate) fn waiting(&self) -> i64 {
        let shards = self.0.iter();
        shards
            .map(|shard| shard.waiting.load(Ordering::Relaxed))
            .sum()
    }

    /// How many fell into each bucket of a phase, and the sum in microseconds.
    pub(crate) fn times(&self, phase: Phase) -> (Vec<u64>, u64) {
        let mut buckets = vec![0; BOUNDS_US.len() + 1];
        let mut sum = 0;
        for shard in &self.0 {
            let (counts, micros) = shard.times(phase).read();
            for (bucket, count) in buckets.iter_mut().zip(counts) {
                *bucket += count;
            }
            sum += micros;
        }
        (buckets, sum)
    }

    fn sum<'a>(&'a self, of: impl Fn(&'a Shard) -> Option<&'a AtomicU64>) -> u64 {
        let counts = self.0.iter().filter_map(of);
        counts.map(|count| count.load(Ordering::Relaxed)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_fall_into_their_buckets() {
        let times = Times::default();
        for micros in [0, 500, 501, 31_000_000] {
            times.add(Duration::from_micros(micros));
        }
        let (buckets, sum) = times.read();
        assert_eq!((buckets[0], buckets[1], buckets[12]), (2, 1, 1));
        assert_eq!(sum, 31_001_001);
    }

    #[test]
    fn requests_are_counted_by_who_answered() {
        let metrics = ConsumerMetrics::default();
        metrics.shard(0).ended(Ended::Answered(200));
        metrics.shard(1).ended(Ended::Answered(204));
        metrics.shard(99).ended(Ended::Refused(502));
        let counted: Vec<_> = metrics
            .requests()
            .into_iter()
            .filter(|it| it.2 > 0)
            .collect();
        assert_eq!(counted, [("service", "2xx", 2), ("grantd", "5xx", 1)]);
    }
}
