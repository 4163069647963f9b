//! Tries the connection of a listener step by step, before or after it is added.

use std::time::Duration;

use async_trait::async_trait;
use grantd_model::listener::SpoolName;
use grantd_model::{
    Action, Actor, AuditAction, Credential, ListenerDraft, ListenerSettings, ObjectId, Timestamp,
};

use crate::directory::Effect;
use crate::{Engine, EngineError, access};

/// What the engine needs of those who run listeners.
#[async_trait]
pub trait MailWorks: Send + Sync {
    /// The spool folders that the configuration declares.
    fn spools(&self) -> Vec<SpoolName>;

    /// Tries a connection: token, mailbox, folder, its newest mails, and the place of delivery.
    async fn test(
        &self,
        engine: &Engine,
        settings: &ListenerSettings,
        credential: &Credential,
    ) -> ConnectionReport;
}

/// No listeners at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMail;

#[async_trait]
impl MailWorks for NoMail {
    fn spools(&self) -> Vec<SpoolName> {
        Vec::new()
    }

    async fn test(&self, _: &Engine, _: &ListenerSettings, _: &Credential) -> ConnectionReport {
        ConnectionReport { steps: Vec::new() }
    }
}

/// What a step of a test is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepName {
    /// Getting an access token.
    Token,
    /// Finding the endpoint by Autodiscover.
    Endpoint,
    /// Opening the mailbox, and the folder in it.
    Folder,
    /// Reading its newest mails.
    Newest,
    /// Opening the folders that mails are moved to.
    Afterwards,
    /// Writing where it delivers to.
    Delivery,
}

impl StepName {
    /// The name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Endpoint => "endpoint",
            Self::Folder => "folder",
            Self::Newest => "newest",
            Self::Afterwards => "afterwards",
            Self::Delivery => "delivery",
        }
    }
}

/// One step of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionStep {
    /// Which one.
    pub name: StepName,
    /// Whether it went well; absent where it was not reached.
    pub ok: Option<bool>,
    /// How long it took.
    pub took: Duration,
    /// What was found, or what went wrong.
    pub detail: String,
    /// What can be done, where that is known.
    pub remedy: Option<String>,
    /// The newest mails, at the step that reads them.
    pub newest: Vec<NewestMail>,
}

/// A mail as a test shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewestMail {
    /// When it was received.
    pub received_at: Option<Timestamp>,
    /// Its sender.
    pub sender: String,
    /// Its subject.
    pub subject: String,
    /// Whether the filters let it through.
    pub wanted: bool,
}

/// How a test went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionReport {
    /// Its steps, in order.
    pub steps: Vec<ConnectionStep>,
}

impl ConnectionReport {
    /// Whether all went well.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.steps.iter().all(|step| step.ok == Some(true))
    }
}

impl Engine {
    /// Tries the connection of a listener that need not be added yet: nothing is delivered, and
    /// nothing in the mailbox is changed.
    ///
    /// # Errors
    /// As adding it would, but for a name that is taken; when too many are tried at once.
    pub async fn test_listener(
        &self,
        actor: &Actor,
        draft: &ListenerDraft,
    ) -> Result<ConnectionReport, EngineError> {
        access::somewhere(actor, Action::Manage)?;
        let mut unit = self.parts().store.read().await?;
        let mut draft = draft.clone();
        if draft.name.trim().is_empty() {
            // what it will be called is of no matter here
            "test".clone_into(&mut draft.name);
        }
        let (settings, credential) = self
            .read_draft(unit.credentials().as_mut(), actor, &draft)
            .await?;
        drop(unit);
        self.validations().take_test(actor, self.moment())?;
        let works = &self.parts().mail;
        let report = works.test(self, &settings, &credential).await;
        let failed = report.steps.iter().find(|step| step.ok == Some(false));
        let detail = vec![
            ("mailbox".to_owned(), settings.mailbox.to_string()),
            ("folder".to_owned(), settings.folder.to_string()),
            (
                "result".to_owned(),
                failed.map_or_else(|| "ok".to_owned(), |step| step.name.name().to_owned()),
            ),
        ];
        let mut unit = self.parts().store.write().await?;
        let object = (
            ObjectId::from(credential.id),
            credential.settings.name.as_str(),
        );
        let action = AuditAction::ListenerTest;
        self.record(unit.as_mut(), self.now(), actor, action, object, detail)
            .await?;
        self.commit(unit, Effect::Nothing).await?;
        Ok(report)
    }
}
