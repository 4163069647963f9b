//! The way out itself: holds the policy, the authorities, the pool and the tasks of connections.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use grantd_model::{Invalid, ProxyUrl};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use url::Url;

use crate::attempt::Attempt;
use crate::connect::{Connector, timed_out};
use crate::error::{NetError, SendFailure};
use crate::exchange::{self, Message};
use crate::guard::EgressPolicy;
use crate::line::{Dial, Line};
use crate::open_answer::{Bounds, OpenAnswer};
use crate::phases::{Phase, PhaseReport, Recorder};
use crate::pool::Pool;
use crate::request::{ProxyChoice, Request};
use crate::resolve::{Resolver, SystemResolver};
use crate::response::Response;
use crate::route::Route;
use crate::target::is_this_machine;
use crate::tls::TlsConfigs;

/// The longest that an answer may be read piece by piece.
const MOST_TOTAL: Duration = Duration::from_hours(24);

/// Sends requests. The seam where tests put a server of their own making.
#[async_trait]
pub trait Outbound: Send + Sync {
    /// Sends a request and waits for the whole answer; any status is an answer.
    async fn send(&self, request: Request) -> Result<Response, SendFailure>;

    /// Sends a request and waits for the header of the answer; its body is read piece by piece.
    async fn open(&self, request: Request) -> Result<OpenAnswer, SendFailure>;

    /// Opens a line for a protocol that is not HTTP. The operator's proxy is asked for a tunnel.
    async fn dial(&self, dial: Dial) -> Result<Line, SendFailure>;
}

/// What [`Net`] is made from.
#[derive(Clone)]
pub struct NetConfig {
    /// Which addresses may be connected to.
    pub egress: EgressPolicy,
    /// The operator's proxy for everything that leaves this machine.
    pub proxy: Option<ProxyUrl>,
    /// PEM certificates of authorities trusted besides the usual ones.
    pub extra_ca_bundle: Option<String>,
    /// Looks up names.
    pub resolver: Arc<dyn Resolver>,
}

impl fmt::Debug for NetConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetConfig")
            .field("egress", &self.egress)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}

impl NetConfig {
    /// With the system's resolver, no proxy and the usual authorities.
    #[must_use]
    pub fn new(egress: EgressPolicy) -> Self {
        Self {
            egress,
            proxy: None,
            extra_ca_bundle: None,
            resolver: Arc::new(SystemResolver),
        }
    }
}

/// The only way out.
pub struct Net {
    policy: RwLock<Arc<EgressPolicy>>,
    proxy: Option<ProxyUrl>,
    resolver: Arc<dyn Resolver>,
    tls: RwLock<Arc<TlsConfigs>>,
    /// The bundle that they were made of.
    extra: Mutex<Option<String>>,
    pool: Arc<Pool>,
    /// Counts the replacements of policy and authorities.
    rules: AtomicU64,
    tasks: TaskTracker,
    stop: CancellationToken,
    /// Ends the tasks of connections when the last owner goes without closing.
    _stop_on_drop: DropGuard,
}

impl fmt::Debug for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Net").finish_non_exhaustive()
    }
}

impl Net {
    /// Loads the authorities; nothing is connected yet.
    ///
    /// # Errors
    /// When the extra CA bundle can not be read.
    pub fn new(config: NetConfig) -> Result<Self, Invalid> {
        let stop = CancellationToken::new();
        Ok(Self {
            policy: RwLock::new(Arc::new(config.egress)),
            proxy: config.proxy,
            resolver: config.resolver,
            tls: RwLock::new(Arc::new(TlsConfigs::new(
                config.extra_ca_bundle.as_deref(),
            )?)),
            extra: Mutex::new(config.extra_ca_bundle),
            pool: Arc::default(),
            rules: AtomicU64::new(0),
            tasks: TaskTracker::new(),
            _stop_on_drop: stop.clone().drop_guard(),
            stop,
        })
    }

