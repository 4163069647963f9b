//! The engine, everything around it, and what is known of both.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use grantd_engine::{EngineError, HandedOut, KeyDraft, TokenWish};
use grantd_model::{
    Action, Actor, ApiKeySecret, Clock, Credential, CredentialDraft, Grant, Moment, Timestamp,
};
use grantd_testkit::fixtures::{HOST, minimal};
use grantd_testkit::{Answer, Sent, TestEngine};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::step::{Served, Step};
use crate::engine::{HOUR, value};
use crate::{by_id, created, keeping};

/// The engine and the model of it.
pub(super) struct World {
    engine: Arc<TestEngine>,
    made: Credential,
    key: ApiKeySecret,
    edits: u64,
    facts: Arc<Mutex<Facts>>,
    callers: JoinSet<()>,
    /// The most requests that may have been made so far.
    most: u64,
}

/// What is known to everybody but the engine.
struct Facts {
    served: Served,
    takes: Duration,
    issued: Vec<Issued>,
    /// How many edits have been acknowledged.
    edits: u64,
    /// How often it has been disabled, acknowledged.
    disabled: u64,
    /// Whether tokens may be given out, or will be when what is under way is done.
    enabled: bool,
}

/// A token, as its server knows it.
#[derive(Clone, Copy)]
struct Issued {
    at: Moment,
    lifetime: Duration,
    edits: u64,
    disabled: u64,
}

impl Facts {
    fn answer(&mut self, now: Moment, edits: u64) -> Answer {
        let last = self.issued.len().checked_sub(1);
        let same = last.filter(|last| self.issued[*last].edits == edits);
        let left = same.map(|last| {
            let token = &self.issued[last];
            (last, token.at.left_of(token.lifetime, now))
        });
        let answer = match (self.served, left) {
            (Served::Same, Some((last, left))) if left.as_secs() > 0 => {
                // it was got anew, after whatever has been acknowledged
                self.issued[last].disabled = self.disabled;
                let seconds = Duration::from_secs(left.as_secs());
                Answer::token_for(&format!("t{last}"), seconds)
            }
            (Served::Same, _) => self.issue(now, HOUR, edits),
            (Served::New(seconds), _) => self.issue(now, Duration::from_secs(seconds), edits),
            (Served::Refused, _) => Answer::refusal(401, "invalid_client"),
            (Served::Unavailable, _) => Answer::json(503, ""),
            (Served::Wait(seconds), _) => {
                Answer::json(429, "{}").with_header("retry-after", &seconds.to_string())
            }
        };
        answer.taking(self.takes)
    }

    fn issue(&mut self, at: Moment, lifetime: Duration, edits: u64) -> Answer {
        let disabled = self.disabled;
        self.issued.push(Issued {
            at,
            lifetime,
            edits,
            disabled,
        });
        Answer::token_for(&format!("t{}", self.issued.len() - 1), lifetime)
    }

    /// What must hold of a token at the moment when it is handed out.
    fn check(&self, handed_out: &HandedOut, now: Moment) {
        let number: usize = value(handed_out)[1..].parse().unwrap();
        let token = self.issued[number];
        let left = token.at.left_of(token.lifetime, now);
        assert!(!left.is_zero(), "it is over");
        assert!(left >= handed_out.left, "less is left of it than was said");
        assert!(handed_out.left <= 24 * HOUR, "it is kept for too long");
        assert!(self.enabled, "it was given out though it is disabled");
        assert!(token.edits >= self.edits, "it is of an earlier edit");
        assert!(token.disabled >= self.disabled, "it was disabled since");
    }
}

impl World {
    pub(super) async fn new() -> Self {
        let engine = Arc::new(TestEngine::flowing());
        let made = created(&engine, draft(0, "")).await;
        let facts = Arc::new(Mutex::new(Facts {
            served: Served::New(3600),
            takes: Duration::ZERO,
            issued: Vec::new(),
            edits: 0,
            disabled: 0,
            enabled: true,
        }));
        let (clock, server) = (Arc::clone(&engine.clock), Arc::clone(&facts));
        engine.outbound.answer_by(HOST, move |_, sent| {
            let mut server = server.lock().unwrap();
            server.answer(clock.moment(), edits_of(sent))
        });
        let draft = KeyDraft {
            name: "at hand".try_into().unwrap(),
            grants: vec![Grant::everywhere(Action::Token)],
            expires_at: None,
        };
        let new = engine.create_key(&Actor::System, draft).await.unwrap();
        let key = ApiKeySecret::parse(new.text.expose()).unwrap();
        // read into memory, as it is by a first request
        engine.authenticate(&key).await.unwrap();
        Self {
            engine,
            made,
            key,
            edits: 0,
            facts,
            callers: JoinSet::new(),
            most: 0,
        }
    }

