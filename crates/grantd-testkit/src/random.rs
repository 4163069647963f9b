//! Randomness that repeats from run to run and never within one.

use std::sync::atomic::{AtomicU64, Ordering};

use grantd_model::Randomness;

/// The increment of `SplitMix64`: odd, so that the state takes every value before one comes again.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A stream of blocks of 8 bytes, no two of them equal. Two seeds give parts of one long stream
/// that are far apart.
#[derive(Debug)]
pub struct TestRandom(AtomicU64);

impl TestRandom {
    /// The stream of this seed.
    #[must_use]
    pub const fn seeded(seed: u64) -> Self {
        Self(AtomicU64::new(mix(seed)))
    }

    fn block(&self) -> [u8; 8] {
        let state = self.0.fetch_add(STEP, Ordering::SeqCst);
        mix(state.wrapping_add(STEP)).to_le_bytes()
    }
}

impl Default for TestRandom {
    fn default() -> Self {
        Self::seeded(0)
    }
}

impl Randomness for TestRandom {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let block = self.block();
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

/// The output function of `SplitMix64`, a bijection.
const fn mix(state: u64) -> u64 {
    let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_seed_repeats_and_its_stream_does_not() {
        let (one, other) = (TestRandom::seeded(7), TestRandom::seeded(7));
        let mut seen = HashSet::new();
        for _ in 0..10_000 {
            let (mut a, mut b) = ([0; 16], [0; 16]);
            one.fill(&mut a);
            other.fill(&mut b);
            assert_eq!(a, b);
            assert!(seen.insert(a));
        }
        let mut c = [0; 16];
        TestRandom::seeded(8).fill(&mut c);
        assert!(!seen.contains(&c));
    }
}
