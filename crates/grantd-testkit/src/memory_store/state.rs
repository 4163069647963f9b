//! Everything that is kept, as one value. Copying it copies pointers, not rows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use grantd_model::alert::Trouble;
use grantd_model::mail::SeenMark;
use grantd_model::{
    AlertCause, AlertChannel, AlertDelivery, ApiKey, AuditEntry, ChannelId, Consumer, ConsumerId,
    Credential, CredentialId, HealthRecord, HourKind, KeyId, Listener, ListenerId, ListenerState,
    MailAction, MailDelivery, MailHour, MailKey, MailLetter, PendingMail, Session, SignInLink,
    Source, SourceId, Timestamp, TokenEvent, UsageCount, User, UserId,
};
use grantd_store::{AuditLink, ChainState, Installation, StoreError};

#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) installation: Option<Arc<Installation>>,
    pub(super) credentials: BTreeMap<CredentialId, Arc<Credential>>,
    pub(super) keys: BTreeMap<KeyId, Arc<ApiKey>>,
    /// In the order in which they came.
    pub(super) audit: Vec<(AuditLink, Arc<AuditEntry>)>,
    pub(super) chain: Option<ChainState>,
    /// In the order in which they came.
    pub(super) events: Vec<Arc<TokenEvent>>,
    pub(super) health: BTreeMap<CredentialId, HealthRecord>,
    pub(super) usage: Vec<UsageCount>,
    pub(super) last_used: BTreeMap<CredentialId, Timestamp>,
    pub(super) hours: BTreeMap<(Timestamp, HourKind), u64>,
    pub(super) users: BTreeMap<UserId, Arc<User>>,
    /// The highest version that a second factor of the user ever had.
    pub(super) factor_versions: BTreeMap<UserId, u32>,
    pub(super) sessions: Vec<Session>,
    pub(super) links: Vec<SignInLink>,
    pub(super) sources: BTreeMap<SourceId, Arc<Source>>,
    pub(super) consumers: BTreeMap<ConsumerId, Arc<Consumer>>,
    pub(super) channels: BTreeMap<ChannelId, Arc<AlertChannel>>,
    pub(super) alert_causes: BTreeMap<(String, Trouble), AlertCause>,
    /// In the order in which they came.
    pub(super) alert_deliveries: Vec<AlertDelivery>,
    pub(super) listeners: BTreeMap<ListenerId, Arc<Listener>>,
    pub(super) listener_states: BTreeMap<ListenerId, ListenerState>,
    pub(super) mail_seen: BTreeMap<(ListenerId, SeenMark), Timestamp>,
    pub(super) mail_passed_over: BTreeSet<(ListenerId, SeenMark)>,
    pub(super) mail_pending: Vec<(ListenerId, PendingMail)>,
    pub(super) mail_deliveries: Vec<MailDelivery>,
    pub(super) mail_actions: BTreeMap<(ListenerId, MailKey), MailAction>,
    pub(super) mail_letters: BTreeMap<(ListenerId, MailKey), MailLetter>,
    pub(super) mail_hours: BTreeMap<(ListenerId, Timestamp), MailHour>,
}

/// One kind of repository over a state, to read or to write.
pub(super) struct Repository<S>(pub(super) S);

/// Adds a row whose id must be new.
pub(super) fn insert<I: Ord, T>(
    rows: &mut BTreeMap<I, Arc<T>>,
    id: I,
    row: T,
) -> Result<(), StoreError> {
    match rows.entry(id) {
        std::collections::btree_map::Entry::Vacant(place) => {
            place.insert(Arc::new(row));
            Ok(())
        }
        std::collections::btree_map::Entry::Occupied(_) => {
            Err(StoreError::Database("the id is there already".to_owned()))
        }
    }
}