    /// Replaces the policy; idle connections are checked against it before they are used.
    pub fn replace_egress(&self, policy: EgressPolicy) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
        self.rules.fetch_add(1, Ordering::Release);
    }

    /// Replaces the authorities that are trusted besides the usual ones, for connections that are made from here on; tells
    /// whether they are others than before.
    ///
    /// # Errors
    /// When the bundle can not be read; then those of before hold.
    pub fn replace_authorities(&self, bundle: Option<&str>) -> Result<bool, Invalid> {
        let mut extra = self.extra.lock().unwrap_or_else(PoisonError::into_inner);
        if extra.as_deref() == bundle {
            return Ok(false);
        }
        let replaced = self.tls().with_bundle(bundle)?;
        *self.tls.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(replaced);
        *extra = bundle.map(str::to_owned);
        self.rules.fetch_add(1, Ordering::Release);
        Ok(true)
    }

    /// Tells the rules of now from others: whoever keeps connections keeps none that were made by others.
    #[must_use]
    pub fn rules(&self) -> u64 {
        self.rules.load(Ordering::Acquire)
    }

    /// Connects as a request would, by name, policy, proxy and TLS, and sends nothing.
    ///
    /// # Errors
    /// With what is in the way.
    pub async fn reach(&self, request: Request) -> Result<Vec<PhaseReport>, SendFailure> {
        let mut recorder = Recorder::new(request.observer.clone());
        let (url, host, total) = (
            request.url.clone(),
            request.authority(),
            request.limits.total,
        );
        let policy = self.policy();
        let work = self.carry_out(&policy, request, |attempt, _| attempt.reach(&mut recorder));
        let result = match timeout(total, work).await {
            Ok(result) => result,
            Err(_) => Err(Self::out_of_time(&recorder, &url, &host, total)),
        };
        if result.is_err() {
            recorder.failed();
        }
        let phases = recorder.into_reports();
        match result {
            Ok(()) => Ok(phases),
            Err(error) => Err(SendFailure { error, phases }),
        }
    }

    /// Ends all connections and waits for their tasks; for shutting down, after the last request.
    pub async fn close(&self) {
        self.stop.cancel();
        self.pool.clear();
        self.tasks.close();
        self.tasks.wait().await;
    }

    pub(crate) fn connector<'a>(
        &'a self,
        policy: &'a EgressPolicy,
        limit: Duration,
    ) -> Connector<'a> {
        Connector {
            policy,
            resolver: self.resolver.as_ref(),
            tasks: &self.tasks,
            stop: &self.stop,
            limit,
        }
    }

    pub(crate) fn tls(&self) -> Arc<TlsConfigs> {
        Arc::clone(&self.tls.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn policy(&self) -> Arc<EgressPolicy> {
        Arc::clone(&self.policy.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn route(&self, choice: &ProxyChoice, url: &Url) -> Route {
        match (choice, &self.proxy) {
            (ProxyChoice::Through(proxy), _) => Route::Chosen(proxy.clone()),
            (ProxyChoice::Global, Some(proxy)) if !is_this_machine(url) => {
                Route::Global(proxy.clone())
            }
            (ProxyChoice::Global, _) => Route::Direct,
        }
    }

    /// Opens a line, and brings it under TLS if that is to be at once.
    async fn open_line(&self, dial: Dial, recorder: &mut Recorder) -> Result<Line, NetError> {
        let config = match dial.url.scheme() {
            "https" => Some(
                self.tls()
                    .config(dial.ca_bundle.as_ref(), None)
                    .map_err(NetError::InvalidRequest)?,
            ),
            _ => None,
        };
        let policy = self.policy();
        let connector = self.connector(&policy, dial.limit);
        let route = self.route(&ProxyChoice::Global, &dial.url);
        let stream = connector.open_stream(&dial.url, &route, recorder).await?;
        let line = Line::in_the_clear(
            stream,
            config.map(|config| (config, dial.url.clone(), dial.limit)),
        );
        if !dial.tls_at_once {
            return Ok(line);
        }
        recorder.begin(Phase::Tls);
        line.start_tls().await
    }

    /// Takes a request apart, and leaves the rest to the work.
    async fn carry_out<'a, T, F>(
        &'a self,
        policy: &'a EgressPolicy,
        request: Request,
        work: impl FnOnce(Attempt<'a>, Message) -> F,
    ) -> Result<T, NetError>
    where
        F: Future<Output = Result<T, NetError>>,
    {
        let tls = match request.url.scheme() {
            "https" => Some(
                self.tls()
                    .config(request.ca_bundle.as_ref(), request.certificate.as_ref())
                    .map_err(NetError::InvalidRequest)?,
            ),
            "http" => None,
            _ => {
                return Err(NetError::InvalidRequest(Invalid::new(
                    "invalid_scheme",
                    "a URL that begins with `https://` or `http://` is expected",
                )));
            }
        };
        let attempt = Attempt {
            host: request.authority(),
            url: request.url.clone(),
            route: self.route(&request.proxy, &request.url),
            tls,
            connection: request.connection,
            response_bytes: request.limits.response_bytes,
            body_observer: request.body_observer.clone(),
            connector: self.connector(policy, request.limits.connect.min(request.limits.total)),
            pool: &self.pool,
        };
        let message = exchange::message(request, &attempt.route)?;
        work(attempt, message).await
    }

    /// What running out of time means, by the phase that was open.
    fn out_of_time(recorder: &Recorder, url: &Url, host: &str, total: Duration) -> NetError {
        match recorder.open_phase() {
            Some(Phase::Request | Phase::Response) => NetError::RequestTimeout {
                host: host.to_owned(),
                after: total,
            },
            _ => timed_out(recorder, url, total),
        }
    }
}

#[async_trait]
impl Outbound for Net {
    async fn send(&self, request: Request) -> Result<Response, SendFailure> {
        let mut recorder = Recorder::new(request.observer.clone());
        let (url, host, total) = (
            request.url.clone(),
            request.authority(),
            request.limits.total,
        );
        let policy = self.policy();
        let work = self.carry_out(&policy, request, |attempt, message| {
            attempt.run(message, &mut recorder)
        });
        let result = match timeout(total, work).await {
            Ok(result) => result,
            Err(_) => Err(Self::out_of_time(&recorder, &url, &host, total)),
        };
        if result.is_err() {
            recorder.failed();
        }
        let phases = recorder.into_reports();
        match result {
            Ok(response) => {
                tracing::debug!(%host, status = response.status.as_u16(), "request answered");
                Ok(Response { phases, ..response })
            }
            Err(error) => {
                tracing::debug!(%host, %error, "request failed");
                Err(SendFailure { error, phases })
            }
        }
    }

    async fn open(&self, request: Request) -> Result<OpenAnswer, SendFailure> {
        let mut recorder = Recorder::new(request.observer.clone());
        let (url, host) = (request.url.clone(), request.authority());
        let total = request.limits.total.min(MOST_TOTAL);
        let deadline = Instant::now() + total;
        let bounds = Bounds {
            limit: request.limits.response_bytes,
            stalled: request.limits.stalled.min(MOST_TOTAL),
            deadline,
            total,
        };
        let policy = self.policy();
        let work = self.carry_out(&policy, request, |attempt, message| {
            attempt.open(message, &mut recorder, bounds)
        });
        let result = match timeout_at(deadline, work).await {
            Ok(result) => result,
            Err(_) => Err(Self::out_of_time(&recorder, &url, &host, total)),
        };
        result.map_err(|error| {
            recorder.failed();
            tracing::debug!(%host, %error, "request failed");
            SendFailure {
                error,
                phases: recorder.into_reports(),
            }
        })
    }

    async fn dial(&self, dial: Dial) -> Result<Line, SendFailure> {
        let mut recorder = Recorder::new(None);
        match self.open_line(dial, &mut recorder).await {
            Ok(line) => Ok(line),
            Err(error) => {
                recorder.failed();
                tracing::debug!(%error, "a line could not be opened");
                Err(SendFailure {
                    error,
                    phases: recorder.into_reports(),
                })
            }
        }
    }
}
