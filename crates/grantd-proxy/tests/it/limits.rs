//! Limits of a consumer.

use std::time::Duration;

use crate::rig::{Rig, field, status};
use crate::service::{Reply, Service};

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_holds_and_says_when_to_come_again() {
    let service = Service::start(|_| Reply::ok("")).await;
    let rig = Rig::start_with(service.address, |draft| {
        draft.limits.requests_per_second = Some(1);
        draft.limits.burst = Some(3);
    })
    .await;
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let answer = rig.get("/consumers/api/x").await;
        if status(&answer) == 429 {
            assert_eq!(field(&answer, "retry-after"), Some("1"), "{answer}");
        }
        statuses.push(status(&answer));
    }
    assert_eq!(statuses[..3], [200; 3]);
    assert_eq!(statuses[4], 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_are_under_way() {
    let slow = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_vec();
    let service =
        Service::start(move |_| Reply::Later(Duration::from_millis(500), slow.clone())).await;
    let rig = Rig::start_with(service.address, |draft| draft.limits.concurrent = Some(2)).await;
    let ask = || rig.get("/consumers/api/x");
    let (a, b, c, d) = tokio::join!(ask(), ask(), ask(), ask());
    let mut statuses = [status(&a), status(&b), status(&c), status(&d)];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 429, 429]);
    assert_eq!(status(&ask().await), 200);
}
