//! Sends one request through a consumer, before or after it is added.

use std::time::Duration;

use async_trait::async_trait;
use grantd_model::consumer::MethodName;
use grantd_model::{
    Action, Actor, AuditAction, Consumer, ConsumerDraft, ConsumerId, Credential, Invalid, ObjectId,
    Slug,
};

use super::bounds::{beyond, may_send};
use super::find::find_for;
use super::{NotServed, ServedConsumer};
use crate::credentials::find::find_usable;
use crate::directory::Effect;
use crate::{ConsumerRef, Engine, EngineError, access};

/// The longest path of a test request, in bytes.
const MOST_PATH: usize = 2048;

/// What the engine needs of those who run consumers.
#[async_trait]
pub trait ConsumerWorks: Send + Sync {
    /// Sends a request as a caller of the consumer would, with a token of its credential.
    async fn test(
        &self,
        engine: &Engine,
        consumer: &ServedConsumer,
        credential: &Credential,
        request: TestRequest,
    ) -> TestReport;
}

/// No consumers at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoConsumers;

#[async_trait]
impl ConsumerWorks for NoConsumers {
    async fn test(
        &self,
        _: &Engine,
        _: &ServedConsumer,
        _: &Credential,
        _: TestRequest,
    ) -> TestReport {
        TestReport::default()
    }
}

/// A request that is sent to see how it is answered; it has no body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestRequest {
    /// The method.
    pub method: MethodName,
    /// The path behind the base URL, with its query: `/` and what follows.
    pub path: String,
}

/// How a test request went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TestReport {
    /// The status of the answer; none where there was no answer.
    pub status: Option<u16>,
    /// How long it took.
    pub took: Duration,
    /// The header fields of the answer: names, and values without what is secret.
    pub headers: Vec<(String, String)>,
    /// What was done, in order.
    pub steps: Vec<TestStep>,
}

impl TestReport {
    /// The step that failed, if one did.
    #[must_use]
    pub fn fault(&self) -> Option<&TestStep> {
        self.steps.iter().find(|step| step.ok == Some(false))
    }
}

/// What a step of a test request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestStepName {
    /// Whether the consumer lets method and path through.
    Allowed,
    /// Getting an access token.
    Token,
    /// Connecting to the service.
    Connect,
    /// Sending the request, and its answer.
    Answer,
}

impl TestStepName {
    /// The name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Token => "token",
            Self::Connect => "connect",
            Self::Answer => "answer",
        }
    }
}

/// One step of a test request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestStep {
    /// Which one.
    pub name: TestStepName,
    /// Whether it went well; absent where it was not reached.
    pub ok: Option<bool>,
    /// How long it took.
    pub took: Duration,
    /// What was found, or what went wrong.
    pub detail: String,
    /// What can be done, where that is known.
    pub remedy: Option<String>,
}

/// What a request is tried through.
#[derive(Debug, Clone)]
pub enum TestSubject {
    /// A consumer that need not be added yet.
    Draft(Box<ConsumerDraft>),
    /// A consumer as it is.
    Kept(ConsumerRef),
    /// A consumer as a change would make it; secret header fields without a value are those that are kept.
    Edited(ConsumerRef, Box<ConsumerDraft>),
}

impl Engine {
    /// Sends a request through a consumer, enabled or not.
    ///
    /// # Errors
    /// As adding or changing it would, but for a name or host that is taken; when a secret header field does not
    /// open, or too much is tried at once. That the service does not answer well is no error, but told in the
    /// report.
    pub async fn test_consumer(
        &self,
        actor: &Actor,
        subject: TestSubject,
        request: TestRequest,
    ) -> Result<TestReport, EngineError> {
        access::somewhere(actor, Action::Manage)?;
        let is_kept = !matches!(subject, TestSubject::Draft(_));
        let (consumer, credential) = self.consumer_to_try(actor, subject).await?;
        check_path(&request.path)?;
        self.validations().take_test(actor, self.moment())?;
        let object = if is_kept {
            let name = consumer.settings.name.to_string();
            (ObjectId::from(consumer.id), name)
        } else {
            let name = credential.settings.name.to_string();
            (ObjectId::from(credential.id), name)
        };
        // what a query holds may be secret
        let path = request.path.split('?').next().unwrap_or_default();
        let mut detail = vec![
            (
                "base_url".to_owned(),
                consumer.settings.base_url.to_string(),
            ),
            ("method".to_owned(), request.method.to_string()),
            ("path".to_owned(), path.to_owned()),
        ];
        let served = self.served(consumer, &credential);
        if let Err(NotServed::Seal(error)) = &served.fields {
            return Err(EngineError::Seal(error.clone()));
        }
        let works = &self.parts().consumers;
        let report = works.test(self, &served, &credential, request).await;
        let result = match (report.fault(), report.status) {
            (Some(step), _) => step.name.name().to_owned(),
            (None, Some(status)) => status.to_string(),
            (None, None) => "no answer".to_owned(),
        };
        detail.push(("result".to_owned(), result));
        let mut unit = self.parts().store.write().await?;
        let action = AuditAction::ConsumerTest;
        let object = (object.0, object.1.as_str());
        self.record(unit.as_mut(), self.now(), actor, action, object, detail)
            .await?;
        self.commit(unit, Effect::Nothing).await?;
        Ok(report)
    }

    async fn consumer_to_try(
        &self,
        actor: &Actor,
        subject: TestSubject,
    ) -> Result<(Consumer, Credential), EngineError> {
        let mut unit = self.parts().store.read().await?;
        let (wanted, draft) = match subject {
            TestSubject::Draft(mut draft) => {
                if draft.name.trim().is_empty() {
                    // what it will be called is of no matter here
                    "test".clone_into(&mut draft.name);
                }
                let read = self
                    .read_consumer_draft(unit.credentials().as_mut(), actor, None, &draft)
                    .await?;
                let id = ConsumerId::new(self.now(), self.random());
                let slug = Slug::from_name(read.settings.name.as_str(), self.random());
                let credential = read.credential.clone();
                return Ok((self.built_consumer(actor, (id, slug), read)?, credential));
            }
            TestSubject::Kept(wanted) => (wanted, None),
            TestSubject::Edited(wanted, draft) => (wanted, Some(draft)),
        };
        let before = find_for(unit.consumers().as_mut(), actor, Action::Manage, &wanted).await?;
        if let Some(draft) = draft {
            let read = self
                .read_consumer_draft(unit.credentials().as_mut(), actor, Some(&before), &draft)
                .await?;
            let credential = read.credential.clone();
            return Ok((self.changed_consumer(actor, &before, read)?, credential));
        }
        let id = before.settings.credential.to_string();
        let found = find_usable(unit.credentials().as_mut(), actor, &id).await?;
        let credential = found.ok_or_else(|| EngineError::Forbidden {
            action: Action::Token,
            on: format!(" on the credential of the HTTP consumer `{}`", before.slug),
        })?;
        may_send(actor, &credential, &before.settings)?;
        let faults = beyond(&before.settings, &credential);
        if !faults.is_empty() {
            return Err(EngineError::Fields(faults));
        }
        Ok((before, credential))
    }
}

/// Checks the path and query of a request (RFC 9112 section 3.2.1).
fn check_path(path: &str) -> Result<(), EngineError> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    if path.starts_with('/') && path.len() <= MOST_PATH && path.bytes().all(is_plain) {
        return Ok(());
    }
    let detail = format!(
        "a path that begins with `/` is expected, of at most {MOST_PATH} printable ASCII characters without `#`"
    );
    Err(EngineError::field(
        Invalid::new("invalid_path", detail).at("/path"),
    ))
}
