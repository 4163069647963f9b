//! Email listeners: who may have one on which mailbox, and what they remember.

mod bounds;
pub(crate) mod change;
pub(crate) mod find;
pub(crate) mod letters;
pub(crate) mod list;
pub(crate) mod memory;
pub(crate) mod test;

pub use find::ListenerRef;
pub use list::{ListedListener, ListenerFilter, ListenerStanding};
pub use memory::{ListenerMemory, MailProgress};
pub use test::{ConnectionReport, ConnectionStep, MailWorks, NewestMail, NoMail, StepName};
