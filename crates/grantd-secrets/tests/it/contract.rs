//! What every source keeps to, whatever it reads: each rule runs against each source.

mod rigs;

use std::sync::Arc;
use std::time::Duration;

use grantd_model::source::{PathBound, Served, SourceBounds};
use grantd_model::{Clock, SecretReference};
use grantd_secrets::{CacheFor, Freshness, OpenSource, SecretRead, SourceError, Sources};
use grantd_testkit::TestClock;
use rigs::{Commands, Files, Https, Rig, Variables, Vaults};

use crate::{destination, name};

/// What no error may ever hold.
const CANARY: &str = "canary-secret-of-the-contract";

/// The same in a longer form, so that a change is seen.
const ANOTHER: &str = "canary-secret-of-the-contract, another";

struct Stage {
    sources: Arc<Sources>,
    clock: Arc<TestClock>,
}

impl Stage {
    fn over(rig: &impl Rig, cache: CacheFor) -> Self {
        let clock = Arc::new(TestClock::default());
        let sources = Arc::<Sources>::default();
        let open = OpenSource {
            kind: "tested",
            is_declared: false,
            bounds: SourceBounds {
                paths: vec![PathBound::everything()],
                origins: Served::Everywhere,
                own_ca_and_proxy: false,
            },
            cache,
            source: rig.source(clock.clone()),
        };
        let shared: Arc<dyn Clock> = clock.clone();
        sources.put(name("tested"), open, shared);
        Self { sources, clock }
    }

    async fn read(&self, rig: &impl Rig, path: &str) -> Result<SecretRead, SourceError> {
        let reference = reference(rig, path);
        let to = destination();
        let read = self.sources.read(&reference, &to, Freshness::Cached);
        let read = read.await;
        if let Err(error) = &read {
            let told = format!("{error} {error:?} {}", error.remedy());
            assert!(!told.contains("canary"), "{told}");
        }
        read
    }

    async fn class(&self, rig: &impl Rig, path: &str) -> &'static str {
        match self.read(rig, path).await {
            Ok(_) => "ok",
            Err(error) => error.class(),
        }
    }
}

fn reference(rig: &impl Rig, path: &str) -> SecretReference {
    SecretReference {
        source: name("tested"),
        path: rig.path(path),
        key: rig.key().map(str::to_owned),
        version: None,
    }
}

/// Kept for a minute, and used for an hour longer.
const KEPT: CacheFor = CacheFor {
    fresh: Duration::from_mins(1),
    stale: Duration::from_hours(1),
    look_again: Duration::from_mins(1),
    reads_per_second: 10_000,
};

async fn found_and_missing(rig: impl Rig) {
    let stage = Stage::over(&rig, CacheFor::LOCAL);
    assert_eq!(stage.class(&rig, "one").await, "missing");
    rig.put("one", CANARY);
    let read = stage.read(&rig, "one").await.unwrap();
    assert_eq!(read.value.expose(), CANARY);
    rig.take_away("one");
    assert_eq!(stage.class(&rig, "one").await, "missing");
    rig.put("one", "");
    let empty = stage.class(&rig, "one").await;
    assert!(["empty", "missing"].contains(&empty), "{empty}");
}

async fn rotated(rig: impl Rig) {
    let stage = Stage::over(&rig, KEPT);
    let mut changes = stage.sources.changes();
    rig.put("one", CANARY);
    stage.read(&rig, "one").await.unwrap();
    rig.put("one", ANOTHER);
    let kept = stage.read(&rig, "one").await.unwrap();
    assert_eq!(kept.value.expose(), CANARY, "it is kept a while");
    assert!(changes.try_recv().is_err());
    let reference = reference(&rig, "one");
    let past = stage
        .sources
        .read(&reference, &destination(), Freshness::PastCache)
        .await;
    assert_eq!(past.unwrap().value.expose(), ANOTHER);
    let told = changes.try_recv().unwrap();
    assert_eq!(told.path, rig.path("one"));
    rig.put("one", CANARY);
    stage.clock.advance(Duration::from_mins(2));
    let again = stage.read(&rig, "one").await.unwrap();
    assert_eq!(again.value.expose(), CANARY, "and then read again");
    assert!(changes.try_recv().is_ok());
    assert!(changes.try_recv().is_err(), "once for each change");
}

async fn made_again(rig: impl Rig) {
    let stage = Stage::over(&rig, KEPT);
    let mut changes = stage.sources.changes();
    rig.put("one", CANARY);
    stage.read(&rig, "one").await.unwrap();
    rig.take_away("one");
    stage.clock.advance(Duration::from_mins(2));
    assert_eq!(stage.class(&rig, "one").await, "missing");
    rig.put("one", ANOTHER);
    stage.clock.advance(Duration::from_mins(2));
    let mut reading = tokio::task::JoinSet::new();
    stage.sources.refresh(&mut reading);
    reading.join_all().await;
    let told = changes.try_recv().unwrap();
    assert_eq!(told.path, rig.path("one"), "it is another than before");
}

async fn one_path_alone(rig: impl Rig) {
    let stage = Stage::over(&rig, KEPT);
    rig.put("bad", CANARY);
    rig.upset("bad");
    for number in 0..5 {
        let good = format!("good{number}");
        rig.put(&good, CANARY);
        assert_eq!(stage.class(&rig, "bad").await, "strange");
        stage.clock.advance(Duration::from_secs(40));
        assert_eq!(stage.class(&rig, "bad").await, "strange");
        assert_eq!(stage.class(&rig, &good).await, "ok");
    }
    let health = stage.sources.list().remove(0).health;
    assert!(health.failing_since.is_none(), "{health:?}");
    // and looking for it again and again does not ask again and again
    let before = rig.reads();
    for _ in 0..5 {
        assert_eq!(stage.class(&rig, "bad").await, "strange");
    }
    assert_eq!(rig.reads(), before);
}

