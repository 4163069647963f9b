//! An alert on its way to one channel, or delivered there: a row of the outbox.

use serde::{Deserialize, Serialize};

use super::AlertMessage;
use crate::{AlertId, ChannelId, Timestamp};

/// An alert for one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertDelivery {
    /// What the receiver knows it by, the same at each attempt.
    pub id: AlertId,
    /// Where it goes.
    pub channel: ChannelId,
    /// When it was written.
    pub at: Timestamp,
    /// What is told.
    pub message: AlertMessage,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next; absent when it is over.
    pub due_at: Option<Timestamp>,
    /// How the last attempt ended.
    pub last: Option<DeliveryEnd>,
    /// The receivers of a mail that need no further attempt.
    pub settled: Vec<SettledReceiver>,
}

/// A receiver of a mail that has it, or that the mail server refused for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledReceiver {
    /// The address.
    pub address: String,
    /// What the server said when it refused it; absent where it took the mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryEnd {
    /// When.
    pub at: Timestamp,
    /// `delivered`, or what kind of fault; stable, `snake_case`.
    pub class: String,
    /// What the other side said, for people; no secret.
    pub detail: String,
}

impl DeliveryEnd {
    /// The class of what was delivered.
    pub const DELIVERED: &'static str = "delivered";

    /// Whether the other side took it.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        self.class == Self::DELIVERED
    }
}
