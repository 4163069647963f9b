//! Email listeners: what comes into a mailbox is delivered once, whatever happens meanwhile.
//!
//! A protocol is a [`Mailbox`](mailbox::Mailbox), a place of delivery a
//! [`Delivery`](delivery::Delivery); `listener` brings one to the other in the order that loses
//! nothing: deliver durably, then remember in one transaction, then do afterwards what is to be done.
//! Invariant: nothing is remembered as delivered that is not durably where it belongs; no token and no
//! content of a mail is in a log.

pub mod delivery;
pub mod envelope;
pub mod fault;
pub mod listener;
pub mod mailbox;
pub mod protocol;
mod works;

pub use delivery::spool::SpoolConfig;
pub use fault::MailFault;
pub use listener::Listeners;
pub use works::{MailParts, SharedWorks, Works};
