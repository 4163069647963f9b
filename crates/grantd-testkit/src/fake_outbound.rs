//! A way out that leads nowhere: answers by a script and writes down what was sent.
//!
//! Dropped, it fails the test if something was sent that no answer was there for, or an answer was
//! never asked for.

mod answer;
mod sent;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use grantd_net::{
    AnswerBody, Dial, Line, NetError, OpenAnswer, Outbound, Request, Response, SendFailure,
};

pub use answer::{Answer, Gate};
pub use sent::Sent;

/// Answers by host, in the order in which they were scripted.
#[derive(Default)]
pub struct FakeOutbound(Mutex<Script>);

/// Answers by the number of requests that the host got before, and by what was sent.
type Rule = Arc<dyn Fn(usize, &Sent) -> Answer + Send + Sync>;

#[derive(Default)]
struct Script {
    once: BTreeMap<String, VecDeque<Answer>>,
    always: BTreeMap<String, Rule>,
    sent: Vec<Sent>,
    counts: BTreeMap<String, usize>,
    unexpected: Vec<String>,
}

impl FakeOutbound {
    /// The next request to this host is answered so, once.
    pub fn answer(&self, host: &str, answer: Answer) {
        let mut script = self.script();
        script
            .once
            .entry(host.to_owned())
            .or_default()
            .push_back(answer);
    }

    /// Every request to this host that nothing else is scripted for is answered so.
    pub fn answer_always(&self, host: &str, answer: Answer) {
        self.answer_by(host, move |_, _| answer.clone());
    }

    /// Every request to this host that nothing else is scripted for is answered by the rule, which
    /// is told how many the host got before, and what was sent.
    pub fn answer_by(
        &self,
        host: &str,
        rule: impl Fn(usize, &Sent) -> Answer + Send + Sync + 'static,
    ) {
        self.script().always.insert(host.to_owned(), Arc::new(rule));
    }

    /// How many requests this host got.
    pub fn count(&self, host: &str) -> usize {
        self.script().counts.get(host).copied().unwrap_or_default()
    }

    /// Everything that was sent, in order.
    pub fn sent(&self) -> Vec<Sent> {
        self.script().sent.clone()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, request: Request) -> Option<Answer> {
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let mut script = self.script();
        let sent = Sent(request);
        script.sent.push(sent.clone());
        let count = script.counts.entry(host.clone()).or_default();
        let before = *count;
        *count += 1;
        let once = script.once.get_mut(&host).and_then(VecDeque::pop_front);
        let rule = script.always.get(&host).cloned();
        if once.is_none() && rule.is_none() {
            script.unexpected.push(host);
        }
        drop(script);
        once.or_else(|| rule.map(|rule| rule(before, &sent)))
    }
}

#[async_trait]
impl Outbound for FakeOutbound {
    async fn send(&self, request: Request) -> Result<Response, SendFailure> {
        let host = request.authority();
        match self.next(request) {
            Some(answer) => answer.give().await,
            None => Err(SendFailure {
                error: NetError::NameNotFound { host },
                phases: Vec::new(),
            }),
        }
    }

    async fn open(&self, request: Request) -> Result<OpenAnswer, SendFailure> {
        let answer = self.send(request).await?;
        Ok(OpenAnswer {
            status: answer.status,
            headers: answer.headers,
            quotable: answer.quotable,
            body: AnswerBody::whole(answer.body),
        })
    }

    async fn dial(&self, dial: Dial) -> Result<Line, SendFailure> {
        let host = dial.url.host_str().unwrap_or_default().to_owned();
        Err(SendFailure {
            error: NetError::NameNotFound { host },
            phases: Vec::new(),
        })
    }
}

impl Drop for FakeOutbound {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let script = self.script();
        assert!(
            script.unexpected.is_empty(),
            "sent without an answer in the script: {:?}",
            script.unexpected
        );
        let left: Vec<_> = script
            .once
            .iter()
            .filter(|(_, answers)| !answers.is_empty())
            .map(|(host, answers)| (host, answers.len()))
            .collect();
        assert!(left.is_empty(), "scripted and never asked for: {left:?}");
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    async fn ask(outbound: &FakeOutbound, url: &str) -> Result<Response, SendFailure> {
        let url = url.try_into().unwrap();
        outbound.send(Request::new(Method::POST, url)).await
    }

    #[tokio::test]
    async fn answers_come_by_host_and_in_order() {
        let outbound = FakeOutbound::default();
        outbound.answer_always("a.example", Answer::json(503, ""));
        outbound.answer("a.example", Answer::json(201, ""));
        outbound.answer("a.example", Answer::json(202, ""));
        outbound.answer("b.example", Answer::json(203, ""));
        for (url, status) in [
            ("https://a.example/x", 201),
            ("https://b.example/", 203),
            ("https://a.example:8443/", 202),
            ("https://a.example/", 503),
            ("https://a.example/", 503),
        ] {
            let answer = ask(&outbound, url).await.unwrap();
            assert_eq!(answer.status.as_u16(), status, "{url}");
        }
        assert_eq!(outbound.sent().len(), 5);
        assert_eq!(outbound.count("a.example"), 4);
        assert_eq!(outbound.sent()[0].url(), "https://a.example/x");
    }

    #[tokio::test]
    #[should_panic(expected = "sent without an answer in the script: [\"b.example\"]")]
    async fn what_is_sent_unexpectedly_fails_the_test() {
        let outbound = FakeOutbound::default();
        outbound.answer_always("a.example", Answer::json(200, ""));
        ask(&outbound, "https://b.example/").await.unwrap_err();
    }

    #[tokio::test]
    #[should_panic(expected = "scripted and never asked for: [(\"a.example\", 1)]")]
    async fn an_answer_that_nobody_asked_for_fails_the_test() {
        let outbound = FakeOutbound::default();
        outbound.answer("a.example", Answer::json(200, ""));
    }
}
