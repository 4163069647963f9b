//! Whether the engine can do its work now: writes work, the keyring opens what is sealed, and what goes on by itself
//! goes on.

use grantd_store::StoreError;

use crate::{Engine, EngineError};

/// How the engine stands.
#[derive(Debug)]
pub struct EngineStanding {
    /// Whether the database takes writes and can be read.
    pub database: Result<(), StoreError>,
    /// Whether the keyring opens what this installation has sealed.
    pub keyring: Result<(), EngineError>,
    /// What should go on by itself and has ended.
    pub ended: Vec<&'static str>,
}

impl Engine {
    /// How the engine stands. It writes to the disk; callers see to it that this is seldom.
    pub async fn standing(&self) -> EngineStanding {
        EngineStanding {
            database: self.parts().store.probe().await,
            keyring: self.check_keyring().await,
            ended: self.ended(),
        }
    }

    async fn check_keyring(&self) -> Result<(), EngineError> {
        let installation = self
            .parts()
            .store
            .read()
            .await?
            .installation()
            .get()
            .await?;
        // an engine over a store without one seals nothing
        let Some(installation) = installation else {
            return Ok(());
        };
        let place = crate::installation::check_place(&installation.id);
        let opened = self
            .parts()
            .sealer
            .open(&place, &installation.keyring_check);
        Ok(opened.map(drop)?)
    }
}
