//! The vocabulary of grantd: ids, secrets, time, scopes, entities and kinds of errors.
//!
//! Everything here is data with its rules. Invariant: no I/O, no clock reading, no randomness of
//! its own, and no other crate of the workspace.

pub mod access;
pub mod actor;
pub mod alert;
pub mod api_key;
pub mod audit;
pub mod authentication;
pub mod base32;
pub mod bound_host;
pub mod consumer;
pub mod credential;
pub mod documented;
pub mod draft;
pub mod endpoint;
pub mod error;
mod faults;
pub mod health;
pub mod id;
pub mod label;
pub mod listener;
pub mod mail;
pub mod parameter;
pub mod random;
pub mod scope;
pub mod secret;
pub mod secret_reference;
pub mod session;
pub mod slug;
pub mod source;
pub mod text;
pub mod time;
pub mod token;
pub mod token_event;
pub mod token_key;
pub mod usage;
pub mod user;

pub use access::{Action, Grant, LabelSelector, Role, ScopeLimit, Target, Visibility};
pub use actor::{Actor, ActorRef};
pub use alert::{
    AlertCause, AlertChannel, AlertDelivery, AlertMessage, ChannelDraft, ChannelSecret,
    ChannelSettings,
};
pub use api_key::{ApiKey, ApiKeySecret};
pub use audit::{AuditAction, AuditEntry};
pub use authentication::{AuthenticationMethod, BasicEncoding, ClientAuthentication};
pub use consumer::{Consumer, ConsumerDraft, ConsumerSettings};
pub use credential::{Change, Credential, Provider, Revision, ScopeSetting, Settings, Timeouts};
pub use draft::{CredentialDraft, ParameterInput, SecretInput};
pub use endpoint::{Origin, ProxyUrl, TokenEndpoint};
pub use error::{ErrorKind, FieldError, Invalid, Notice};
pub use health::{Health, HealthRecord, HealthState, Standing};
pub use id::{
    AlertId, AuditId, ChannelId, ConsumerId, CredentialId, EventId, KeyId, ListenerId, ObjectId,
    SessionId, SourceId, UserId,
};
pub use label::{LabelKey, LabelValue, Labels};
pub use listener::{Listener, ListenerDraft, ListenerSettings};
pub use mail::{
    ListenerPhase, ListenerState, MailAction, MailDelivery, MailHour, MailKey, MailLetter,
    PendingMail,
};
pub use parameter::{Parameter, ParameterValue};
pub use random::Randomness;
pub use scope::{Scope, ScopeSet};
pub use secret::Secret;
pub use secret_reference::{Sealed, SecretEntry, SecretList, SecretReference, SecretValue};
pub use session::{Session, SessionStage};
pub use slug::Slug;
pub use source::{Source, SourceDraft, SourceSettings};
pub use text::{Audience, ClientId, Name, Resource};
pub use time::{Clock, Moment, Timestamp};
pub use token::{AccessToken, TokenType};
pub use token_event::{EventCause, EventResult, TokenEvent};
pub use token_key::TokenKey;
pub use usage::{HourCount, HourKind, UsageCount, UsageHour, UsageResult};
pub use user::{LinkPurpose, PasswordHash, SecondFactor, SignInLink, User, UserName};
