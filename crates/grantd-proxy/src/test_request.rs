//! One request that somebody sends to see how the service answers: the same way as every other one, told step by
//! step.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use grantd_engine::{
    Caller, ConsumerWorks, Engine, ServedConsumer, TestReport, TestRequest, TestStep, TestStepName,
};
use grantd_model::{Actor, Credential};
use grantd_net::Net;
use http::header::{HeaderMap, HeaderName, USER_AGENT};
use http::request::Parts;
use http::{HeaderValue, Method, Request};
use tokio::runtime::{Builder, Handle};
use tokio::task::{LocalSet, spawn_blocking};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::access_log::AccessLog;
use crate::body::OutBody;
use crate::compose;
use crate::fault::fault_of;
use crate::problem::Problem;
use crate::route::Route;
use crate::table::TableMaker;
use crate::upstream::Connection;
use crate::worker::Worker;

/// The most characters of a value that is shown.
const MOST_SHOWN: usize = 200;

/// Parts of the names of fields whose values are not shown.
const SECRET: [&str; 6] = ["cookie", "authori", "token", "secret", "key", "session"];

/// What grantd calls itself.
const PROGRAM: HeaderValue =
    HeaderValue::from_static(concat!("grantd/", env!("CARGO_PKG_VERSION")));

/// Sends test requests.
pub struct Works {
    net: Arc<Net>,
}

impl Works {
    /// Sends them on this way out.
    #[must_use]
    pub const fn new(net: Arc<Net>) -> Self {
        Self { net }
    }
}

#[async_trait]
impl ConsumerWorks for Works {
    async fn test(
        &self,
        engine: &Engine,
        consumer: &ServedConsumer,
        _: &Credential,
        request: TestRequest,
    ) -> TestReport {
        let (net, engine, consumer) = (Arc::clone(&self.net), engine.clone(), consumer.clone());
        let here = Handle::current();
        // the data path belongs to one thread; this one is borrowed for it
        let sent = spawn_blocking(move || {
            let runtime = Builder::new_current_thread().enable_all().build().ok()?;
            let test = test((net, engine, here), consumer, request);
            Some(LocalSet::new().block_on(&runtime, test))
        });
        sent.await.ok().flatten().unwrap_or_default()
    }
}

/// What has been done so far.
struct Steps {
    steps: Vec<TestStep>,
    begun: Duration,
}

impl Steps {
    fn done(&mut self, name: TestStepName, now: Duration, result: Result<String, Problem>) -> bool {
        let is_ok = result.is_ok();
        self.steps.push(TestStep {
            name,
            ok: Some(is_ok),
            took: now.saturating_sub(self.begun),
            detail: result.unwrap_or_else(|problem| problem.to_string()),
            remedy: None,
        });
        self.begun = now;
        is_ok
    }
}

async fn test(
    (net, engine, here): (Arc<Net>, Engine, Handle),
    consumer: ServedConsumer,
    request: TestRequest,
) -> TestReport {
    let opened = (Arc::new(consumer.consumer), consumer.fields.ok());
    let table = TableMaker::default().make(vec![opened]);
    let route = table.routes().next().cloned();
    let table = Arc::new(ArcSwap::from_pointee(table));
    let worker = Worker::new(
        0,
        (engine, net, table),
        (here, TaskTracker::new()),
        (AccessLog::Off, false),
    );
    let begun = worker.now();
    let mut steps = Steps {
        steps: Vec::new(),
        begun,
    };
    let answer = match route {
        Some(route) => send(&worker, &route, &request, &mut steps).await,
        None => None,
    };
    let took = worker.now().saturating_sub(begun);
    let (status, headers) = answer.unwrap_or_default();
    for name in [
        TestStepName::Allowed,
        TestStepName::Token,
        TestStepName::Connect,
        TestStepName::Answer,
    ] {
        if !steps.steps.iter().any(|step| step.name == name) {
            steps.steps.push(TestStep {
                name,
                ok: None,
                took: Duration::ZERO,
                detail: String::new(),
                remedy: None,
            });
        }
    }
    TestReport {
        status,
        took,
        headers,
        steps: steps.steps,
    }
}

type Shown = (Option<u16>, Vec<(String, String)>);

