//! Units of work over one SQLite transaction.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::audit_chain::AuditLog;
use super::faults::fault;
use super::known_head::KnownHead;
use crate::seal::AuditLink;
use crate::{
    AlertReader, AlertWriter, AuditReader, AuditWriter, ChannelReader, ChannelWriter,
    ConsumerReader, ConsumerWriter, CredentialReader, CredentialWriter, HistoryReader,
    HistoryWriter, InstallationReader, InstallationWriter, KeyReader, KeyWriter, LinkReader,
    LinkWriter, ListenerReader, ListenerWriter, MailReader, MailWriter, ReadUnit, SealedReader,
    SealedWriter, SessionReader, SessionWriter, SourceReader, SourceWriter, StoreError, UserReader,
    UserWriter, WriteUnit,
};

/// One kind of repository over the transaction's connection.
pub(super) struct Repository<'a>(pub(super) &'a mut SqliteConnection);

/// A deferred transaction on a reader.
pub(super) struct SqliteRead(pub(super) Transaction<'static, Sqlite>);

/// An immediate transaction on the writer; rolled back on drop.
pub(super) struct SqliteWrite {
    transaction: Transaction<'static, Sqlite>,
    known: Arc<KnownHead>,
    /// The end of the audit log as this unit leaves it; none as long as it added nothing.
    head: Option<AuditLink>,
}

impl SqliteWrite {
    pub(super) const fn new(
        transaction: Transaction<'static, Sqlite>,
        known: Arc<KnownHead>,
    ) -> Self {
        Self {
            transaction,
            known,
            head: None,
        }
    }
}

impl ReadUnit for SqliteRead {
    fn installation(&mut self) -> Box<dyn InstallationReader + '_> {
        Box::new(Repository(&mut self.0))
    }

    fn credentials(&mut self) -> Box<dyn CredentialReader + '_> {
        Box::new(Repository(&mut self.0))
    }

    fn keys(&mut self) -> Box<dyn KeyReader + '_> {
        Box::new(Repository(&mut self.0))
    }

    fn audit(&mut self) -> Box<dyn AuditReader + '_> {
        Box::new(Repository(&mut self.0))
    }

    fn history(&mut self) -> Box<dyn HistoryReader + '_> {
        Box::new(Repository(&mut self.0))
    }

    fn users(&mut self) -> Box<dyn UserReader + '_> {
        Box::new(Repository(&mut self.0))
    }

    fn sessions(&mut self) -> Box<dyn SessionReader + '_> {
        Box::new(Repository(&mut self.0))
    }

    fn links(&mut self) -> Box<dyn LinkReader + '_> {
        Box::new(Repository(&mut self.0))
    }

    fn channels(&mut self) -> Box<dyn ChannelReader + '_> {
        Box::new(Repository(&mut self.0))
    }

    fn alerts(&mut self) -> Box<dyn AlertReader + '_> {
        Box::new(Repository(&mut self.0))
    }

    fn sealed(&mut self) -> Box<dyn SealedReader + '_> {
        Box::new(Repository(&mut self.0))
    }

    fn sources(&mut self) -> Box<dyn SourceReader + '_> {
        Box::new(Repository(&mut self.0))
    }

    fn listeners(&mut self) -> Box<dyn ListenerReader + '_> {
        Box::new(Repository(&mut self.0))
    }

    fn consumers(&mut self) -> Box<dyn ConsumerReader + '_> {
        Box::new(Repository(&mut self.0))
    }

    fn mail(&mut self) -> Box<dyn MailReader + '_> {
        Box::new(Repository(&mut self.0))
    }
}

#[async_trait]
impl WriteUnit for SqliteWrite {
    fn installation(&mut self) -> Box<dyn InstallationWriter + '_> {
        Box::new(Repository(&mut self.transaction))
    }

    fn credentials(&mut self) -> Box<dyn CredentialWriter + '_> {
        Box::new(Repository(&mut self.transaction))
    }

    fn keys(&mut self) -> Box<dyn KeyWriter + '_> {
        Box::new(Repository(&mut self.transaction))
    }

    fn audit(&mut self) -> Box<dyn AuditWriter + '_> {
        Box::new(AuditLog {
            rows: Repository(&mut self.transaction),
            known: &self.known,
            head: &mut self.head,
        })
    }

    fn history(&mut self) -> Box<dyn HistoryWriter + '_> {
        Box::new(Repository(&mut self.transaction))
    }

    fn users(&mut self) -> Box<dyn UserWriter + '_> {
        Box::new(Repository(&mut self.transaction))
    }

    fn sessions(&mut self) -> Box<dyn SessionWriter + '_> {
        Box::new(Repository(&mut self.transaction))
    }

    fn links(&mut self) -> Box<dyn LinkWriter + '_> {
        Box::new(Repository(&mut self.transaction))
    }

    fn channels(&mut self) -> Box<dyn ChannelWriter + '_> {
        Box::new(Repository(&mut self.transaction))
    }

    fn alerts(&mut self) -> Box<dyn AlertWriter + '_> {
        Box::new(Repository(&mut self.transaction))
    }

    fn sealed(&mut self) -> Box<dyn SealedWriter + '_> {
        Box::new(Repository(&mut self.transaction))
    }

    fn sources(&mut self) -> Box<dyn SourceWriter + '_> {
        Box::new(Repository(&mut self.transaction))
    }

    fn listeners(&mut self) -> Box<dyn ListenerWriter + '_> {
        Box::new(Repository(&mut self.transaction))
    }

    fn consumers(&mut self) -> Box<dyn ConsumerWriter + '_> {
        Box::new(Repository(&mut self.transaction))
    }

    fn mail(&mut self) -> Box<dyn MailWriter + '_> {
        Box::new(Repository(&mut self.transaction))
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let Some(head) = self.head else {
            return self.transaction.commit().await.map_err(fault);
        };
        self.known.may_become(head);
        self.transaction.commit().await.map_err(fault)?;
        self.known.became(head);
        Ok(())
    }
}