async fn tested_beside(rig: impl Rig) {
    let stage = Stage::over(&rig, KEPT);
    let reference = reference(&rig, "one");
    let to = destination();
    let test = || stage.sources.test(&reference, &to);
    assert_eq!(test().await.unwrap_err().class(), "missing");
    rig.put("one", CANARY);
    test().await.unwrap();
    let health = stage.sources.list().remove(0).health;
    assert_eq!(health.kept, 0, "a test keeps nothing");
    assert!(!format!("{:?}", test().await).contains("canary"));
}

async fn denied(rig: impl Rig) {
    let stage = Stage::over(&rig, KEPT);
    rig.put("one", CANARY);
    stage.read(&rig, "one").await.unwrap();
    rig.deny("one");
    stage.clock.advance(Duration::from_mins(2));
    assert_eq!(stage.class(&rig, "one").await, "denied");
    // what was taken away on purpose is not served from before
    rig.put("two", CANARY);
    assert_eq!(stage.class(&rig, "two").await, "ok");
    stage.clock.advance(Duration::from_mins(2));
    rig.take_away("two");
    assert_eq!(stage.class(&rig, "two").await, "missing");
}

async fn stale(rig: impl Rig) {
    let stage = Stage::over(&rig, KEPT);
    rig.put("one", CANARY);
    stage.read(&rig, "one").await.unwrap();
    rig.break_down();
    stage.clock.advance(Duration::from_mins(30));
    let read = stage.read(&rig, "one").await.unwrap();
    assert_eq!(read.value.expose(), CANARY);
    let health = stage.sources.list().remove(0).health;
    assert!(health.stale_since.is_some(), "{health:?}");
    let told = format!("{health:?}");
    assert!(!told.contains("canary"), "{told}");
    stage.clock.advance(Duration::from_hours(2));
    assert_ne!(stage.class(&rig, "one").await, "ok", "not for ever");
    rig.mend();
    stage.clock.advance(Duration::from_mins(2));
    assert_eq!(stage.class(&rig, "one").await, "ok");
    let health = stage.sources.list().remove(0).health;
    assert!(health.stale_since.is_none() && health.failing_since.is_none());
}

async fn oversized_and_no_text(rig: impl Rig) {
    let stage = Stage::over(&rig, CacheFor::LOCAL);
    rig.put("good", CANARY);
    rig.put("one", &"x".repeat(1_000_000));
    assert_eq!(stage.class(&rig, "one").await, "too_large");
    if rig.put_bytes("two", &[0xff, 0xfe, 0x00]) {
        let class = stage.class(&rig, "two").await;
        assert!(["not_text", "strange"].contains(&class), "{class}");
    }
    // a fault of one secret is none of the others
    assert_eq!(stage.class(&rig, "good").await, "ok");
    let health = stage.sources.list().remove(0).health;
    assert!(health.failing_since.is_none(), "{health:?}");
}

async fn hanging(rig: impl Rig) {
    let stage = Stage::over(&rig, CacheFor::LOCAL);
    rig.put("one", CANARY);
    rig.hang("one");
    let limit = Duration::from_secs(20);
    let read = tokio::time::timeout(limit, stage.class(&rig, "one"));
    assert_ne!(read.await.unwrap(), "ok", "it is bounded in time");
}

async fn outside(rig: impl Rig) {
    let stage = Stage::over(&rig, CacheFor::LOCAL);
    for path in rig.beyond() {
        let reference = SecretReference {
            path: path.to_owned(),
            ..reference(&rig, "one")
        };
        let to = destination();
        let read = stage.sources.read(&reference, &to, Freshness::Cached);
        let error = read.await.unwrap_err();
        assert_eq!(error.class(), "outside", "{path}: {error}");
    }
}

async fn at_once(rig: impl Rig) {
    let stage = Stage::over(&rig, KEPT);
    rig.put("one", CANARY);
    let before = rig.reads();
    let (a, b, c, d) = tokio::join!(
        stage.read(&rig, "one"),
        stage.read(&rig, "one"),
        stage.read(&rig, "one"),
        stage.read(&rig, "one"),
    );
    for read in [a, b, c, d] {
        assert_eq!(read.unwrap().value.expose(), CANARY);
    }
    if let (Some(before), Some(after)) = (before, rig.reads()) {
        assert_eq!(after - before, 1, "one read for all");
    }
}

macro_rules! contract {
    ($($module:ident, $rig:ident: [$($rule:ident)*],)*) => {
        $(mod $module {
            use super::*;

            $(#[tokio::test]
            async fn $rule() {
                super::$rule($rig::new()).await;
            })*
        })*
    };
}

contract! {
    files, Files: [found_and_missing rotated made_again tested_beside stale oversized_and_no_text outside at_once],
    // what a process has in its environment is not changed beside other tests: see `main.rs`
    variables, Variables: [outside],
    commands, Commands: [
        found_and_missing rotated made_again one_path_alone tested_beside denied stale oversized_and_no_text hanging outside at_once
    ],
    https, Https: [
        found_and_missing rotated made_again one_path_alone tested_beside denied stale oversized_and_no_text hanging outside at_once
    ],
    vaults, Vaults: [
        found_and_missing rotated made_again one_path_alone tested_beside denied stale oversized_and_no_text hanging outside at_once
    ],
}
