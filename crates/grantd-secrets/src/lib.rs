//! Secret sources: where an external secret is read from.
//!
//! A source is declared or added once and named; a reference points into it. What is read is kept a while.
//! Invariant: a value that was read goes to the caller alone, never into an error, and a source serves
//! nothing outside its bounds.

mod cache;
pub mod command;
pub mod declared;
pub mod destination;
pub mod environment;
pub mod error;
pub mod file;
mod health;
pub mod https;
mod outage;
mod percent;
mod pointer;
pub mod source;
pub mod sources;
pub mod vault;

pub use cache::{CacheFor, Freshness};
pub use command::CommandSource;
pub use declared::SourceConfig;
pub use destination::{Destination, Own};
pub use environment::Environment;
pub use error::SourceError;
pub use file::FileSource;
pub use health::{SourceFault, SourceHealth};
pub use https::HttpsSource;
pub use source::{Browsed, OwnSecret, SecretRead, SecretSource};
pub use sources::{OpenSource, SecretChanged, SourceListed, Sources, TestRead};
pub use vault::Vault;

/// The largest secret that is read, in bytes.
pub const LIMIT: u64 = 64 * 1024;
