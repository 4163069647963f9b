//! A store whose audit log refuses entries while it is told to.
//!
//! A change that is kept although its entry was refused was not made in one transaction with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use grantd_model::{AuditEntry, Timestamp};
use grantd_store::{
    AlertWriter, AuditChain, AuditQuery, AuditReader, AuditRow, AuditWriter, ChainState,
    ChannelWriter, ConsumerWriter, CredentialWriter, HistoryWriter, InstallationWriter, KeyWriter,
    LinkWriter, ListenerWriter, MailWriter, Page, ReadUnit, SealedWriter, SessionWriter,
    SourceWriter, Store, StoreError, UserWriter, WriteUnit,
};

/// Passes everything on to another store.
#[derive(Clone)]
pub struct FailingStore {
    inner: Arc<dyn Store>,
    refuses: Arc<AtomicBool>,
}

impl FailingStore {
    /// Around this store; at first nothing is refused.
    #[must_use]
    pub fn around(inner: Arc<dyn Store>) -> Self {
        Self {
            inner,
            refuses: Arc::default(),
        }
    }

    /// Whether audit entries are refused from now on.
    pub fn refuse_audit(&self, refuse: bool) {
        self.refuses.store(refuse, Ordering::SeqCst);
    }
}

#[async_trait]
impl Store for FailingStore {
    async fn read(&self) -> Result<Box<dyn ReadUnit>, StoreError> {
        self.inner.read().await
    }

    async fn write(&self) -> Result<Box<dyn WriteUnit>, StoreError> {
        Ok(Box::new(FailingUnit {
            inner: self.inner.write().await?,
            refuses: Arc::clone(&self.refuses),
        }))
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.inner.probe().await
    }
}

struct FailingUnit {
    inner: Box<dyn WriteUnit>,
    refuses: Arc<AtomicBool>,
}

#[async_trait]
impl WriteUnit for FailingUnit {
    fn installation(&mut self) -> Box<dyn InstallationWriter + '_> {
        self.inner.installation()
    }

    fn credentials(&mut self) -> Box<dyn CredentialWriter + '_> {
        self.inner.credentials()
    }

    fn keys(&mut self) -> Box<dyn KeyWriter + '_> {
        self.inner.keys()
    }

    fn audit(&mut self) -> Box<dyn AuditWriter + '_> {
        Box::new(FailingAudit {
            inner: self.inner.audit(),
            refuses: self.refuses.load(Ordering::SeqCst),
        })
    }

    fn history(&mut self) -> Box<dyn HistoryWriter + '_> {
        self.inner.history()
    }

    fn users(&mut self) -> Box<dyn UserWriter + '_> {
        self.inner.users()
    }

    fn sessions(&mut self) -> Box<dyn SessionWriter + '_> {
        self.inner.sessions()
    }

    fn links(&mut self) -> Box<dyn LinkWriter + '_> {
        self.inner.links()
    }

    fn listeners(&mut self) -> Box<dyn ListenerWriter + '_> {
        self.inner.listeners()
    }

    fn consumers(&mut self) -> Box<dyn ConsumerWriter + '_> {
        self.inner.consumers()
    }

    fn channels(&mut self) -> Box<dyn ChannelWriter + '_> {
        self.inner.channels()
    }

    fn alerts(&mut self) -> Box<dyn AlertWriter + '_> {
        self.inner.alerts()
    }

    fn sealed(&mut self) -> Box<dyn SealedWriter + '_> {
        self.inner.sealed()
    }

    fn sources(&mut self) -> Box<dyn SourceWriter + '_> {
        self.inner.sources()
    }

    fn mail(&mut self) -> Box<dyn MailWriter + '_> {
        self.inner.mail()
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.inner.commit().await
    }
}

struct FailingAudit<'a> {
    inner: Box<dyn AuditWriter + 'a>,
    refuses: bool,
}

#[async_trait]
impl AuditReader for FailingAudit<'_> {
    async fn page(&mut self, query: &AuditQuery) -> Result<Page<AuditEntry>, StoreError> {
        self.inner.page(query).await
    }

    async fn chain(&mut self) -> Result<Option<ChainState>, StoreError> {
        self.inner.chain().await
    }

    async fn rows(&mut self, after: i64, most: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.inner.rows(after, most).await
    }
}

#[async_trait]
impl AuditWriter for FailingAudit<'_> {
    async fn begin_chain(&mut self, chain: &AuditChain, at: Timestamp) -> Result<(), StoreError> {
        self.inner.begin_chain(chain, at).await
    }

    async fn append(&mut self, entry: &AuditEntry, chain: &AuditChain) -> Result<(), StoreError> {
        if self.refuses {
            return Err(StoreError::Full);
        }
        self.inner.append(entry, chain).await
    }

    async fn prune(
        &mut self,
        before: Timestamp,
        most: u32,
        chain: &AuditChain,
    ) -> Result<u64, StoreError> {
        self.inner.prune(before, most, chain).await
    }
}
