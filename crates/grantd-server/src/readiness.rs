//! Whether requests should be sent here now, and why not.
//!
//! Invariant: however often it is asked, the disk is written to once in a few seconds, and nothing secret and no name
//! is told: whoever can reach the port may ask.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use grantd_engine::{Engine, EngineError};
use serde::Serialize;
use tokio::time::{Instant, timeout};

/// How long an answer holds for whoever asks again.
const HOLDS: Duration = Duration::from_secs(5);

/// How long an answer that something is wrong holds.
const WRONG_HOLDS: Duration = Duration::from_secs(1);

/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Tells whether this grantd is ready; clones share it.
#[derive(Clone)]
pub struct Readiness(Arc<Inner>);

struct Inner {
    engine: Engine,
    is_draining: AtomicBool,
    /// What runs beside the engine, and whether it does.
    others: Mutex<Vec<Other>>,
    known: tokio::sync::Mutex<Option<(Instant, Standing)>>,
}

type Runs = dyn Fn() -> bool + Send + Sync;

struct Other {
    name: &'static str,
    runs: Box<Runs>,
}

/// One thing that is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it is.
    pub name: &'static str,
    /// Whether it is in order.
    pub ok: bool,
    /// What was found.
    pub detail: String,
}

/// How a server stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Everything that is looked at.
    pub checks: Vec<Check>,
    /// Whether a restart would be of no use: the database answers, if only with a fault, and what goes on by itself
    /// goes on.
    pub is_alive: bool,
}

impl Standing {
    /// Whether requests should be sent here.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.checks.iter().all(|check| check.ok)
    }
}

impl Check {
    fn of(name: &'static str, fine: &str, result: Result<(), String>) -> Self {
        match result {
            Ok(()) => Self {
                name,
                ok: true,
                detail: fine.to_owned(),
            },
            Err(detail) => Self {
                name,
                ok: false,
                detail,
            },
        }
    }
}

/// All of it, as it is answered.
#[derive(Debug, Serialize)]
struct Document {
    ready: bool,
    checks: Vec<Check>,
}

impl Readiness {
    /// Of this engine.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self(Arc::new(Inner {
            engine,
            is_draining: AtomicBool::new(false),
            others: Mutex::default(),
            known: tokio::sync::Mutex::default(),
        }))
    }

    /// Looks at something beside the engine as well.
    pub fn watch(&self, name: &'static str, runs: impl Fn() -> bool + Send + Sync + 'static) {
        let others = self.0.others.lock();
        let mut others = others.unwrap_or_else(PoisonError::into_inner);
        others.push(Other {
            name,
            runs: Box::new(runs),
        });
    }

    /// Says from now on that requests should go elsewhere.
    pub fn drain(&self) {
        self.0.is_draining.store(true, Ordering::Relaxed);
    }

    /// Whether it was told to end.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.0.is_draining.load(Ordering::Relaxed)
    }

    /// How it stands.
    pub async fn standing(&self) -> Standing {
        let is_draining = self.is_draining();
        let draining = is_draining.then(|| "it is ending, and takes no new work".to_owned());
        let serving = Check::of("serving", "it serves", draining.map_or(Ok(()), Err));
        let mut standing = self.work().await;
        standing.checks.insert(0, serving);
        standing
    }

    /// How the work stands, by the last look or a new one. A look goes to its end also when whoever asked has
    /// left: what it wrote is of use to the next one who asks.
    async fn work(&self) -> Standing {
        if let Some(standing) = known(self.0.known.lock().await.as_ref()) {
            return standing;
        }
        let it = self.clone();
        let looked = self.0.engine.to_the_end(async move {
            // one look at a time
            let mut last = it.0.known.lock().await;
            if let Some(standing) = known(last.as_ref()) {
                return Ok::<_, EngineError>(standing);
            }
            let standing = it.look().await;
            *last = Some((Instant::now(), standing.clone()));
            Ok(standing)
        });
        looked.await.unwrap_or_else(|error| Standing {
            checks: vec![Check::of("database", "", Err(error.to_string()))],
            is_alive: false,
        })
    }

    async fn look(&self) -> Standing {
        let standing = timeout(PATIENCE, self.0.engine.standing()).await;
        let Ok(standing) = standing else {
            let detail = format!("it does not answer within {} s", PATIENCE.as_secs());
            return Standing {
                checks: vec![Check::of("database", "", Err(detail))],
                is_alive: false,
            };
        };
        let told = |error: &dyn fmt::Display| error.to_string();
        let database = standing.database.map_err(|error| told(&error));
        let keyring = standing.keyring.map_err(|error| told(&error));
        let others = self.0.others.lock();
        let others = others.unwrap_or_else(PoisonError::into_inner);
        let stopped = others.iter().filter(|other| !(other.runs)());
        let ended: Vec<&str> = standing
            .ended
            .into_iter()
            .chain(stopped.map(|other| other.name))
            .collect();
        let is_alive = ended.is_empty();
        let background = if is_alive {
            Ok(())
        } else {
            Err(format!(
                "ended by a fault of grantd: {}; a restart begins it again",
                ended.join(", ")
            ))
        };
        let checks = vec![
            Check::of("database", "it takes writes", database),
            Check::of("keyring", "it opens what is sealed", keyring),
            Check::of(
                "background",
                "renewal, history and listeners go on",
                background,
            ),
        ];
        Standing { checks, is_alive }
    }

    /// The engine whose readiness it is.
    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    pub(crate) async fn answer(&self) -> Response {
        let standing = self.standing().await;
        let ready = standing.is_ready();
        let checks = standing.checks;
        let status = if ready {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        };
        (status, Json(Document { ready, checks })).into_response()
    }
}

/// What was found last, as long as it holds.
fn known(last: Option<&(Instant, Standing)>) -> Option<Standing> {
    let (at, standing) = last?;
    let holds = if standing.is_ready() {
        HOLDS
    } else {
        WRONG_HOLDS
    };
    (at.elapsed() < holds).then(|| standing.clone())
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readiness")
            .field("is_draining", &self.0.is_draining)
            .finish_non_exhaustive()
    }
}
