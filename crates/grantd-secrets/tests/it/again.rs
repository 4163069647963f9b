//! What is read again in the background: no more than is served, and not over and over while that fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use grantd_model::source::{PathBound, Served, SourceBounds};
use grantd_model::{Clock, Secret, SecretReference};
use grantd_secrets::{
    Browsed, CacheFor, Freshness, OpenSource, SecretRead, SecretSource, SourceError, Sources,
};
use grantd_testkit::TestClock;
use tokio::task::JoinSet;

use crate::{destination, name, reference};

/// Everywhere the same value, which is counted.
#[derive(Default)]
struct Counted {
    reads: AtomicUsize,
    is_another: AtomicBool,
    is_down: AtomicBool,
    is_gone: AtomicBool,
    kept_alive: AtomicUsize,
}

struct Reader(Arc<Counted>);

#[async_trait]
impl SecretSource for Reader {
    fn check(&self, _: &SecretReference) -> Result<(), SourceError> {
        Ok(())
    }

    async fn keep_alive(&self) {
        self.0.kept_alive.fetch_add(1, Ordering::Relaxed);
    }

    async fn read(&self, wanted: &SecretReference) -> Result<SecretRead, SourceError> {
        self.0.reads.fetch_add(1, Ordering::Relaxed);
        if wanted.path.starts_with("bad") {
            return Err(SourceError::Strange {
                detail: format!("what is at {}", wanted.path),
            });
        }
        if self.0.is_gone.load(Ordering::Relaxed) {
            return Err(SourceError::NotFound {
                path: wanted.path.clone(),
            });
        }
        if self.0.is_down.load(Ordering::Relaxed) {
            return Err(SourceError::Unavailable {
                detail: "down".to_owned(),
            });
        }
        let is_another = self.0.is_another.load(Ordering::Relaxed);
        Ok(SecretRead {
            value: Secret::from(if is_another { "another" } else { "one" }),
            version: None,
            changed_at: None,
        })
    }

    async fn browse(&self, _: &str) -> Result<Vec<Browsed>, SourceError> {
        Err(SourceError::NotListed)
    }
}

struct Stage {
    sources: Arc<Sources>,
    clock: Arc<TestClock>,
    counted: Arc<Counted>,
}

impl Stage {
    async fn with(paths: &[&str]) -> Self {
        let stage = Self {
            sources: Arc::default(),
            clock: Arc::default(),
            counted: Arc::default(),
        };
        stage.put("*");
        for path in paths {
            stage.read(path).await.unwrap();
        }
        stage
    }

    fn put(&self, bound: &str) {
        let open = OpenSource {
            kind: "tested",
            is_declared: false,
            bounds: SourceBounds {
                paths: vec![PathBound::try_from(bound.to_owned()).unwrap()],
                origins: Served::Everywhere,
                own_ca_and_proxy: false,
            },
            cache: CacheFor {
                fresh: Duration::from_mins(1),
                stale: Duration::from_hours(1),
                look_again: Duration::from_mins(1),
                reads_per_second: 10_000,
            },
            source: Box::new(Reader(Arc::clone(&self.counted))),
        };
        let clock: Arc<dyn Clock> = self.clock.clone();
        self.sources.put(name("counted"), open, clock);
    }

    async fn read(&self, path: &str) -> Result<SecretRead, SourceError> {
        let (reference, to) = (reference("counted", path), destination());
        let read = self.sources.read(&reference, &to, Freshness::Cached);
        read.await
    }

    /// Reads again what is due; tells how many reads that were.
    async fn refresh(&self) -> usize {
        let before = self.counted.reads.load(Ordering::Relaxed);
        let mut reading = JoinSet::new();
        self.sources.refresh(&mut reading);
        reading.join_all().await;
        self.counted.reads.load(Ordering::Relaxed) - before
    }
}

#[tokio::test]
async fn what_bounds_leave_out_now_is_not_read_again() {
    let stage = Stage::with(&["apps/one", "root"]).await;
    stage.clock.advance(Duration::from_mins(2));
    assert_eq!(stage.refresh().await, 2);
    stage.put("apps/*");
    stage.clock.advance(Duration::from_mins(2));
    assert_eq!(stage.refresh().await, 1);
}

