//! How an alert is written, and brought to where it goes: a signed webhook, a chat, a mail.
//!
//! What goes over HTTP is a request as data, which the engine sends; a mail is handed over here, on a line
//! that grantd-net opens. Invariant: no store and no secret of its own; nothing is tried twice here.

pub mod chat;
mod mail;
pub mod signature;
pub mod smtp;
pub mod webhook;
pub mod words;

pub use mail::MailText;
pub use signature::SigningSecret;
pub use smtp::{HandedOver, SmtpError, hand_over};
