//! Lists the audit log.

use grantd_model::{Action, Actor, AuditAction, AuditEntry, ObjectId, Timestamp};
use grantd_store::AuditQuery;

use crate::{
    ConsumerRef, CredentialRef, Engine, EngineError, ListenerRef, Listing, access, cursor,
};

/// Which audit entries are wanted.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only about this thing.
    pub object: Option<ObjectId>,
    /// Only of this kind.
    pub action: Option<AuditAction>,
    /// Only by the key or user with this id.
    pub actor: Option<ObjectId>,
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Without token requests, of which there are more than of anything else.
    pub without_fetches: bool,
    /// The most entries: 1 to 200.
    pub limit: u32,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl Engine {
    /// A page of the audit log, newest first.
    ///
    /// # Errors
    /// Without a grant to administer everything; when limit or cursor are wrong.
    pub async fn list_audit(
        &self,
        actor: &Actor,
        filter: &AuditFilter,
    ) -> Result<Listing<AuditEntry>, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        self.audit_page(filter).await
    }

    /// The newest entries about one credential, token requests left out: these are its events.
    ///
    /// # Errors
    /// When there is no credential that the actor may read; when the limit is wrong.
    pub async fn list_credential_audit(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
        limit: u32,
    ) -> Result<Listing<AuditEntry>, EngineError> {
        let credential = self.get_credential(actor, wanted).await?;
        let filter = AuditFilter {
            object: Some(credential.id.into()),
            without_fetches: true,
            limit,
            ..AuditFilter::default()
        };
        self.audit_page(&filter).await
    }

    /// The newest entries about one listener.
    ///
    /// # Errors
    /// When there is no listener that the actor may read; when the limit is wrong.
    pub async fn list_listener_audit(
        &self,
        actor: &Actor,
        wanted: &ListenerRef,
        limit: u32,
    ) -> Result<Listing<AuditEntry>, EngineError> {
        let listener = self.get_listener(actor, wanted).await?;
        let filter = AuditFilter {
            object: Some(listener.id.into()),
            limit,
            ..AuditFilter::default()
        };
        self.audit_page(&filter).await
    }

    /// The newest entries about one consumer.
    ///
    /// # Errors
    /// When there is no consumer that the actor may read; when the limit is wrong.
    pub async fn list_consumer_audit(
        &self,
        actor: &Actor,
        wanted: &ConsumerRef,
        limit: u32,
    ) -> Result<Listing<AuditEntry>, EngineError> {
        let consumer = self.get_consumer(actor, wanted).await?;
        let filter = AuditFilter {
            object: Some(consumer.id.into()),
            limit,
            ..AuditFilter::default()
        };
        self.audit_page(&filter).await
    }

    async fn audit_page(&self, filter: &AuditFilter) -> Result<Listing<AuditEntry>, EngineError> {
        let query = format!(
            "audit {:?} {:?} {:?} {:?} {:?} {}",
            filter.object,
            filter.action,
            filter.actor,
            filter.from,
            filter.until,
            filter.without_fetches
        );
        let page = cursor::page(filter.limit, filter.cursor.as_deref(), &query)?;
        let wanted = AuditQuery {
            object: filter.object.clone(),
            action: filter.action,
            actor: filter.actor.as_ref().map(ToString::to_string),
            from: filter.from,
            until: filter.until,
            without_fetches: filter.without_fetches,
            page,
        };
        let mut unit = self.parts().store.read().await?;
        let page = unit.audit().page(&wanted).await?;
        Ok(cursor::listing(page, &query))
    }
}
