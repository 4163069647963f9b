//! One request on its way: found, checked, given its token, sent, and its answer passed on.
//!
//! Invariant: without a token nothing is sent; a token goes to the consumer's origin alone; a request is sent
//! again only where that is safe.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use grantd_engine::{Caller, HeldToken, Refusal};
use grantd_model::consumer::Callers;
use http::header::{ALT_SVC, HOST, SET_COOKIE};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Method, Request, Response, StatusCode, Version};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;

use crate::access_log::Line;
use crate::activity::OpenRequest;
use crate::body::{AnswerBody, Idle, OutBody, Sending, ServiceBody};
use crate::caller::{self, Shown};
use crate::client::Client;
use crate::fault::{self, fault_of};
use crate::limit::Permit;
use crate::metrics::{Ended, Phase, Shard};
use crate::problem::Problem;
use crate::rejected::{self, Verdict};
use crate::route::{self, Route};
use crate::upstream::{Connection, Lease, Upstream};
use crate::worker::Worker;
use crate::{compose, upgrade};

/// Answers a request, whatever comes of it.
pub(crate) async fn answer(
    worker: Rc<Worker>,
    client: Rc<Client>,
    request: Request<Incoming>,
) -> Response<AnswerBody> {
    let open = client.activity.begin();
    let (parts, body) = request.into_parts();
    let found = find(&worker, &parts);
    let (route, path) = match found {
        Ok(found) => found,
        Err(problem) => return refuse(&problem),
    };
    let mut exchange = Exchange {
        begun: worker.now(),
        worker: &worker,
        client: &client,
        route: &route,
        parts,
        caller: None,
        asked_upgrade: Cell::new(false),
    };
    // a caller that leaves is counted as well
    let counts = route.metrics.shard(worker.number);
    let waiting = Waiting::new(counts);
    let result = exchange.run(path, body, open).await;
    waiting.done();
    let (response, refused) = match result {
        Ok(response) => {
            let ended = Ended::Answered(response.status().as_u16());
            counts.ended(ended);
            (response, None)
        }
        Err(problem) => {
            let response = refuse(&problem);
            let ended = Ended::Refused(response.status().as_u16());
            counts.ended(ended);
            if problem.is_ours() {
                tracing::error!(consumer = %route.used.consumer().slug, %problem, "a request was not passed on");
            }
            (response, Some(problem.code().1))
        }
    };
    if worker.log.takes(refused.is_some()) {
        exchange.log(response.status(), refused);
    }
    response
}

/// Counts a request that waits for its answer, until this is dropped.
struct Waiting<'a> {
    counts: &'a Shard,
    has_left: bool,
}

impl<'a> Waiting<'a> {
    fn new(counts: &'a Shard) -> Self {
        counts.waits(1);
        Self {
            counts,
            has_left: true,
        }
    }

    /// There is an answer.
    fn done(mut self) {
        self.has_left = false;
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.counts.waits(-1);
        if self.has_left {
            self.counts.left();
        }
    }
}

fn refuse(problem: &Problem) -> Response<AnswerBody> {
    problem.response().map(|body| AnswerBody::Whole(Some(body)))
}

/// The consumer that a request is for, and where the path behind it begins.
fn find(worker: &Worker, parts: &Parts) -> Result<(Arc<Route>, usize), Problem> {
    if parts.method == Method::CONNECT {
        return Err(Problem::Target("`CONNECT` is not passed on"));
    }
    // its answer would show the token to the caller (RFC 9110 section 9.3.8)
    if parts.method == Method::TRACE || parts.method.as_str() == "TRACK" {
        return Err(Problem::Target("`TRACE` is not passed on"));
    }
    let path = parts.uri.path();
    if !path.starts_with('/') {
        return Err(Problem::Target("a target that begins with `/` is expected"));
    }
    let host = host(parts)?;
    let table = worker.table.load();
    if let Some(route) = table.of_host(host) {
        return Ok((Arc::clone(route), 0));
    }
    let (slug, rest) = route::behind_slug(path).ok_or(Problem::NoConsumer)?;
    let route = table.of_slug(slug).ok_or(Problem::NoConsumer)?;
    Ok((Arc::clone(route), path.len() - rest.len()))
}

