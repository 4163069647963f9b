//! How much may go through a consumer: a rate with a burst, and how many requests are under way at once.
//!
//! The rate is a leaky bucket kept as one number, the time until which it is full (GCRA): counting a request is
//! one exchange of that number, and nothing has to be refilled. Shared by all threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use grantd_model::consumer::ConsumerLimits;

const SECOND: u64 = 1_000_000_000;

/// Counts what goes through one consumer.
#[derive(Debug)]
pub(crate) struct Limiter {
    /// Nanoseconds between two requests; 0 without a limit.
    period: u64,
    /// How far ahead of its time a request may come, in nanoseconds.
    tolerance: u64,
    /// When the bucket would be empty, in nanoseconds of the clock that is given.
    empty_at: AtomicU64,
    most_concurrent: Option<u32>,
    concurrent: AtomicU32,
}

/// Why a request does not go through now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// So many came that this long has to be waited.
    Rate(Duration),
    /// So many are under way.
    Concurrent,
}

/// A request under way, until it is dropped.
#[derive(Debug)]
pub(crate) struct Permit(Arc<Limiter>);

impl Limiter {
    pub(crate) fn new(limits: &ConsumerLimits) -> Self {
        let rate = limits
            .requests_per_second
            .map(u64::from)
            .filter(|it| *it > 0);
        let period = rate.map_or(0, |rate| SECOND / rate);
        let burst = limits.burst.map(u64::from).or(rate).unwrap_or(0).max(1);
        Self {
            period,
            tolerance: period.saturating_mul(burst - 1),
            empty_at: AtomicU64::new(0),
            most_concurrent: limits.concurrent,
            concurrent: AtomicU32::new(0),
        }
    }

    /// Lets one through, if there is room; none is given where nothing is limited. `now` is any clock that
    /// never goes back.
    pub(crate) fn enter(self: &Arc<Self>, now: Duration) -> Result<Option<Permit>, Full> {
        let permit = self.take_place()?;
        if self.period > 0 {
            self.take_turn(nanos(now))?;
        }
        Ok(permit)
    }

    fn take_place(self: &Arc<Self>) -> Result<Option<Permit>, Full> {
        let Some(most) = self.most_concurrent else {
            return Ok(None);
        };
        let permit = Permit(Arc::clone(self));
        if self.concurrent.fetch_add(1, Ordering::AcqRel) >= most {
            return Err(Full::Concurrent);
        }
        Ok(Some(permit))
    }

    fn take_turn(&self, now: u64) -> Result<(), Full> {
        let mut seen = self.empty_at.load(Ordering::Relaxed);
        loop {
            let ahead = seen.saturating_sub(now);
            if ahead > self.tolerance {
                return Err(Full::Rate(Duration::from_nanos(ahead - self.tolerance)));
            }
            let next = seen.max(now).saturating_add(self.period);
            match self.empty_at.compare_exchange_weak(
                seen,
                next,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Ok(()),
                Err(changed) => seen = changed,
            }
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.concurrent.fetch_sub(1, Ordering::AcqRel);
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(rate: Option<u32>, burst: Option<u32>, concurrent: Option<u32>) -> Arc<Limiter> {
        Arc::new(Limiter::new(&ConsumerLimits {
            requests_per_second: rate,
            burst,
            concurrent,
        }))
    }

    #[test]
    fn a_burst_goes_through_and_then_the_rate_holds() {
        let limiter = limiter(Some(10), Some(3), None);
        let at = |millis| limiter.enter(Duration::from_millis(millis)).map(drop);
        assert_eq!([at(1000), at(1000), at(1000)], [Ok(()), Ok(()), Ok(())]);
        assert_eq!(at(1000), Err(Full::Rate(Duration::from_millis(100))));
        assert_eq!(at(1099), Err(Full::Rate(Duration::from_millis(1))));
        assert_eq!(at(1100), Ok(()));
        assert_eq!(at(1100), Err(Full::Rate(Duration::from_millis(100))));
        // after a quiet while there is no more than a burst
        let passed = (0..10).filter(|_| at(60_000).is_ok()).count();
        assert_eq!(passed, 3);
    }

    #[test]
    fn without_a_burst_a_second_s_worth_may_come_at_once() {
        let limiter = limiter(Some(5), None, None);
        let passed = (0..20).filter(|_| limiter.enter(Duration::from_secs(9)).is_ok());
        assert_eq!(passed.count(), 5);
    }

    #[test]
    fn places_are_given_back() {
        let limiter = limiter(None, None, Some(2));
        let enter = || limiter.enter(Duration::ZERO);
        let (one, two) = (enter().unwrap(), enter().unwrap());
        assert!(one.is_some() && two.is_some());
        for _ in 0..5 {
            assert_eq!(enter().map(drop), Err(Full::Concurrent));
        }
        drop(one);
        let three = enter().unwrap();
        assert_eq!(enter().map(drop), Err(Full::Concurrent));
        drop((two, three));
        assert_eq!(limiter.concurrent.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn who_has_no_turn_keeps_no_place() {
        let limiter = limiter(Some(1), Some(1), Some(1));
        assert!(limiter.enter(Duration::from_secs(1)).is_ok());
        let late = limiter.enter(Duration::from_secs(1)).map(drop);
        assert!(matches!(late, Err(Full::Rate(_))));
        assert_eq!(limiter.concurrent.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn threads_share_it() {
        let limiter = limiter(Some(1000), Some(100), None);
        let passed = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        if limiter.enter(Duration::from_secs(1)).is_ok() {
                            passed.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        assert_eq!(passed.into_inner(), 100);
    }
}
