//! One thread of the data path: its connections, its tasks, and how it asks the engine.
//!
//! Invariant: nothing here waits for another thread but for a token that is not at hand.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use grantd_engine::{Caller, Engine, HeldToken};
use grantd_model::UsageResult;
use grantd_net::Net;
use http::HeaderValue;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

use crate::access_log::{AccessLog, Sampler};
use crate::clients::Clients;
use crate::problem::Problem;
use crate::route::Route;
use crate::table::Table;
use crate::upstream::Upstream;

/// How often connections are looked at, tokens counted, and what is of no use any more is thrown away.
const LOOK: Duration = Duration::from_secs(1);

/// The most values of tokens that are kept.
const MOST_VALUES: usize = 4096;

/// One thread of the data path.
pub(crate) struct Worker {
    /// Which thread it is.
    pub(crate) number: usize,
    pub(crate) engine: Engine,
    pub(crate) net: Arc<Net>,
    pub(crate) table: Arc<ArcSwap<Table>>,
    pub(crate) log: Sampler,
    /// Whether callers may do without a key where a consumer says so.
    pub(crate) keyless: bool,
    /// Who is connected.
    pub(crate) clients: Clients,
    /// Where the engine's work is done.
    engine_runtime: Handle,
    engine_tasks: TaskTracker,
    tasks: TaskTracker,
    upstreams: RefCell<HashMap<u64, Rc<Upstream>>>,
    /// The field that a token makes, by consumer and revision, until there is another token.
    values: RefCell<HashMap<u64, (Arc<HeldToken>, HeaderValue)>>,
    /// Tokens that were sent and are not counted yet, by consumer and caller.
    uncounted: RefCell<HashMap<(u64, usize), Uncounted>>,
    /// When a token was last said to be due for renewal, by consumer and revision.
    renewing: RefCell<HashMap<u64, Duration>>,
}

/// Tokens that one caller had sent through one consumer.
struct Uncounted {
    caller: Caller,
    route: Arc<Route>,
    count: u64,
}

impl Worker {
    pub(crate) fn new(
        number: usize,
        (engine, net, table): (Engine, Arc<Net>, Arc<ArcSwap<Table>>),
        (engine_runtime, engine_tasks): (Handle, TaskTracker),
        (log, keyless): (AccessLog, bool),
    ) -> Rc<Self> {
        Rc::new(Self {
            number,
            engine,
            net,
            table,
            log: Sampler::new(log),
            keyless,
            clients: Clients::default(),
            engine_runtime,
            engine_tasks,
            tasks: TaskTracker::new(),
            upstreams: RefCell::default(),
            values: RefCell::default(),
            uncounted: RefCell::default(),
            renewing: RefCell::default(),
        })
    }

    /// The time since the machine was started.
    pub(crate) fn now(&self) -> Duration {
        self.engine.since_boot()
    }

    /// Begins what goes on by itself, until the thread's tasks are dropped at its end.
    pub(crate) fn run(&self, work: impl Future<Output = ()> + 'static) {
        self.tasks.spawn_local(work);
    }

    /// Has the engine do something where it does its other work.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Problem> {
        let task = self.engine_tasks.spawn_on(work, &self.engine_runtime);
        task.await.map_err(|_| Problem::Internal)
    }

    /// The connections to a route's origin.
    pub(crate) fn upstream(&self, route: &Route) -> Rc<Upstream> {
        let rules = self.net.rules();
        let mut upstreams = self.upstreams.borrow_mut();
        let upstream = upstreams
            .entry(route.origin.number)
            .or_insert_with(|| Upstream::new(Arc::clone(&route.origin), rules));
        upstream.obey(rules);
        Rc::clone(upstream)
    }

    /// The field that a token makes; made once for each token.
    pub(crate) fn value(&self, route: &Route, token: &Arc<HeldToken>) -> Option<HeaderValue> {
        let mut values = self.values.borrow_mut();
        if let Some((made_of, value)) = values.get(&route.number)
            && Arc::ptr_eq(made_of, token)
        {
            return Some(value.clone());
        }
        let value = route.token_value(token.access_token.value.expose())?;
        if values.len() >= MOST_VALUES {
            values.clear();
        }
        values.insert(route.number, (Arc::clone(token), value.clone()));
        Some(value)
    }

    /// Notes that a token at hand was sent.
    pub(crate) fn count(&self, caller: &Caller, route: &Arc<Route>) {
        let who = match caller {
            // it is kept with the count, so that nobody else comes to its place
            Caller::Known(actor) => Arc::as_ptr(actor).addr(),
            Caller::Loopback => 0,
        };
        let mut uncounted = self.uncounted.borrow_mut();
        let entry = uncounted
            .entry((route.number, who))
            .or_insert_with(|| Uncounted {
                caller: caller.clone(),
                route: Arc::clone(route),
                count: 0,
            });
        entry.count += 1;
    }

    /// Has a token renewed that is good still, behind the back of whoever sends it; asked for now and then.
    pub(crate) fn renew(&self, caller: &Caller, route: &Arc<Route>) {
        let now = self.now();
        let mut renewing = self.renewing.borrow_mut();
        let last = renewing.get(&route.number);
        if last.is_some_and(|last| now.saturating_sub(*last) < LOOK) {
            return;
        }
        renewing.insert(route.number, now);
        let (engine, caller, route) = (self.engine.clone(), caller.clone(), Arc::clone(route));
        let work = async move { engine.consumer_token(&caller, &route.used).await.map(drop) };
        self.engine_tasks.spawn_on(work, &self.engine_runtime);
    }

    /// Tells the engine what was noted.
    pub(crate) fn tell_counts(&self) {
        for (_, it) in self.uncounted.borrow_mut().drain() {
            let counted = (UsageResult::HandedOut, it.count);
            self.engine
                .count_consumer_tokens(&it.caller, &it.route.used, counted);
        }
    }

    /// Throws away what is of no use any more, from time to time, until the thread ends.
    pub(crate) async fn look(self: Rc<Self>) {
        loop {
            tokio::time::sleep(LOOK).await;
            self.tell_counts();
            let (now, table) = (self.now(), self.table.load_full());
            self.clients.look(now);
            let last = |last: &Duration| now.saturating_sub(*last) < LOOK;
            self.renewing.borrow_mut().retain(|_, it| last(it));
            self.upstreams.borrow_mut().retain(|number, upstream| {
                upstream.prune(now);
                table.uses(*number)
            });
            // a token that is over is not kept for longer than this
            let now = self.engine.moment();
            self.values
                .borrow_mut()
                .retain(|_, (token, _)| !token.left(now).is_zero());
        }
    }
}
