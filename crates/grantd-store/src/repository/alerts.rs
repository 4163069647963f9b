//! Alert channels, what was told of which cause, and what is on its way.

use async_trait::async_trait;
use grantd_model::alert::Trouble;
use grantd_model::{AlertCause, AlertChannel, AlertDelivery, ChannelId, Revision, Slug, Timestamp};

use crate::StoreError;

/// Reads alert channels.
#[async_trait]
pub trait ChannelReader: Send {
    /// The one with this id.
    async fn by_id(&mut self, id: ChannelId) -> Result<Option<AlertChannel>, StoreError>;
    /// The one with this name.
    async fn by_name(&mut self, name: &Slug) -> Result<Option<AlertChannel>, StoreError>;
    /// All of them, by name.
    async fn all(&mut self) -> Result<Vec<AlertChannel>, StoreError>;
}

/// Changes alert channels.
#[async_trait]
pub trait ChannelWriter: ChannelReader {
    /// Adds one; [`StoreError::Taken`] if its name is.
    async fn insert(&mut self, channel: &AlertChannel) -> Result<(), StoreError>;
    /// Replaces the one with this id and the expected revision; [`StoreError::Stale`] if it has
    /// another one or is gone.
    async fn update(
        &mut self,
        channel: &AlertChannel,
        expected: Revision,
    ) -> Result<(), StoreError>;
    /// Removes the one with this id and the expected revision with all that is on its way to it;
    /// [`StoreError::Stale`] otherwise.
    async fn delete(&mut self, id: ChannelId, expected: Revision) -> Result<(), StoreError>;
}

/// Reads what was told, and what is on its way.
#[async_trait]
pub trait AlertReader: Send {
    /// What is kept of all causes.
    async fn causes(&mut self) -> Result<Vec<AlertCause>, StoreError>;
    /// What is due to a channel by this time, in the order in which it was written, at most so many.
    async fn due(
        &mut self,
        channel: ChannelId,
        by: Timestamp,
        most: u32,
    ) -> Result<Vec<AlertDelivery>, StoreError>;
    /// For each channel with something on its way: how much, and when the first of it is due.
    async fn waiting(&mut self) -> Result<Vec<(ChannelId, u64, Timestamp)>, StoreError>;
    /// What went to a channel or is on its way there, newest first, at most so many.
    async fn deliveries(
        &mut self,
        channel: ChannelId,
        most: u32,
    ) -> Result<Vec<AlertDelivery>, StoreError>;
    /// The last one of each channel that was tried.
    async fn last_tried(&mut self) -> Result<Vec<AlertDelivery>, StoreError>;
}

/// Changes what was told, and what is on its way.
#[async_trait]
pub trait AlertWriter: AlertReader {
    /// Keeps a cause, in place of what was kept of it.
    async fn put_cause(&mut self, cause: &AlertCause) -> Result<(), StoreError>;
    /// Forgets a cause.
    async fn forget_cause(&mut self, object: &str, trouble: Trouble) -> Result<(), StoreError>;
    /// Adds one to the outbox.
    async fn send(&mut self, delivery: &AlertDelivery) -> Result<(), StoreError>;
    /// Replaces what becomes of one in the outbox, and tells whether it did: not if that was changed since it
    /// was read, or it is gone.
    async fn replace(
        &mut self,
        read: &AlertDelivery,
        after: &AlertDelivery,
    ) -> Result<bool, StoreError>;
    /// Lets everything that waits for a channel be due at this time, with all its attempts before it.
    async fn hurry(&mut self, channel: ChannelId, at: Timestamp) -> Result<(), StoreError>;
    /// Removes what is over of each channel, but for the newest; tells how many went.
    async fn prune_deliveries(&mut self, most: u32) -> Result<u64, StoreError>;
}