/// The host that a request names, without its port (RFC 9112 section 3.2).
fn host(parts: &Parts) -> Result<&str, Problem> {
    const FAULT: Problem = Problem::Target("one field `Host` is expected (RFC 9112 section 3.2)");
    let mut fields = parts.headers.get_all(HOST).iter();
    let named = match (fields.next(), fields.next()) {
        (_, Some(_)) => return Err(FAULT),
        (Some(field), None) => Some(field.to_str().map_err(|_| FAULT)?),
        (None, None) => None,
    };
    // a target in absolute form outdoes the field
    let host = match (parts.uri.authority(), named) {
        (Some(authority), _) => authority.host(),
        (None, Some(named)) => without_port(named),
        (None, None) if parts.version == Version::HTTP_10 => "",
        (None, None) => return Err(FAULT),
    };
    Ok(host)
}

fn without_port(named: &str) -> &str {
    match named.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => named,
    }
}

struct Exchange<'a> {
    begun: Duration,
    worker: &'a Rc<Worker>,
    client: &'a Client,
    route: &'a Arc<Route>,
    parts: Parts,
    caller: Option<Caller>,
    /// Whether the service was asked to upgrade.
    asked_upgrade: Cell<bool>,
}

/// What an answer came with.
struct Answered {
    answer: Response<Incoming>,
    lease: Option<Lease>,
    before: Option<Bytes>,
}

