//! Alerts: the channels that an admin adds, what is told of which cause, and how it gets there.
//!
//! What is to be told is read from the health that is stored, and written into the outbox in one transaction
//! with what was told of its cause: a kill at any point neither loses an alert nor tells one twice an hour
//! (ADR 0022).

mod causes;
pub(crate) mod change;
mod dispatch;
mod lag;
pub(crate) mod list;
mod observe;
mod replay;
mod secret;
mod settings;
pub(crate) mod test;
mod told;
pub(crate) mod transmit;
mod watch;

pub use secret::ChannelSecretInput;
pub use settings::AlertSettings;
