//! What is known of the installation and its keyring.

use grantd_model::{Action, Actor, Timestamp};

use super::damaged::DamagedValue;
use crate::{Engine, EngineError, access};

/// What is known of the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallationFacts {
    /// When it was made.
    pub created_at: Timestamp,
    /// The id of the key that seals.
    pub key_id: String,
    /// When that key was made, where that is known.
    pub key_created_at: Option<Timestamp>,
    /// How many keys the keyring holds.
    pub keys: usize,
    /// How many values are sealed.
    pub values: u64,
    /// How many of them are still under another key than the one that seals, and are brought under it.
    pub values_left: u64,
    /// Those of them that were found not to open: they stay where they are.
    pub damaged: Vec<DamagedValue>,
    /// The keys that open and do not seal any more.
    pub earlier: Vec<EarlierKey>,
}

/// A key that opens and does not seal any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierKey {
    /// Its id.
    pub id: String,
    /// How many values are still under it.
    pub values: u64,
}

impl Engine {
    /// The id of the key that seals.
    ///
    /// # Errors
    /// Without a grant to read everything.
    pub fn sealing_key(&self, actor: &Actor) -> Result<String, EngineError> {
        access::everywhere(actor, Action::Read)?;
        Ok(self.parts().sealer.keys().id)
    }

    /// What is known of the installation.
    ///
    /// # Errors
    /// Without a grant to read everything; when the store fails.
    pub async fn installation(&self, actor: &Actor) -> Result<InstallationFacts, EngineError> {
        access::everywhere(actor, Action::Read)?;
        let mut unit = self.parts().store.read().await?;
        let installation = unit.installation().get().await?;
        let by_key = unit.sealed().by_key().await?;
        let sealer = &self.parts().sealer;
        let key = sealer.keys();
        let count = |is_meant: &dyn Fn(&str) -> bool| -> u64 {
            let meant = by_key.iter().filter(|(key, _)| is_meant(key));
            meant.map(|(_, values)| values).sum()
        };
        let values_left = count(&|id| id != key.id);
        Ok(InstallationFacts {
            created_at: installation.map_or(key.created_at, |it| it.created_at),
            key_created_at: (key.created_at != Timestamp::from_micros(0)).then_some(key.created_at),
            keys: key.number,
            values: count(&|_| true),
            values_left,
            // what is gone since they were looked at does not count any more
            damaged: match values_left {
                0 => Vec::new(),
                _ => self.damaged().all(),
            },
            earlier: sealer
                .key_ids()
                .into_iter()
                .skip(1)
                .map(|id| EarlierKey {
                    values: count(&|key| key == id),
                    id,
                })
                .collect(),
            key_id: key.id,
        })
    }
}