#[tokio::test]
async fn a_change_beside_a_change_of_the_source_is_noticed() {
    let stage = Stage::with(&["one"]).await;
    let mut changes = stage.sources.changes();
    stage.counted.is_another.store(true, Ordering::Relaxed);
    stage.put("*");
    stage.clock.advance(Duration::from_mins(2));
    assert_eq!(stage.refresh().await, 1);
    assert_eq!(changes.try_recv().unwrap().path, "one");
}

#[tokio::test]
async fn a_source_that_is_down_is_asked_by_one_and_nothing_counts_as_served() {
    let stage = Stage::with(&["a", "b", "c", "d"]).await;
    stage.counted.is_down.store(true, Ordering::Relaxed);
    stage.clock.advance(Duration::from_mins(2));
    assert!(stage.refresh().await >= 1);
    for _ in 0..5 {
        assert_eq!(stage.refresh().await, 0, "it is known to be down");
    }
    stage.clock.advance(Duration::from_secs(40));
    assert_eq!(stage.refresh().await, 1, "one sees whether that is over");
    let health = stage.sources.list().remove(0).health;
    assert_eq!((health.stale, health.stale_since), (0, None));
    assert!(health.failing_since.is_some());
    stage.read("a").await.unwrap();
    assert_eq!(stage.sources.list().remove(0).health.stale, 1);
    stage.counted.is_down.store(false, Ordering::Relaxed);
    stage.clock.advance(Duration::from_mins(2));
    assert_eq!(stage.refresh().await, 1);
    assert_eq!(stage.refresh().await, 3, "and then all are");
    let health = stage.sources.list().remove(0).health;
    assert!(health.failing_since.is_none() && health.stale_since.is_none());
}

#[tokio::test]
async fn what_is_gone_is_not_stale_any_more() {
    let stage = Stage::with(&["one"]).await;
    stage.counted.is_down.store(true, Ordering::Relaxed);
    stage.clock.advance(Duration::from_mins(2));
    stage.read("one").await.unwrap();
    let since = || stage.sources.list().remove(0).health.stale_since;
    assert!(since().is_some());
    stage.counted.is_gone.store(true, Ordering::Relaxed);
    stage.clock.advance(Duration::from_mins(2));
    assert_eq!(stage.read("one").await.unwrap_err().class(), "missing");
    assert_eq!(since(), None);
}

#[tokio::test]
async fn a_source_that_is_back_is_read_again_soon() {
    let stage = Stage::with(&["one"]).await;
    stage.counted.is_down.store(true, Ordering::Relaxed);
    stage.clock.advance(Duration::from_mins(2));
    assert_eq!(stage.refresh().await, 1);
    stage.counted.is_down.store(false, Ordering::Relaxed);
    stage.counted.is_another.store(true, Ordering::Relaxed);
    let mut changes = stage.sources.changes();
    stage.clock.advance(Duration::from_secs(3));
    assert_eq!(stage.refresh().await, 1, "and not a minute later");
    assert!(changes.try_recv().is_ok());
    assert_eq!(stage.counted.kept_alive.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn many_bad_paths_keep_no_good_one_out_and_are_not_told_to_it() {
    let stage = Stage::with(&["good"]).await;
    for round in 0..20 {
        for bad in 0..10 {
            let error = stage.read(&format!("bad{bad}")).await.unwrap_err();
            assert_eq!(error.class(), "strange");
            let named = error.to_string();
            let of_another = named.contains("bad") && !named.contains(&format!("bad{bad}"));
            assert!(!of_another, "{named}");
        }
        stage.read(&format!("good{round}")).await.unwrap();
        stage.clock.advance(Duration::from_secs(3));
    }
    stage.clock.advance(Duration::from_mins(2));
    let health = stage.sources.list().remove(0).health;
    assert_eq!(health.stale, 0);
}
