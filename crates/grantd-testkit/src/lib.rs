//! What tests share: a clock, an in-memory store, contract suites and a running engine.
//!
//! Nothing here reads the system's clock, draws real randomness or opens a socket, so a test that
//! uses only this repeats exactly. Invariant: no product crate depends on it but in its tests.
#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "in a test a panic is how a fault is told"
)]

pub mod clock;
pub mod contract;
pub mod engine;
pub mod failing_store;
pub mod fake_outbound;
pub mod fixtures;
pub mod memory_place;
mod memory_store;
pub mod one_answer;
pub mod one_spool;
pub mod random;
pub mod slow_store;
mod small_copies;

pub use clock::TestClock;
pub use engine::{TestEngine, no_sources};
pub use failing_store::FailingStore;
pub use fake_outbound::{Answer, FakeOutbound, Gate, Sent};
pub use grantd_engine::{AuditCheck, AuditFault};
pub use memory_place::MemoryPlace;
pub use memory_store::MemoryStore;
pub use one_answer::OneAnswer;
pub use one_spool::OneSpool;
pub use random::TestRandom;
pub use slow_store::SlowStore;
pub use small_copies::SmallCopies;
