//! A source that something is about to need is there, and does not need it in turn. Both hold at the moment of
//! writing: another one may have deleted or changed it since it was checked.

use grantd_model::secret_reference::SourceName;
use grantd_model::{Invalid, SecretInput, Source};
use grantd_store::WriteUnit;

use super::check::cycle;
use crate::{Engine, EngineError};

/// The member that is named.
const PLACE: &str = "/client_secret_reference";

impl Engine {
    /// Sees, within the unit that writes a credential, that the source of its secret is there.
    ///
    /// # Errors
    /// When it is not, naming the reference.
    pub(crate) async fn sees_source(
        &self,
        unit: &mut dyn WriteUnit,
        secret: &SecretInput,
    ) -> Result<(), EngineError> {
        match secret {
            SecretInput::External(reference) => self.is_there(unit, &reference.source, PLACE).await,
            _ => Ok(()),
        }
    }

    /// Sees, within the unit that writes a source, that the one it needs is there and does not need it.
    ///
    /// # Errors
    /// When that is not so, naming the reference.
    pub(super) async fn sees_way(
        &self,
        unit: &mut dyn WriteUnit,
        source: &Source,
    ) -> Result<(), EngineError> {
        let Some(needed) = source.needs() else {
            return Ok(());
        };
        let place = "/secret_reference";
        self.is_there(unit, needed, place).await?;
        let all = unit.sources().all().await?;
        match cycle(&source.name, needed, &all) {
            Some(way) => {
                let detail = format!("a source that does not need this one is expected: {way}");
                Err(EngineError::field(Invalid::new("cycle", detail).at(place)))
            }
            None => Ok(()),
        }
    }

    async fn is_there(
        &self,
        unit: &mut dyn WriteUnit,
        name: &SourceName,
        place: &str,
    ) -> Result<(), EngineError> {
        if self.parts().sources.is_declared(name) || unit.sources().by_name(name).await?.is_some() {
            return Ok(());
        }
        let detail = format!("there is no secret source `{name}` any more");
        let fault = Invalid::new("invalid_reference", detail);
        Err(EngineError::field(fault.at(place)))
    }
}
