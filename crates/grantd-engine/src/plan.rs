//! Plans: what a document would make of what is there, and doing it, all of it or nothing.
//!
//! A plan is made by doing everything within a unit that is not committed, so that it says what applying
//! would do: with each check of access, each name that is taken, and each reference from one new thing to
//! another. HTTP consumers are in no document yet. Invariant: the plan that is applied is the one that was shown, or
//! nothing is done.

mod credential;
pub(crate) mod digest;
mod export;
mod import;
mod keep;
mod listener;
mod run;
mod source;
mod told;

use std::collections::BTreeMap;

use grantd_model::secret_reference::SourceName;
use grantd_model::{
    CredentialDraft, FieldError, ListenerDraft, Revision, SecretInput, Slug, SourceDraft,
};

pub use export::{Exported, ExportedListener};
pub use import::{ImportMode, ImportObserver, ImportReport, ImportRow, ImportedRow, RowOutcome};

/// What a thing is that a document names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ThingKind {
    /// A secret source.
    Source,
    /// A credential.
    Credential,
    /// An email listener.
    Listener,
}

impl ThingKind {
    /// The name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Credential => "credential",
            Self::Listener => "listener",
        }
    }

    /// The section of a document that such things stand in.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::Source => "sources",
            Self::Credential => "credentials",
            Self::Listener => "listeners",
        }
    }
}

/// A thing that a document names, as it was read.
#[derive(Debug)]
pub struct Wanted<T> {
    /// Its name in the document.
    pub name: String,
    /// The thing, or everything that is wrong with how it is written, each by its place in it.
    pub thing: Result<T, Vec<FieldError>>,
}

/// Where a secret is that a document does not give and that is to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptSecret {
    /// Wherever it is.
    Any,
    /// Sealed here.
    Internal,
    /// In a secret source.
    External,
}

/// A credential as a document wants it.
#[derive(Debug)]
pub struct WantedCredential {
    /// Its short name.
    pub slug: Slug,
    /// Everything else.
    pub draft: CredentialDraft,
    /// Where its secret is, if the draft keeps it.
    pub kept: KeptSecret,
}

/// An email listener as a document wants it.
#[derive(Debug)]
pub struct WantedListener {
    /// Its short name.
    pub slug: Slug,
    /// What people set.
    pub draft: ListenerDraft,
    /// Whether it is stopped; if absent, it stays as it is, and a new one begins at once.
    pub paused: Option<bool>,
}

/// A secret source as a document wants it.
#[derive(Debug)]
pub struct WantedSource {
    /// What references call it.
    pub name: SourceName,
    /// What people set.
    pub draft: SourceDraft,
    /// What grantd signs in with; if absent, it is kept.
    pub secret: Option<SecretInput>,
}

/// Everything that a document names. What it does not name is left alone.
#[derive(Debug, Default)]
pub struct WantedThings {
    /// Secret sources.
    pub sources: Vec<Wanted<WantedSource>>,
    /// Credentials.
    pub credentials: Vec<Wanted<WantedCredential>>,
    /// Email listeners.
    pub listeners: Vec<Wanted<WantedListener>>,
}

/// A member that becomes another one; never a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberChange {
    /// Which one.
    pub member: String,
    /// What it is; absent if there is none.
    pub before: Option<String>,
    /// What it becomes; absent if there is none then.
    pub after: Option<String>,
}

/// What becomes of a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanOutcome {
    /// It is added, with these members.
    Create(Vec<MemberChange>),
    /// These members change.
    Update(Vec<MemberChange>),
    /// It is as it is wanted.
    Unchanged,
    /// It can not be as it is wanted, each fault by its place in the thing.
    Refused(Vec<FieldError>),
}

/// A thing in a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanItem {
    /// What it is.
    pub kind: ThingKind,
    /// Its name in the document.
    pub name: String,
    /// Its revision when the plan was made; absent if it was not there.
    pub revision: Option<Revision>,
    /// What becomes of it.
    pub outcome: PlanOutcome,
}

impl PlanItem {
    /// Its place in the document, such as `credentials/mail`.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}/{}", self.kind.section(), self.name)
    }
}

/// What applying a document would do, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Stands for all that follows and for what it was made from, until grantd is started anew.
    pub digest: String,
    /// Each thing that the document names.
    pub items: Vec<PlanItem>,
}

impl Plan {
    /// Whether something would become another thing.
    #[must_use]
    pub fn changes_something(&self) -> bool {
        let changes = |item: &PlanItem| {
            matches!(
                item.outcome,
                PlanOutcome::Create(_) | PlanOutcome::Update(_)
            )
        };
        self.items.iter().any(changes)
    }

    /// Whether something is refused, so that nothing can be done.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        let refused = |item: &PlanItem| matches!(item.outcome, PlanOutcome::Refused(_));
        self.items.iter().any(refused)
    }

    /// What the plan was made from.
    #[must_use]
    pub fn basis(&self) -> PlanBasis {
        let state = self.items.iter().map(|it| (it.place(), it.revision));
        PlanBasis {
            digest: self.digest.clone(),
            state: state.collect(),
        }
    }
}

/// What a plan was made from, as whoever applies it shows it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanBasis {
    /// The digest of the plan.
    pub digest: String,
    /// The revision of each thing by its place, absent where it was not there. It serves to say what
    /// changed, and may be empty.
    pub state: BTreeMap<String, Option<Revision>>,
}
