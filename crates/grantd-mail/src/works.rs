//! Puts mailboxes and places of delivery together, and tries them for people.

use std::collections::BTreeMap;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use grantd_engine::{
    ConnectionReport, ConnectionStep, Engine, EngineError, MailWorks, NewestMail, StepName,
};
use grantd_model::listener::{
    Content, DeliverySettings, FolderPath, MailEndpoint, MailEndpointChoice, SpoolName, Then,
};
use grantd_model::{
    Clock, Credential, ErrorKind, ListenerId, ListenerSettings, Randomness, Timestamp,
};
use grantd_net::Outbound;
use tokio::sync::Mutex;

use crate::delivery::Delivery;
use crate::delivery::spool::{Spool, SpoolConfig};
use crate::delivery::turns::DiskTurns;
use crate::fault::MailFault;
use crate::mailbox::{Act, Acted, Changes, Fetched, Look, Mailbox, Summary, Wish};
use crate::protocol::ews::{
    EngineTokens, EwsMailbox, EwsSession, Gates, SessionParts, TokenSource, autodiscover,
    random_text,
};

/// How many of the newest mails a test shows.
const MOST_SHOWN: u32 = 5;

/// What listeners need.
pub struct MailParts {
    /// The way out.
    pub outbound: Arc<dyn Outbound>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Randomness>,
    /// The spool folders that are declared.
    pub spools: BTreeMap<SpoolName, SpoolConfig>,
}

/// Puts mailboxes and places of delivery together.
pub struct Works {
    parts: MailParts,
    gates: Gates,
    turns: DiskTurns,
}

impl Works {
    /// Of these parts.
    #[must_use]
    pub fn new(parts: MailParts) -> Self {
        Self {
            parts,
            gates: Gates::default(),
            turns: DiskTurns::default(),
        }
    }

    /// Turns at the disks.
    pub(crate) const fn turns(&self) -> &DiskTurns {
        &self.turns
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    pub(crate) fn since_boot(&self) -> Duration {
        self.parts.clock.since_boot()
    }

    /// Letters and digits that nobody can guess.
    pub(crate) fn nonce(&self) -> String {
        let mut nonce = random_text(self.parts.random.as_ref());
        nonce.push_str(&random_text(self.parts.random.as_ref()));
        nonce
    }

    /// The mailbox of these settings; where it is is found out when it is first asked.
    pub(crate) fn mailbox(
        self: &Arc<Self>,
        engine: &Engine,
        settings: &ListenerSettings,
    ) -> Opened {
        Opened {
            works: Arc::clone(self),
            engine: engine.clone(),
            settings: settings.clone(),
            mailbox: Mutex::default(),
        }
    }

    /// The place of delivery of these settings.
    pub(crate) fn delivery(
        &self,
        settings: &ListenerSettings,
        listener: Option<ListenerId>,
    ) -> Arc<dyn Delivery> {
        let DeliverySettings::Spool { spool, layout } = &settings.delivery;
        match self.parts.spools.get(spool) {
            Some(config) => {
                let random = Arc::clone(&self.parts.random);
                let turns = self.turns.clone();
                Arc::new(Spool::new(config, *layout, listener, random, turns))
            }
            None => Arc::new(Undeclared(spool.clone())),
        }
    }
}

/// What a credential that can not be used means for a listener.
pub(crate) fn credential_fault(error: &EngineError) -> MailFault {
    match error.kind() {
        ErrorKind::StoreFailed => MailFault::Transient {
            class: "store_failed",
            detail: error.to_string(),
        },
        ErrorKind::Disabled => MailFault::Configuration {
            class: "credential_disabled",
            detail: "the credential is disabled".to_owned(),
            remedy: "Enable the credential; the listener goes on by itself.".to_owned(),
        },
        ErrorKind::Invalid => MailFault::Configuration {
            class: "mailbox_not_allowed",
            detail: match error {
                EngineError::Fields(faults) => {
                    let details: Vec<&str> = faults.iter().map(|it| it.detail.as_str()).collect();
                    details.join("; ")
                }
                error => error.to_string(),
            },
            remedy: "An admin adds the mailbox to the credential's allowed mailboxes.".to_owned(),
        },
        _ => MailFault::Configuration {
            class: "credential_missing",
            detail: error.to_string(),
            remedy: "Choose another credential for the listener.".to_owned(),
        },
    }
}

/// A mailbox that is found when it is first asked.
pub(crate) struct Opened {
    works: Arc<Works>,
    engine: Engine,
    settings: ListenerSettings,
    mailbox: Mutex<Option<Arc<EwsMailbox>>>,
}

impl Opened {
    fn ca_bundle(&self) -> Option<Arc<str>> {
        self.settings.ca_bundle.as_deref().map(Arc::from)
    }

