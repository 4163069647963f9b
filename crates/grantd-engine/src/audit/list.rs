//! Lists the audit log.

use grantd_model::{Action, Actor, AuditAction, AuditEntry, ObjectId};
use grantd_store::AuditQuery;

use crate::{Engine, EngineError, Listing, access, cursor};

/// Which audit entries are wanted.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only about this thing.
    pub object: Option<ObjectId>,
    /// Only of this kind.
    pub action: Option<AuditAction>,
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
        let query = format!("audit {:?} {:?}", filter.object, filter.action);
        let page = cursor::page(filter.limit, filter.cursor.as_deref(), &query)?;
        let wanted = AuditQuery {
            object: filter.object.clone(),
            action: filter.action,
            page,
        };
        let mut unit = self.parts().store.read().await?;
        let page = unit.audit().page(&wanted).await?;
        Ok(cursor::listing(page, &query))
    }
}
