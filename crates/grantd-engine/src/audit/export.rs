//! The audit log as it is stored, to be kept elsewhere.

use grantd_model::{Action, Actor, AuditAction, ObjectId, Timestamp};
use grantd_store::AuditRow;

use crate::{Engine, EngineError, access};

/// Which entries are exported.
#[derive(Debug, Clone, Copy, Default)]
pub struct AuditSpan {
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

impl AuditSpan {
    /// Whether an entry is in it.
    #[must_use]
    pub fn holds(&self, row: &AuditRow) -> bool {
        let at = Timestamp::from_micros(row.fields.at);
        self.from.is_none_or(|from| at >= from) && self.until.is_none_or(|until| at < until)
    }
}

impl Engine {
    /// Records that the audit log is exported, which comes before it is.
    ///
    /// # Errors
    /// Without a grant to administer everything.
    pub async fn begin_audit_export(
        &self,
        actor: &Actor,
        span: &AuditSpan,
    ) -> Result<(), EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let detail = [("from", time(span.from)), ("until", time(span.until))]
            .into_iter()
            .filter_map(|(name, time)| Some((name.to_owned(), time?)))
            .collect();
        let mut unit = self.parts().store.write().await?;
        let object = (ObjectId::installation(), "audit log");
        let action = AuditAction::AuditExport;
        self.record(unit.as_mut(), self.now(), actor, action, object, detail)
            .await?;
        Ok(unit.commit().await?)
    }

    /// The entries behind this number as they are stored, the oldest first, at most so many.
    ///
    /// # Errors
    /// Without a grant to administer everything.
    pub async fn audit_rows(
        &self,
        actor: &Actor,
        after: i64,
        most: u32,
    ) -> Result<Vec<AuditRow>, EngineError> {
        access::everywhere(actor, Action::Admin)?;
        let mut unit = self.parts().store.read().await?;
        Ok(unit.audit().rows(after, most).await?)
    }
}