impl Exchange<'_> {
    async fn run(
        &mut self,
        path: usize,
        body: Incoming,
        open: OpenRequest,
    ) -> Result<Response<AnswerBody>, Problem> {
        let route = self.route;
        let consumer = route.used.consumer();
        let caller = self.who().await?;
        self.caller = Some(caller.clone());
        if !consumer.enabled {
            return Err(Problem::Disabled);
        }
        let target = {
            let path = self.parts.uri.path().get(path..).unwrap_or_default();
            route.check(&self.parts.method, path)?;
            let query = self.parts.uri.query();
            route.target(path, query).ok_or(Problem::Target(
                "a target that can be passed on is expected",
            ))?
        };
        let upgrade = self.parts.extensions.remove::<OnUpgrade>();
        let token = self.token(&caller).await?;
        if route.fields.is_none() {
            return Err(Problem::Broken);
        }
        // who may not use it takes nothing from those who may
        let permit = route
            .limiter
            .enter(self.worker.now())
            .map_err(Problem::Full)?;
        let answered = self.send(&caller, token, &target, body).await?;
        self.pass_on(answered, permit, upgrade, open)
    }

    fn log(&self, status: StatusCode, refused: Option<&'static str>) {
        let line = Line {
            consumer: self.route.used.consumer().slug.as_str(),
            caller: self.caller.as_ref(),
            method: &self.parts.method,
            path: self.parts.uri.path(),
            status: status.as_u16(),
            refused,
            client: self.client.peer.ip(),
            took: self.worker.now().saturating_sub(self.begun),
        };
        line.write();
    }

    /// Finds out who asks.
    async fn who(&self) -> Result<Caller, Problem> {
        let Shown::Key(key) = caller::shown(&self.parts.headers) else {
            if self.route.settings().callers != Callers::Loopback || !self.worker.keyless {
                return Err(Problem::NoKey(None));
            }
            let host = host(&self.parts).ok();
            caller::check_local(&self.parts.headers, host, self.client.peer)
                .map_err(|fault| Problem::NoKey(Some(fault)))?;
            return Ok(Caller::Loopback);
        };
        if let Some(actor) = self.worker.engine.key_at_hand(&key) {
            return Ok(Caller::Known(actor));
        }
        let engine = self.worker.engine.clone();
        let asked = self
            .worker
            .ask(async move { engine.authenticate(&key).await });
        asked.await?.map(Caller::Known).map_err(Problem::Token)
    }

    async fn token(&self, caller: &Caller) -> Result<Arc<HeldToken>, Problem> {
        let engine = &self.worker.engine;
        if let Some((token, is_due)) = engine.consumer_token_at_hand(caller, &self.route.used) {
            self.worker.count(caller, self.route);
            if is_due {
                self.worker.renew(caller, self.route);
            }
            return Ok(token);
        }
        let begun = self.worker.now();
        let (engine, caller, route) = (engine.clone(), caller.clone(), Arc::clone(self.route));
        let asked = self
            .worker
            .ask(async move { engine.consumer_token(&caller, &route.used).await });
        let result = asked.await?;
        self.took(Phase::Token, begun);
        result.map_err(Problem::Token)
    }

    fn counts(&self) -> &Shard {
        self.route.metrics.shard(self.worker.number)
    }

    fn took(&self, phase: Phase, begun: Duration) {
        let took = self.worker.now().saturating_sub(begun);
        self.counts().took(phase, took);
    }

    /// Sends until there is an answer to be passed on: once more with another token where the first is refused,
    /// once more where an idle connection turns out to be dead.
    async fn send(
        &self,
        caller: &Caller,
        mut token: Arc<HeldToken>,
        target: &PathAndQuery,
        body: Incoming,
    ) -> Result<Answered, Problem> {
        let settings = self.route.settings();
        let upstream = self.worker.upstream(self.route);
        let sending = (!body.is_end_stream()).then(|| {
            let room = usize::try_from(settings.replay_bytes).unwrap_or(0);
            Sending::keeping(room)
        });
        let mut unsent = sending.as_ref().map(|sending| OutBody::Stream {
            body,
            sending: Rc::clone(sending),
            route: Arc::clone(self.route),
            idle: Idle::after(settings.timeouts.idle),
        });
        let sending = sending.as_deref();
        let (mut may_refetch, mut may_retry) = (true, true);
        loop {
            let connection = self.connection(&upstream, !may_retry).await?;
            let is_fresh = connection.is_fresh;
            let out = match (unsent.take(), sending) {
                (Some(body), _) => body,
                (None, Some(sending)) => sending.again().ok_or(Problem::Internal)?,
                (None, None) => OutBody::Empty,
            };
            let value = self
                .worker
                .value(self.route, &token)
                .ok_or(Problem::Internal)?;
            let head = compose::head(self.route, &self.parts.headers, value)?;
            if head.facts.upgrade && !settings.upgrades {
                return Err(Problem::Upgrade);
            }
            self.asked_upgrade.set(head.facts.upgrade);
            let request = compose::request(
                self.route,
                &self.parts,
                (head, target.clone()),
                connection.is_http2(),
                out,
            )
            .ok_or(Problem::Internal)?;
            let begun = self.worker.now();
            let limit = settings.timeouts.answer;
            let now = || self.worker.now();
            let sent = connection.send(request, &upstream);
            let sent = self.client.in_time((limit, now), sent, sending).await;
            let mut answered = match sent.ok_or(Problem::AnswerTimeout(limit))? {
                Ok((answer, lease)) => Answered {
                    answer,
                    lease,
                    before: None,
                },
                Err(mut fault) => {
                    if let Some(request) = fault.take_message() {
                        // nothing of it was sent
                        if is_fresh {
                            return Err(Problem::ClosedEarly);
                        }
                        unsent = Some(request.into_body());
                        continue;
                    }
                    let fault = fault.into_error();
                    if !is_fresh && may_retry && self.may_retry(sending, &fault) {
                        may_retry = false;
                        self.counts().retried();
                        continue;
                    }
                    return Err(fault_of(&fault, sending));
                }
            };
            self.took(Phase::Answer, begun);
            let status = answered.answer.status();
            if !may_refetch || !self.route.may_be_rejection(status) {
                return Ok(answered);
            }
            may_refetch = false;
            let Some(refusal) = self.refusal(&mut answered).await? else {
                return Ok(answered);
            };
            let can_repeat = rejected::may_repeat(status, &self.parts.method, &self.parts.headers)
                && sending.is_none_or(Sending::is_kept);
            match self.another(caller, &token, refusal, can_repeat).await? {
                Some(another) => {
                    token = another;
                    self.counts().repeated();
                }
                None => return Ok(answered),
            }
        }
    }

    async fn connection(
        &self,
        upstream: &Rc<Upstream>,
        fresh: bool,
    ) -> Result<Connection, Problem> {
        if !fresh && let Some(connection) = upstream.at_hand(self.worker.now()) {
            return Ok(connection);
        }
        let begun = self.worker.now();
        let connected = upstream.connect(self.worker).await;
        self.took(Phase::Connect, begun);
        connected.map_err(Problem::Connect)
    }

    fn may_retry(&self, sending: Option<&Sending>, fault: &hyper::Error) -> bool {
        fault::is_dead(fault)
            && sending.is_none_or(|it| it.is_kept() && !it.broken.get())
            && rejected::is_idempotent(&self.parts.method, &self.parts.headers)
    }

    async fn refusal(&self, answered: &mut Answered) -> Result<Option<Refusal>, Problem> {
        let answer = &mut answered.answer;
        match rejected::judge(self.route, answer.status(), answer.headers()) {
            Verdict::Pass => Ok(None),
            Verdict::Refused(refusal) => Ok(Some(refusal)),
            Verdict::IfBodySays => {
                let limit = self.route.settings().timeouts.idle;
                let (says, read) = rejected::body_says(self.route, answer, limit).await?;
                answered.before = read;
                Ok(says.then_some(Refusal::Rejected))
            }
        }
    }

    /// Tells the engine of the refusal; another token, if there is one and the request can be sent again.
    async fn another(
        &self,
        caller: &Caller,
        refused: &Arc<HeldToken>,
        refusal: Refusal,
        can_repeat: bool,
    ) -> Result<Option<Arc<HeldToken>>, Problem> {
        let (engine, route) = (self.worker.engine.clone(), Arc::clone(self.route));
        let (caller, refused) = (caller.clone(), Arc::clone(refused));
        let begun = self.worker.now();
        let asked = self.worker.ask(async move {
            let used = &route.used;
            let may = engine.refuse_consumer_token(used, &refused, &refusal).await;
            if !may.unwrap_or(false) || !can_repeat {
                return Ok(None);
            }
            let another = engine.consumer_token(&caller, used).await?;
            Ok((!Arc::ptr_eq(&another, &refused)).then_some(another))
        });
        let result = asked.await?;
        self.took(Phase::Token, begun);
        result.map_err(Problem::Token)
    }

    /// The answer for the caller.
    fn pass_on(
        &self,
        answered: Answered,
        permit: Option<Permit>,
        upgrade: Option<OnUpgrade>,
        open: OpenRequest,
    ) -> Result<Response<AnswerBody>, Problem> {
        let Answered {
            mut answer,
            lease,
            before,
        } = answered;
        let settings = self.route.settings();
        answer.headers_mut().remove(ALT_SVC);
        if !settings.cookies {
            answer.headers_mut().remove(SET_COOKIE);
        }
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            let upgrade = upgrade.filter(|_| self.asked_upgrade.get());
            let agreed = upgrade::agree(&self.parts, &mut answer, upgrade).ok_or(
                Problem::BadAnswer("it switches to a protocol that was not asked for"),
            )?;
            let idle = settings.timeouts.idle;
            let tunnel = upgrade::run(
                agreed.ends,
                idle,
                (permit, open, Rc::clone(&self.client.counted)),
            );
            self.worker.run(tunnel);
            return Ok(agreed.answer.map(|()| AnswerBody::Whole(None)));
        }
        let (mut head, body) = answer.into_parts();
        head.version = Version::HTTP_11;
        crate::sanitise::strip(&mut head.headers);
        if body.is_end_stream() && before.is_none() {
            if let Some(lease) = lease {
                lease.give_back();
            }
            return Ok(Response::from_parts(head, AnswerBody::Whole(None)));
        }
        let body = AnswerBody::Service(ServiceBody {
            before,
            body,
            lease,
            request: open,
            permit,
            idle: Idle::after(settings.timeouts.idle),
        });
        Ok(Response::from_parts(head, body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(uri: &str, hosts: &[&str]) -> Parts {
        let mut request = Request::builder().uri(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn the_host_is_named_once() {
        for (uri, hosts, expected) in [
            ("/a", &["crm.example:8711"][..], Some("crm.example")),
            ("/a", &["[::1]:8711"], Some("[::1]")),
            ("/a", &["crm.example"], Some("crm.example")),
            (
                "http://other.example:1/a",
                &["crm.example"],
                Some("other.example"),
            ),
            ("/a", &[], None),
            ("/a", &["a", "a"], None),
            ("http://other.example/a", &["a", "b"], None),
        ] {
            assert_eq!(host(&parts(uri, hosts)).ok(), expected, "{uri} {hosts:?}");
        }
    }
}
