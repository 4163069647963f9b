//! Where things are kept: repositories, the SQLite back end, and sealing at rest.
//!
//! Readers and writers come from a unit of work, a write is kept only by an explicit
//! [`WriteUnit::commit`]. Invariant: no rule of the product is decided here and nothing is sent
//! anywhere; a clear-text secret never enters a repository.

pub mod backup;
pub mod error;
pub mod page;
pub mod repository;
pub mod seal;
pub mod sqlite;
pub mod whole_file;

pub use error::{StoreError, Taken};
pub use page::{Page, PageRequest, Position, SortValue};
pub use repository::{
    AlertReader, AlertWriter, AuditQuery, AuditReader, AuditRow, AuditWriter, ChainState,
    ChannelReader, ChannelWriter, ConsumerQuery, ConsumerReader, ConsumerWriter, CredentialQuery,
    CredentialReader, CredentialSort, CredentialWriter, EventQuery, HistoryReader, HistoryWriter,
    Installation, InstallationReader, InstallationWriter, KeyReader, KeyWriter, LetterFilter,
    LinkReader, LinkWriter, ListedCredential, ListenerQuery, ListenerReader, ListenerWriter,
    MailReader, MailWriter, ReadUnit, SealedAt, SealedReader, SealedWriter, SessionReader,
    SessionWriter, SourceReader, SourceWriter, Store, UsageQuery, UserReader, UserWriter, Waiting,
    WriteUnit,
};
pub use seal::{
    AuditChain, AuditFields, AuditLink, ChainEnd, KeyMaterial, Keyring, Mac, Place, SealError,
    Sealer,
};
pub use sqlite::{Inspected, SchemaVersions, SqliteStore, inspect, open_copy};
