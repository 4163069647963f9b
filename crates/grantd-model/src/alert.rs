//! Alerts: where they go, what they are of, and when one is told.
//!
//! A channel is added by an admin. What is told is an [`AlertMessage`], whose JSON form is published
//! (`docs/schemas/alert-v1.json`).

pub mod cause;
pub mod channel;
pub mod delivery;
pub mod draft;
pub mod hook_url;
pub mod message;
pub mod names;

pub use cause::{AlertCause, Due, EXPIRY_ALERT_DAYS, Trouble};
pub use channel::{
    AlertChannel, ChannelKind, ChannelSecret, ChannelSettings, ChatForm, EmailSettings,
    SIGNED_TWICE_FOR, SmtpSecurity,
};
pub use delivery::{AlertDelivery, DeliveryEnd, SettledReceiver};
pub use draft::{ChannelDraft, ChatDraft, EmailDraft, WebhookDraft};
pub use hook_url::HookUrl;
pub use message::{AlertData, AlertMessage, AlertedObject, InstallationTold};
pub use names::{AlertEvent, AlertObject, AlertType};
