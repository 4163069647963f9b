//! Secret sources: where an external secret is read from.
//!
//! A source is declared once and named; a reference points into it. Invariant: a value that was
//! read goes to the caller alone, never into an error, and a source serves nothing outside what
//! its declaration allows.

pub mod destination;
pub mod environment;
pub mod error;
pub mod file;
mod pointer;
pub mod sources;

pub use destination::{Destination, Own};
pub use environment::Environment;
pub use error::SourceError;
pub use file::FileSource;
pub use sources::{SecretRead, SecretSource, Served, SourceConfig, Sources};