async fn send(
    worker: &Rc<Worker>,
    route: &Arc<Route>,
    request: &TestRequest,
    steps: &mut Steps,
) -> Option<Shown> {
    let parts = parts(request)?;
    let allowed = route.check(&parts.method, parts.uri.path());
    if !steps.done(
        TestStepName::Allowed,
        worker.now(),
        allowed.map(|()| String::new()),
    ) {
        return None;
    }
    let caller = Caller::Known(Arc::new(Actor::System));
    let (engine, asked) = (worker.engine.clone(), Arc::clone(route));
    let token = worker
        .ask(async move { engine.consumer_token(&caller, &asked.used).await })
        .await
        .and_then(|result| result.map_err(Problem::Token));
    let (token, told) = match token {
        Ok(token) => {
            let left = token.left(worker.engine.moment()).as_secs();
            (Some(token), Ok(format!("good for {left} s")))
        }
        Err(problem) => (None, Err(problem)),
    };
    steps.done(TestStepName::Token, worker.now(), told);
    let token = token?;
    let upstream = worker.upstream(route);
    let (connection, told) = match upstream.connect(worker).await {
        Ok(connection) => {
            let version = if connection.is_http2() {
                "HTTP/2"
            } else {
                "HTTP/1.1"
            };
            (Some(connection), Ok(version.to_owned()))
        }
        Err(error) => (None, Err(Problem::Connect(error))),
    };
    steps.done(TestStepName::Connect, worker.now(), told);
    let connection: Connection = connection?;
    let limit = route.settings().timeouts.answer;
    let exchange = async {
        let value = worker.value(route, &token).ok_or(Problem::Internal)?;
        let head = compose::head(route, &parts.headers, value)?;
        let target = route
            .target(parts.uri.path(), parts.uri.query())
            .ok_or(Problem::Target(
                "a target that can be passed on is expected",
            ))?;
        let is_http2 = connection.is_http2();
        let composed = compose::request(route, &parts, (head, target), is_http2, OutBody::Empty)
            .ok_or(Problem::Internal)?;
        let sent = timeout(limit, connection.send(composed, &upstream)).await;
        let answered = sent.map_err(|_| Problem::AnswerTimeout(limit))?;
        answered.map_err(|fault| fault_of(fault.error(), None))
    };
    match exchange.await {
        Ok((answer, _)) => {
            let status = answer.status().as_u16();
            steps.done(TestStepName::Answer, worker.now(), Ok(status.to_string()));
            let token = token.access_token.value.expose();
            Some((Some(status), shown(answer.headers(), token)))
        }
        Err(problem) => {
            steps.done(TestStepName::Answer, worker.now(), Err(problem));
            None
        }
    }
}

fn parts(request: &TestRequest) -> Option<Parts> {
    let method = Method::from_bytes(request.method.as_str().as_bytes()).ok()?;
    let made = Request::builder()
        .method(method)
        .uri(&request.path)
        .header(USER_AGENT, PROGRAM)
        .body(());
    made.ok().map(|made| made.into_parts().0)
}

/// The fields of an answer, without what is secret.
fn shown(headers: &HeaderMap, token: &str) -> Vec<(String, String)> {
    let is_secret = |name: &HeaderName| SECRET.iter().any(|part| name.as_str().contains(part));
    let fields = headers.iter().map(|(name, value)| {
        let text = String::from_utf8_lossy(value.as_bytes());
        let value = if is_secret(name) || text.contains(token) {
            "…".to_owned()
        } else {
            let plain = text.chars().filter(|it| !it.is_control());
            plain.take(MOST_SHOWN).collect()
        };
        (name.to_string(), value)
    });
    fields.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_may_be_secret_are_not_shown() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("content-type", "a/b"),
            ("set-cookie", "a=1"),
            ("x-api-key", "k"),
            ("x-echo", "before the-token after"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let shown = shown(&headers, "the-token");
        let of = |name: &str| shown.iter().find(|it| it.0 == name).unwrap().1.clone();
        assert_eq!(of("content-type"), "a/b");
        for name in ["set-cookie", "x-api-key", "x-echo"] {
            assert_eq!(of(name), "…", "{name}");
        }
    }
}
