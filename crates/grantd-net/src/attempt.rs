//! One request on one way: an idle connection if there is one, else a new one, then the answer.
//!
//! Invariant: a message goes to a second connection only if the first one gave it back unsent.

use std::sync::Arc;

use http::StatusCode;
use hyper::body::Incoming;
use url::Url;

use crate::body_observer::BodyObserver;
use crate::connect::{Connection, Connector};
use crate::error::NetError;
use crate::exchange::{self, Message, Sent};
use crate::open_answer::{AnswerBody, Bounds, OpenAnswer};
use crate::phases::{Phase, Recorder};
use crate::pool::{Key, Pool};
use crate::request::ConnectionChoice;
use crate::response::Response;
use crate::route::Route;
use crate::target::literal_address;
use crate::tls::TlsConfig;

/// Everything that is fixed once the request is taken apart.
pub(crate) struct Attempt<'a> {
    pub(crate) host: String,
    pub(crate) url: Url,
    pub(crate) route: Route,
    pub(crate) tls: Option<TlsConfig>,
    pub(crate) connection: ConnectionChoice,
    pub(crate) response_bytes: usize,
    pub(crate) body_observer: Option<Arc<dyn BodyObserver>>,
    pub(crate) connector: Connector<'a>,
    pub(crate) pool: &'a Arc<Pool>,
}

impl Attempt<'_> {
    /// Connects, and sends nothing.
    pub(crate) async fn reach(self, recorder: &mut Recorder) -> Result<(), NetError> {
        let tls = self.tls.as_ref();
        let opened = self.connector.open(&self.url, &self.route, tls, recorder);
        opened.await.map(drop)
    }

    /// Sends the message and reads the answer to its end.
    pub(crate) async fn run(
        self,
        message: Message,
        recorder: &mut Recorder,
    ) -> Result<Response, NetError> {
        let key = Key::new(&self.url, self.tls.as_ref().map(|tls| tls.id), &self.route);
        let (connection, answer) = self.exchange(&key, message, recorder).await?;
        recorder.done(answer.status().as_u16().to_string());

        recorder.begin(Phase::Response);
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(self.switched());
        }
        let peer = connection.peer;
        let (head, body) = answer.into_parts();
        let observer = self.body_observer.as_deref();
        if let Some(observer) = observer {
            observer.begun(head.status, &head.headers);
        }
        let limits = (self.response_bytes, self.host.as_str());
        let body = exchange::read_body(body, head.status, limits, observer).await?;
        recorder.done(format!("{} bytes", body.len()));
        self.pool.put(key, connection);
        Ok(Response {
            status: head.status,
            headers: head.headers,
            body,
            peer,
            quotable: self.route.proxy().is_none() || self.connector.policy.is_known(&self.url),
            phases: Vec::new(),
        })
    }

    /// Sends the message and leaves the body of the answer to be read.
    pub(crate) async fn open(
        self,
        message: Message,
        recorder: &mut Recorder,
        bounds: Bounds,
    ) -> Result<OpenAnswer, NetError> {
        let key = Key::new(&self.url, self.tls.as_ref().map(|tls| tls.id), &self.route);
        let (connection, answer) = self.exchange(&key, message, recorder).await?;
        recorder.done(answer.status().as_u16().to_string());
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(self.switched());
        }
        let quotable = self.route.proxy().is_none() || self.connector.policy.is_known(&self.url);
        let (head, body) = answer.into_parts();
        let of = (self.host, head.status);
        let pool = Arc::clone(self.pool);
        Ok(OpenAnswer {
            status: head.status,
            headers: head.headers,
            quotable,
            body: AnswerBody::of_connection(body, of, bounds, (key, connection), pool),
        })
    }

    fn switched(&self) -> NetError {
        NetError::Malformed {
            host: self.host.clone(),
            fault: "it switches to another protocol".to_owned(),
        }
    }

    async fn exchange(
        &self,
        key: &Key,
        mut message: Message,
        recorder: &mut Recorder,
    ) -> Result<(Connection, http::Response<Incoming>), NetError> {
        while let Some(mut idle) = self.take_idle(key) {
            if !exchange::is_ready(&mut idle).await {
                continue;
            }
            self.record_reuse(&idle, recorder);
            recorder.begin(Phase::Request);
            match exchange::send(&mut idle, message, &self.host).await? {
                Sent::Answer(answer) => return Ok((idle, answer)),
                Sent::NotSent(unsent) => message = unsent,
            }
            recorder.start_over();
        }
        let mut fresh = self
            .connector
            .open(&self.url, &self.route, self.tls.as_ref(), recorder)
            .await?;
        recorder.begin(Phase::Request);
        match exchange::send(&mut fresh, message, &self.host).await? {
            Sent::Answer(answer) => Ok((fresh, answer)),
            Sent::NotSent(_) => Err(NetError::ClosedEarly {
                host: self.host.clone(),
            }),
        }
    }

    /// An idle connection that the policy of today allows.
    fn take_idle(&self, key: &Key) -> Option<Connection> {
        if self.connection == ConnectionChoice::Fresh {
            return None;
        }
        let policy = self.connector.policy;
        std::iter::from_fn(|| self.pool.take(key)).find(|it| {
            let peer = [it.peer.ip()];
            self.route.check(policy, &self.url, &peer).is_ok()
        })
    }

    fn record_reuse(&self, connection: &Connection, recorder: &mut Recorder) {
        let next = self.route.proxy().map_or(&self.url, |proxy| proxy.url());
        if literal_address(next).is_none() {
            recorder.reused(Phase::Dns);
        }
        recorder.begin(Phase::EgressPolicy);
        recorder.done(connection.peer.ip().to_string());
        recorder.reused(Phase::Tcp);
        if self.tls.is_some() {
            if self.route.proxy().is_some() {
                recorder.reused(Phase::Proxy);
            }
            recorder.reused(Phase::Tls);
        }
    }
}