    fn tokens(&self) -> EngineTokens {
        let credential = self.settings.credential;
        let mailbox = self.settings.mailbox.clone();
        EngineTokens::new(self.engine.clone(), credential, mailbox, self.ca_bundle())
    }

    async fn endpoint(&self) -> Result<MailEndpoint, MailFault> {
        match &self.settings.endpoint {
            MailEndpointChoice::At(endpoint) => Ok(endpoint.clone()),
            MailEndpointChoice::Autodiscover => {
                let outbound = &self.works.parts.outbound;
                let mailbox = &self.settings.mailbox;
                autodiscover::find(outbound, mailbox, self.ca_bundle()).await
            }
        }
    }

    async fn get(&self) -> Result<Arc<EwsMailbox>, MailFault> {
        let mut mailbox = self.mailbox.lock().await;
        if let Some(found) = mailbox.as_ref() {
            return Ok(Arc::clone(found));
        }
        let endpoint = self.endpoint().await?;
        let works = &self.works;
        let gate = works.gates.of(endpoint.host(), &self.settings.mailbox);
        let session = EwsSession::new(SessionParts {
            outbound: Arc::clone(&works.parts.outbound),
            tokens: Arc::new(self.tokens()),
            endpoint,
            mailbox: self.settings.mailbox.clone(),
            impersonate_by: self.settings.impersonate_by,
            version: self.settings.version,
            gate,
            clock: Arc::clone(&works.parts.clock),
            random: Arc::clone(&works.parts.random),
            turns: works.turns.clone(),
        });
        let found = Arc::new(EwsMailbox::new(session, self.settings.folder.clone()));
        *mailbox = Some(Arc::clone(&found));
        Ok(found)
    }

    /// Looks for the endpoint again where Autodiscover named it and it is of no use any more.
    async fn noted<T>(&self, done: Result<T, MailFault>) -> Result<T, MailFault> {
        let is_lost = match &done {
            Err(MailFault::Unreachable { .. }) => true,
            Err(fault) => matches!(fault.class(), "no_service" | "no_soap" | "redirected"),
            Ok(_) => false,
        };
        if is_lost && self.settings.endpoint == MailEndpointChoice::Autodiscover {
            *self.mailbox.lock().await = None;
        }
        done
    }
}

#[async_trait]
impl Mailbox for Opened {
    async fn changes(&self, cursor: Option<&str>, most: u32) -> Result<Changes, MailFault> {
        let changes = self.get().await?.changes(cursor, most).await;
        self.noted(changes).await
    }

    async fn look(&self, at: Look<'_>) -> Result<Vec<Result<Summary, MailFault>>, MailFault> {
        self.get().await?.look(at).await
    }

    async fn fetch(
        &self,
        mails: &[Wish<'_>],
        content: &Content,
    ) -> Result<Vec<Result<Fetched, MailFault>>, MailFault> {
        self.get().await?.fetch(mails, content).await
    }

    async fn act(&self, items: &[String], act: &Act) -> Result<Vec<Acted>, MailFault> {
        self.get().await?.act(items, act).await
    }
}

/// A spool folder that is not declared any more.
struct Undeclared(SpoolName);

impl Undeclared {
    fn fault<T>(&self) -> Result<T, MailFault> {
        Err(MailFault::Configuration {
            class: "unknown_spool",
            detail: format!("the configuration declares no spool folder `{}`", self.0),
            remedy: format!(
                "Declare it as `[spools.{}]`, or choose another one.",
                self.0
            ),
        })
    }
}

#[async_trait]
impl Delivery for Undeclared {
    async fn check(&self) -> Result<(), MailFault> {
        self.fault()
    }

    async fn begin(&self) -> Result<std::path::PathBuf, MailFault> {
        self.fault()
    }

    async fn deliver(&self, mails: Vec<crate::delivery::ReadyMail>) -> Vec<Result<(), MailFault>> {
        mails.iter().map(|_| self.fault()).collect()
    }

    async fn clear(&self, _: Option<std::path::PathBuf>) -> Result<(), MailFault> {
        Ok(())
    }
}

/// The works as the engine uses them.
pub struct SharedWorks(pub Arc<Works>);

#[async_trait]
impl MailWorks for SharedWorks {
    fn spools(&self) -> Vec<SpoolName> {
        self.0.parts.spools.keys().cloned().collect()
    }

