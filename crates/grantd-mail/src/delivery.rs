//! Places that mails are delivered to, one file each.

pub(crate) mod files;
pub mod spool;
pub mod turns;

use std::path::PathBuf;

use async_trait::async_trait;
use grantd_model::MailKey;

use crate::envelope::Envelope;
use crate::fault::MailFault;

/// A place that mails are delivered to.
#[async_trait]
pub trait Delivery: Send + Sync {
    /// Whether something could be delivered now.
    async fn check(&self) -> Result<(), MailFault>;

    /// An empty folder of its own for the files of a mail while it is fetched.
    async fn begin(&self) -> Result<PathBuf, MailFault>;

    /// Delivers mails durably: when this returns, those that went well are there whatever happens. One
    /// that is there already, by its key, is left as it is unless it is to be delivered again. The answers
    /// are in the order of the mails, each by itself.
    async fn deliver(&self, mails: Vec<ReadyMail>) -> Vec<Result<(), MailFault>>;

    /// Throws away what was begun and not delivered: the files of one mail, or of all.
    async fn clear(&self, work: Option<PathBuf>) -> Result<(), MailFault>;
}

/// A mail that is ready to be delivered.
#[derive(Debug)]
pub struct ReadyMail {
    /// What it is known by.
    pub key: MailKey,
    /// The folder with its files.
    pub work: PathBuf,
    /// What it is.
    pub envelope: Envelope,
    /// Whether it is delivered again because somebody asked for it.
    pub again: bool,
}