    pub(super) async fn take(&mut self, step: Step) {
        self.most += allowance(&step);
        match step {
            Step::Advance(millis) => sleep(Duration::from_millis(millis)).await,
            Step::Jump(seconds) => self.jump(seconds),
            Step::Ask(wish) => {
                let asking = ask(Arc::clone(&self.engine), &self.made, wish, &self.facts);
                asking.await;
            }
            Step::AskMeanwhile(wish) => {
                let asking = ask(Arc::clone(&self.engine), &self.made, wish, &self.facts);
                self.callers.spawn(asking);
                tokio::task::yield_now().await;
            }
            Step::Leave => {
                let asking = ask(Arc::clone(&self.engine), &self.made, 0, &self.facts);
                let _ = tokio::time::timeout(Duration::from_millis(1), asking).await;
            }
            Step::Serve(served, millis) => {
                let mut facts = self.facts.lock().unwrap();
                facts.served = served;
                facts.takes = Duration::from_millis(millis);
            }
            Step::Edit => self.edit(true).await,
            Step::Describe => self.edit(false).await,
            Step::Disable => self.set_enabled(false).await,
            Step::Enable => self.set_enabled(true).await,
            Step::Renew => {
                let wanted = by_id(&self.made);
                let renewed = self.engine.renew_token(&Actor::System, &wanted).await;
                self.check(renewed.as_ref());
            }
            Step::Drop => {
                let wanted = by_id(&self.made);
                let dropped = self.engine.drop_tokens(&Actor::System, &wanted).await;
                dropped.unwrap();
            }
        }
        self.check_at_hand();
        self.check_requests();
    }

    /// All who wait are served, a server that works again is found, and everything ends.
    pub(super) async fn end(mut self) {
        self.take(Step::Serve(Served::New(3600), 0)).await;
        self.take(Step::Enable).await;
        self.take(Step::Advance(3_700_000)).await;
        while let Some(done) = self.callers.try_join_next() {
            done.unwrap();
        }
        assert!(self.callers.is_empty(), "nobody waits for ever");
        let wish = TokenWish::default();
        let wanted = by_id(&self.made);
        let last = self.engine.token(&Actor::System, &wanted, &wish).await;
        assert!(last.is_ok(), "it recovers: {last:?}");
        self.check(last.as_ref());
        self.most += 1;
        self.check_requests();
        self.engine.close().await;
    }

    fn check(&self, handed_out: Result<&HandedOut, &EngineError>) {
        if let Ok(handed_out) = handed_out {
            let now = self.engine.clock.moment();
            self.facts.lock().unwrap().check(handed_out, now);
        }
    }

    /// What is given without waiting is held to the same.
    fn check_at_hand(&self) {
        let slug = self.made.slug.as_str();
        if let Some(handed_out) = self.engine.token_at_hand(&self.key, slug) {
            self.check(Ok(&handed_out));
        }
    }

    fn check_requests(&self) {
        let requests = self.engine.outbound.count(HOST) as u64;
        let most = self.most;
        assert!(requests <= most, "{requests} requests, at most {most}");
    }

    fn jump(&self, seconds: i64) {
        let now = self.engine.clock.now().as_micros();
        let then = Timestamp::from_micros(now + seconds * 1_000_000);
        self.engine.clock.set(then);
    }

    async fn current(&self) -> Credential {
        let wanted = by_id(&self.made);
        let found = self.engine.get_credential(&Actor::System, &wanted).await;
        found.unwrap()
    }

    async fn edit(&mut self, is_sent: bool) {
        let current = self.current().await;
        self.edits += u64::from(is_sent);
        let description = format!("{}", current.revision);
        let draft = keeping(draft(self.edits, &description));
        let wanted = by_id(&self.made);
        let edited = self
            .engine
            .update_credential(&Actor::System, &wanted, current.revision, draft)
            .await;
        edited.unwrap();
        self.facts.lock().unwrap().edits = self.edits;
    }

    async fn set_enabled(&mut self, enabled: bool) {
        if enabled {
            self.facts.lock().unwrap().enabled = true;
        }
        let was_enabled = self.current().await.enabled;
        let wanted = by_id(&self.made);
        let set = self
            .engine
            .set_credential_enabled(&Actor::System, &wanted, enabled)
            .await;
        set.unwrap();
        let mut facts = self.facts.lock().unwrap();
        facts.enabled = enabled;
        facts.disabled += u64::from(was_enabled && !enabled);
    }
}

/// Asks, and checks what is handed out at once, before anything else can happen.
fn ask(
    engine: Arc<TestEngine>,
    made: &Credential,
    wish: u64,
    facts: &Arc<Mutex<Facts>>,
) -> impl Future<Output = ()> + Send + use<> {
    let (wanted, facts) = (by_id(made), Arc::clone(facts));
    async move {
        let wish = TokenWish {
            scope: None,
            left: Duration::from_secs(wish),
        };
        let asked = engine.token(&Actor::System, &wanted, &wish).await;
        if let Ok(handed_out) = asked {
            let now = engine.clock.moment();
            facts.lock().unwrap().check(&handed_out, now);
        }
    }
}

/// How many requests a step may add: a caller begins anew twice at most; unused, a token is renewed
/// a few times, and a failing renewal is tried each 45 seconds or more.
fn allowance(step: &Step) -> u64 {
    match step {
        Step::Advance(millis) => 12 + millis / 40_000,
        _ => 3,
    }
}

/// A credential whose requests tell after how many edits they were sent.
fn draft(edits: u64, description: &str) -> CredentialDraft {
    let mut draft = minimal("a");
    let audience = format!("edit-{edits}-");
    draft.settings.audience = Some(audience.as_str().try_into().unwrap());
    description.clone_into(&mut draft.settings.description);
    draft
}

fn edits_of(sent: &Sent) -> u64 {
    let rest = sent.body().split("edit-").nth(1).unwrap();
    rest.split('-').next().unwrap().parse().unwrap()
}
