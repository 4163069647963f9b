//! Any sequence of what time, people, callers and the authorization server may do, against a model
//! that knows what must never be handed out.

mod step;
mod world;

use proptest::prelude::*;
use tokio::runtime::Builder;

use step::{Step, steps};
use world::World;

async fn run(steps: Vec<Step>) {
    let mut world = World::new().await;
    for step in steps {
        world.take(step).await;
    }
    world.end().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_token_is_handed_out_that_is_over_or_void_and_requests_are_bounded(steps in steps()) {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(run(steps));
    }
}
