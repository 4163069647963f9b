//! Records what was done, in the transaction in which it is done.

use grantd_model::{Actor, AuditAction, AuditEntry, AuditId, ObjectId, Timestamp};
use grantd_store::{StoreError, WriteUnit};

use crate::Engine;

impl Engine {
    /// Adds an entry to the audit log within the unit.
    pub(crate) async fn record(
        &self,
        unit: &mut dyn WriteUnit,
        at: Timestamp,
        actor: &Actor,
        action: AuditAction,
        (object, object_name): (ObjectId, &str),
        detail: Vec<(String, String)>,
    ) -> Result<(), StoreError> {
        let entry = AuditEntry {
            id: AuditId::new(at, self.random()),
            at,
            actor: actor.reference(),
            action,
            object,
            object_name: object_name.to_owned(),
            detail,
        };
        unit.audit().append(&entry, &self.parts().audit).await
    }
}
