//! Units of work over a state.

use std::sync::Arc;

use async_trait::async_trait;
use grantd_store::{
    AlertReader, AlertWriter, AuditReader, AuditWriter, ChannelReader, ChannelWriter,
    ConsumerReader, ConsumerWriter, CredentialReader, CredentialWriter, HistoryReader,
    HistoryWriter, InstallationReader, InstallationWriter, KeyReader, KeyWriter, LinkReader,
    LinkWriter, ListenerReader, ListenerWriter, MailReader, MailWriter, ReadUnit, SealedReader,
    SealedWriter, SessionReader, SessionWriter, SourceReader, SourceWriter, StoreError, UserReader,
    UserWriter, WriteUnit,
};
use tokio::sync::OwnedMutexGuard;

use super::MemoryStore;
use super::state::{Repository, State};

/// Sees the state of its beginning.
pub(super) struct MemoryRead(pub(super) Arc<State>);

/// Changes a copy; the only one that is open, as long as it holds the turn.
pub(super) struct MemoryWrite {
    pub(super) state: State,
    pub(super) store: MemoryStore,
    pub(super) _turn: OwnedMutexGuard<()>,
}

impl ReadUnit for MemoryRead {
    fn installation(&mut self) -> Box<dyn InstallationReader + '_> {
        Box::new(Repository(self.0.as_ref()))
    }

    fn credentials(&mut self) -> Box<dyn CredentialReader + '_> {
        Box::new(Repository(self.0.as_ref()))
    }

    fn keys(&mut self) -> Box<dyn KeyReader + '_> {
        Box::new(Repository(self.0.as_ref()))
    }

    fn audit(&mut self) -> Box<dyn AuditReader + '_> {
        Box::new(Repository(self.0.as_ref()))
    }

    fn history(&mut self) -> Box<dyn HistoryReader + '_> {
        Box::new(Repository(self.0.as_ref()))
    }

    fn users(&mut self) -> Box<dyn UserReader + '_> {
        Box::new(Repository(self.0.as_ref()))
    }

    fn sessions(&mut self) -> Box<dyn SessionReader + '_> {
        Box::new(Repository(self.0.as_ref()))
    }

    fn links(&mut self) -> Box<dyn LinkReader + '_> {
        Box::new(Repository(self.0.as_ref()))
    }

    fn channels(&mut self) -> Box<dyn ChannelReader + '_> {
        Box::new(Repository(self.0.as_ref()))
    }

    fn alerts(&mut self) -> Box<dyn AlertReader + '_> {
        Box::new(Repository(self.0.as_ref()))
    }

    fn sealed(&mut self) -> Box<dyn SealedReader + '_> {
        Box::new(Repository(self.0.as_ref()))
    }

    fn sources(&mut self) -> Box<dyn SourceReader + '_> {
        Box::new(Repository(self.0.as_ref()))
    }

    fn listeners(&mut self) -> Box<dyn ListenerReader + '_> {
        Box::new(Repository(self.0.as_ref()))
    }

    fn consumers(&mut self) -> Box<dyn ConsumerReader + '_> {
        Box::new(Repository(self.0.as_ref()))
    }

    fn mail(&mut self) -> Box<dyn MailReader + '_> {
        Box::new(Repository(self.0.as_ref()))
    }
}

#[async_trait]
impl WriteUnit for MemoryWrite {
    fn installation(&mut self) -> Box<dyn InstallationWriter + '_> {
        Box::new(Repository(&mut self.state))
    }

    fn credentials(&mut self) -> Box<dyn CredentialWriter + '_> {
        Box::new(Repository(&mut self.state))
    }

    fn keys(&mut self) -> Box<dyn KeyWriter + '_> {
        Box::new(Repository(&mut self.state))
    }

    fn audit(&mut self) -> Box<dyn AuditWriter + '_> {
        Box::new(Repository(&mut self.state))
    }

    fn history(&mut self) -> Box<dyn HistoryWriter + '_> {
        Box::new(Repository(&mut self.state))
    }

    fn users(&mut self) -> Box<dyn UserWriter + '_> {
        Box::new(Repository(&mut self.state))
    }

    fn sessions(&mut self) -> Box<dyn SessionWriter + '_> {
        Box::new(Repository(&mut self.state))
    }

    fn links(&mut self) -> Box<dyn LinkWriter + '_> {
        Box::new(Repository(&mut self.state))
    }

    fn channels(&mut self) -> Box<dyn ChannelWriter + '_> {
        Box::new(Repository(&mut self.state))
    }

    fn alerts(&mut self) -> Box<dyn AlertWriter + '_> {
        Box::new(Repository(&mut self.state))
    }

    fn sealed(&mut self) -> Box<dyn SealedWriter + '_> {
        Box::new(Repository(&mut self.state))
    }

    fn sources(&mut self) -> Box<dyn SourceWriter + '_> {
        Box::new(Repository(&mut self.state))
    }

    fn listeners(&mut self) -> Box<dyn ListenerWriter + '_> {
        Box::new(Repository(&mut self.state))
    }

    fn consumers(&mut self) -> Box<dyn ConsumerWriter + '_> {
        Box::new(Repository(&mut self.state))
    }

    fn mail(&mut self) -> Box<dyn MailWriter + '_> {
        Box::new(Repository(&mut self.state))
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.store.replace(self.state);
        Ok(())
    }
}
