//! Makes sources ready to be read.

use std::sync::Arc;

use grantd_model::source::{SourceBounds, SourceKind, VaultSettings};
use grantd_model::{Source, SourceSettings};
use grantd_secrets::{CacheFor, HttpsSource, OpenSource, OwnSecret, SecretSource, Vault};

use super::ahead::SourcesAhead;
use super::own_secret::KeptSecret;
use crate::{Engine, EngineError};

impl Engine {
    /// Makes the sources that an admin added ready to be read.
    ///
    /// # Errors
    /// When the configuration declares one of the same name: nobody could tell which one is meant.
    pub async fn open_sources(&self) -> Result<(), EngineError> {
        let mut unit = self.parts().store.read().await?;
        let all = unit.sources().all().await?;
        drop(unit);
        for source in all {
            if self.parts().sources.bounds(&source.name).is_some() {
                return Err(EngineError::InUse(format!(
                    "the secret source `{}` is declared in the configuration, and another one of this name was \
                     added before; give the declared one another name",
                    source.name
                )));
            }
            self.put_source(&source);
        }
        Ok(())
    }

    /// Makes a source ready to be read, in place of what it was before.
    pub(crate) fn put_source(&self, source: &Source) {
        let (name, clock) = (source.name.clone(), Arc::clone(&self.parts().clock));
        self.parts().sources.put(name, self.opened(source), clock);
    }

    /// The sources as they are, before which those of a unit may stand.
    pub(crate) fn sources_ahead(&self) -> SourcesAhead<'_> {
        SourcesAhead::of(&self.parts().sources)
    }

    /// A source that is ready to be read.
    pub(crate) fn opened(&self, source: &Source) -> OpenSource {
        let own: Arc<dyn OwnSecret> = Arc::new(KeptSecret {
            id: source.id,
            name: source.name.clone(),
            origin: source.settings.kind.origin(),
            entry: source.secret.clone(),
            sealer: Arc::clone(&self.parts().sealer),
            sources: Arc::downgrade(&self.parts().sources),
        });
        let settings = &source.settings;
        OpenSource {
            kind: settings.kind.name(),
            is_declared: false,
            bounds: SourceBounds::clone(&settings.bounds),
            cache: cache(settings),
            source: self.reader(&settings.kind, own),
        }
    }

    /// A vault with these settings.
    pub(super) fn vault(&self, settings: &VaultSettings, own: Arc<dyn OwnSecret>) -> Vault {
        let outbound = Arc::clone(&self.parts().outbound);
        let clock = Arc::clone(&self.parts().clock);
        Vault::new(settings.clone(), own, outbound, clock)
    }

    /// What reads a source of this kind.
    pub(super) fn reader(
        &self,
        kind: &SourceKind,
        own: Arc<dyn OwnSecret>,
    ) -> Box<dyn SecretSource> {
        let outbound = Arc::clone(&self.parts().outbound);
        match kind {
            SourceKind::Vault(vault) => Box::new(self.vault(vault, own)),
            SourceKind::Https(https) => Box::new(HttpsSource::new(https.clone(), own, outbound)),
        }
    }
}

const fn cache(settings: &SourceSettings) -> CacheFor {
    CacheFor {
        fresh: settings.fresh,
        stale: settings.stale,
        look_again: settings.fresh,
        reads_per_second: settings.reads_per_second,
    }
}