    async fn test(
        &self,
        engine: &Engine,
        settings: &ListenerSettings,
        credential: &Credential,
    ) -> ConnectionReport {
        let mut trying = Trying {
            works: &self.0,
            steps: Vec::new(),
            failed: false,
        };
        trying.all(engine, settings, credential).await;
        ConnectionReport {
            steps: trying.steps,
        }
    }
}

/// A test under way.
struct Trying<'a> {
    works: &'a Arc<Works>,
    steps: Vec<ConnectionStep>,
    failed: bool,
}

type Found = (String, Vec<NewestMail>);

impl Trying<'_> {
    async fn all(&mut self, engine: &Engine, settings: &ListenerSettings, credential: &Credential) {
        let opened = self.works.mailbox(engine, settings);
        self.step(StepName::Token, async || {
            let endpoint = match &settings.endpoint {
                MailEndpointChoice::At(endpoint) => Some(endpoint.host()),
                MailEndpointChoice::Autodiscover => None,
            };
            let tokens = opened.tokens();
            match endpoint {
                Some(host) => drop(tokens.token(host).await?),
                None => tokens.any().await?,
            }
            Ok(words(format!(
                "an access token of `{}` is there",
                credential.slug
            )))
        })
        .await;
        if settings.endpoint == MailEndpointChoice::Autodiscover {
            self.step(StepName::Endpoint, async || {
                opened.get().await?;
                let endpoint = opened.endpoint().await?;
                Ok(words(format!("Autodiscover names {endpoint}")))
            })
            .await;
        }
        self.step(StepName::Folder, async || {
            let mailbox = opened.get().await?;
            let folder = mailbox.open().await?;
            let total = folder
                .total
                .map_or_else(String::new, |total| format!(", {total} items"));
            Ok(words(format!(
                "`{}` is there{total}; {} answers",
                settings.folder,
                mailbox.server()
            )))
        })
        .await;
        self.step(StepName::Newest, async || {
            let answers = opened.look(Look::Newest(MOST_SHOWN)).await?;
            let mut newest = Vec::new();
            for mail in answers.into_iter().flatten() {
                let wanted = settings
                    .filters
                    .iter()
                    .all(|it| it.lets_through(&mail.facts));
                newest.push(NewestMail {
                    received_at: mail.received_at,
                    sender: mail.facts.sender,
                    subject: mail.facts.subject,
                    wanted,
                });
            }
            let detail = match newest.len() {
                0 => "the folder is empty".to_owned(),
                count => format!("the newest {count} mails could be read"),
            };
            Ok((detail, newest))
        })
        .await;
        let targets = targets(settings);
        if !targets.is_empty() {
            self.step(StepName::Afterwards, async || {
                let mailbox = opened.get().await?;
                for target in &targets {
                    mailbox.folder_id(target).await?;
                }
                let names: Vec<String> = targets.iter().map(|it| format!("`{it}`")).collect();
                Ok(words(format!(
                    "what mails are moved to is there: {}",
                    names.join(", ")
                )))
            })
            .await;
        }
        let delivery = self.works.delivery(settings, None);
        // whether it can be delivered is of interest whatever the mailbox says
        self.failed = false;
        self.step(StepName::Delivery, async || {
            delivery.check().await?;
            let DeliverySettings::Spool { spool, .. } = &settings.delivery;
            Ok(words(format!("the spool folder `{spool}` can be written")))
        })
        .await;
    }

    async fn step(&mut self, name: StepName, work: impl AsyncFnOnce() -> Result<Found, MailFault>) {
        let mut step = ConnectionStep {
            name,
            ok: None,
            took: Duration::ZERO,
            detail: String::new(),
            remedy: None,
            newest: Vec::new(),
        };
        if !self.failed {
            let begun = self.works.since_boot();
            match work().await {
                Ok((detail, newest)) => {
                    step.ok = Some(true);
                    step.detail = detail;
                    step.newest = newest;
                }
                Err(fault) => {
                    step.ok = Some(false);
                    step.detail = fault.to_string();
                    step.remedy = fault.remedy();
                    self.failed = true;
                }
            }
            step.took = self.works.since_boot().saturating_sub(begun);
        }
        self.steps.push(step);
    }
}

/// The folders that mails are moved to.
fn targets(settings: &ListenerSettings) -> Vec<FolderPath> {
    let delivered = match &settings.afterwards.then {
        Then::Move(folder) => Some(folder.clone()),
        Then::Leave | Then::Delete(_) => None,
    };
    delivered
        .into_iter()
        .chain(settings.retries.folder.clone())
        .collect()
}

const fn words(detail: String) -> Found {
    (detail, Vec::new())
}
