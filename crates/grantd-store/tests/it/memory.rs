//! The contract on the store in memory, under paused time: nothing in it waits for a real clock.

use std::future::{Ready, ready};
use std::sync::Arc;

use grantd_testkit::MemoryStore;

fn open() -> Ready<((), Arc<MemoryStore>)> {
    ready(((), Arc::default()))
}

mod contract {
    grantd_testkit::store_contract!(super::super::open, start_paused = true);
}
