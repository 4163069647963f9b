//! Lists the audit log.

use grantd_model::{Action, Actor, AuditAction, AuditEntry, ObjectId, Timestamp};
use grantd_store::AuditQuery;

use crate::{CredentialRef, Engine, EngineError, Listing, access, cursor};

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

    /// A page of the audit log of one credential, newest first.
    ///
    /// # Errors
    /// When there is no credential that the actor may read; when limit or cursor are wrong.
    pub async fn list_credential_audit(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
        limit: u32,
        cursor: Option<String>,
    ) -> Result<Listing<AuditEntry>, EngineError> {
        let credential = self.get_credential(actor, wanted).await?;
        let filter = AuditFilter {
            object: Some(credential.id.into()),
            limit,
            cursor,
            ..AuditFilter::default()
        };
        self.audit_page(&filter).await
    }

    async fn audit_page(&self, filter: &AuditFilter) -> Result<Listing<AuditEntry>, EngineError> {
        let query = format!(
            "audit {:?} {:?} {:?} {:?} {:?}",
            filter.object, filter.action, filter.actor, filter.from, filter.until
        );
        let page = cursor::page(filter.limit, filter.cursor.as_deref(), &query)?;
        let wanted = AuditQuery {
            object: filter.object.clone(),
            action: filter.action,
            actor: filter.actor.as_ref().map(ToString::to_string),
            from: filter.from,
            until: filter.until,
            page,
        };
        let mut unit = self.parts().store.read().await?;
        let page = unit.audit().page(&wanted).await?;
        Ok(cursor::listing(page, &query))
    }
}
