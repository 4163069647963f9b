//! The use cases of grantd: credentials, keys, tokens, access and audit.
//!
//! Every method takes the [`Actor`](grantd_model::Actor) that asks, checks access, does its work in
//! one transaction and records it there. API, console and command line call the same methods.
//! Invariant: no socket and no SQL; what goes out goes through an
//! [`Outbound`](grantd_net::Outbound), what is kept goes into a [`Store`](grantd_store::Store).

mod access;
mod alerts;
mod audit;
mod background;
mod backup;
mod consumers;
mod credentials;
mod cursor;
mod directory;
mod engine;
mod error;
mod flat;
mod history;
mod installation;
mod keyring;
mod keys;
mod listeners;
mod metrics;
mod people;
mod plan;
mod snapshot_map;
mod sources;
mod standing;
mod token;
mod turns;
mod validation;

pub use alerts::change::ChangedChannel;
pub use alerts::list::ShownChannel;
pub use alerts::test::ChannelTest;
pub use alerts::transmit::Transmission;
pub use alerts::{AlertSettings, ChannelSecretInput};
pub use audit::check::{
    Against, AuditCheck, AuditCheckpoint, AuditFault, CheckpointResult, check as check_log,
};
pub use audit::export::AuditSpan;
pub use audit::list::AuditFilter;
pub use backup::Backup;
pub use consumers::{
    ConsumerFilter, ConsumerRef, ConsumerStanding, ConsumerWorks, ListedConsumer, NoConsumers,
    NotServed, ServedConsumer, TestReport, TestRequest, TestStep, TestStepName, TestSubject,
};
pub use credentials::find::CredentialRef;
pub use credentials::list::{CredentialFilter, CredentialSort, ListedCredential};
pub use cursor::Listing;
pub use engine::{Engine, EngineParts};
pub use error::EngineError;
pub use grantd_secrets::{
    Browsed, Destination, SourceError, SourceFault, SourceHealth, SourceListed,
};
pub use grantd_store::backup::BackupManifest;
pub use grantd_store::{AuditLink, AuditRow};
pub use installation::{
    Existing, InstallationError, KeyringPlaces, Opened, check_installation, open_existing,
    open_installation,
};
pub use keyring::damaged::DamagedValue;
pub use keyring::facts::{EarlierKey, InstallationFacts};
pub use keyring::place::{KeyringFile, KeyringPlace};
pub use keys::create::{KeyDraft, NewKey};
pub use listeners::{
    ConnectionReport, ConnectionStep, ListedListener, ListenerFilter, ListenerMemory, ListenerRef,
    ListenerStanding, MailProgress, MailWorks, NewestMail, NoMail, StepName,
};
pub use metrics::{MEDIA_TYPE as METRICS_MEDIA_TYPE, Metrics};
pub use people::factor::NewFactor;
pub use people::links::{LinkOffer, LinkUse, NewLink};
pub use people::manage::UserChange;
pub use people::sessions::{NewSession, Person, SessionLimits, Visitor};
pub use plan::{
    Exported, ExportedListener, ImportMode, ImportObserver, ImportReport, ImportRow, ImportedRow,
    KeptSecret, MemberChange, Plan, PlanBasis, PlanItem, PlanOutcome, RowOutcome, ThingKind,
    Wanted, WantedCredential, WantedListener, WantedSource, WantedThings,
};
pub use sources::check::SourceSecretInput;
pub use sources::list::ShownSource;
pub use sources::test::{FoundSecret, SourceTest};
pub use standing::EngineStanding;
pub use token::failure::TokenFailure;
pub use token::for_consumer::{Caller, UsedConsumer};
pub use token::hand_out::{HandedOut, TokenWish};
pub use token::held::HeldToken;
pub use token::key::token_key;
pub use token::overview::TokenAtHand;
pub use token::reject::Refusal;
pub use validation::{
    Step, StepKind, StepObserver, StepOutcome, TokenFacts, Validation, ValidationRequest,
    ValidationSubject,
};
