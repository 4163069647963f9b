//! What every mailbox and every place of delivery owes, whatever is behind it. A new protocol or delivery
//! runs these suites over its own [`World`] or [`Place`].

mod delivery;
mod mailbox;

use async_trait::async_trait;

use std::path::PathBuf;
use std::sync::Arc;

use grantd_mail::delivery::Delivery;
use grantd_mail::mailbox::Mailbox;

/// A mailbox with whoever else uses it.
#[async_trait]
pub(crate) trait World: Send + Sync {
    /// The mailbox; its folder is empty at the beginning, and has a folder `Done` beside it.
    fn mailbox(&self) -> Arc<dyn Mailbox>;
    /// A mail comes into the folder.
    fn arrives(&self, mime: Vec<u8>);
    /// Somebody moves the mail of this subject out of the folder, and back in again.
    fn moves_away(&self, subject: &str);
    fn moves_back(&self, subject: &str);
    /// What is in a folder now: subject, whether read, categories.
    fn there(&self, folder: &str) -> Vec<(String, bool, Vec<String>)>;
    /// The server forgets every cursor.
    fn forgets_cursors(&self);
}

/// A place of delivery that can be looked into.
pub(crate) trait Place: Send + Sync {
    fn delivery(&self) -> Arc<dyn Delivery>;
    /// The keys of what is there, whole.
    fn keys(&self) -> Vec<String>;
    /// The subject of a mail that is there.
    fn subject(&self, key: &str) -> String;
    /// The place is gone, and there again.
    fn takes_away(&self);
    fn brings_back(&self);
    /// What is left of work that is not delivered.
    fn leftovers(&self) -> Vec<PathBuf>;
}
