//! All sources by name: those that the configuration declares, and those that an admin added.
//!
//! Invariant: nothing is read that the bounds of a source leave out, whoever asks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use grantd_model::secret_reference::SourceName;
use grantd_model::source::SourceBounds;
use grantd_model::source::bounds::leads_away;
use grantd_model::{Clock, Invalid, SecretReference};
use tokio::sync::broadcast;
use tokio::task::JoinSet;

use crate::cache::{Cache, Kept, Place};
use crate::{
    Browsed, CacheFor, Destination, Freshness, SecretRead, SecretSource, SourceConfig, SourceError,
    SourceHealth, health,
};

/// How many changes may wait for whoever is told of them.
const MOST_TOLD: usize = 1024;

/// How many secrets are read again at once.
const REFRESHED_AT_ONCE: usize = 8;

/// A source that is ready to be read.
pub struct OpenSource {
    /// What it is, as in documents.
    pub kind: &'static str,
    /// Whether the configuration declares it, so that nobody changes it here.
    pub is_declared: bool,
    /// What it may serve.
    pub bounds: SourceBounds,
    /// How long its secrets are kept.
    pub cache: CacheFor,
    /// Where it reads.
    pub source: Box<dyn SecretSource>,
}

impl OpenSource {
    /// Checks a reference to this source as far as that goes without reading.
    ///
    /// # Errors
    /// When it must not serve this path or destination, or the path is none of it.
    pub fn check(
        &self,
        reference: &SecretReference,
        destination: &Destination,
    ) -> Result<(), SourceError> {
        let bounds = &self.bounds;
        if !bounds.origins.includes(&destination.origin) {
            return Err(SourceError::OriginNotServed {
                name: reference.source.clone(),
                origin: destination.origin.clone(),
            });
        }
        if !bounds.own_ca_and_proxy
            && let Some(own) = destination.own()
        {
            return Err(SourceError::OwnCaOrProxy {
                name: reference.source.clone(),
                own,
            });
        }
        self.source.check(reference)?;
        if bounds.include(&reference.path) {
            Ok(())
        } else {
            Err(SourceError::Outside {
                path: reference.path.clone(),
                expected: bounds.paths_told(),
            })
        }
    }
}

struct Entry {
    open: OpenSource,
    cache: Cache,
    health: health::Health,
    clock: Arc<dyn Clock>,
    /// Whether it is being read again right now.
    is_refreshed: AtomicBool,
}

/// What is told of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceListed {
    /// Its name.
    pub name: SourceName,
    /// What it is.
    pub kind: &'static str,
    /// Whether the configuration declares it.
    pub is_declared: bool,
    /// How it fares.
    pub health: SourceHealth,
}

/// A secret that is another one now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretChanged {
    /// In which source.
    pub source: SourceName,
    /// Where in it.
    pub path: String,
}

/// A secret that was read to see whether it can be.
#[derive(Debug)]
pub struct TestRead {
    /// What the source calls this version of it.
    pub version: Option<String>,
    /// When this version was made, where the source tells.
    pub changed_at: Option<grantd_model::Timestamp>,
    /// Whether it ends with a line end, which is a part of it.
    pub ends_with_line_end: bool,
}

/// All sources.
pub struct Sources {
    entries: RwLock<BTreeMap<SourceName, Arc<Entry>>>,
    changes: broadcast::Sender<SecretChanged>,
}

impl Default for Sources {
    fn default() -> Self {
        Self {
            entries: RwLock::default(),
            changes: broadcast::channel(MOST_TOLD).0,
        }
    }
}

impl Sources {
    /// The sources that the configuration declares.
    ///
    /// # Errors
    /// Names the source whose declaration is wrong.
    pub fn new(
        declared: BTreeMap<SourceName, SourceConfig>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, (SourceName, Invalid)> {
        let sources = Self::default();
        for (name, config) in declared {
            match config.open() {
                Ok(open) => sources.put(name, open, Arc::clone(clock)),
                Err(fault) => return Err((name, fault)),
            }
        }
        Ok(sources)
    }

    /// Adds a source, in place of one of the same name. What was read before is read again; where it is
    /// different then, that is told.
    pub fn put(&self, name: SourceName, open: OpenSource, clock: Arc<dyn Clock>) {
        let entry = Arc::new(Entry {
            cache: Cache::new(open.cache, Arc::clone(&clock)),
            health: health::Health::default(),
            open,
            clock,
            is_refreshed: AtomicBool::new(false),
        });
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = entries.get(&name) {
            let bounds = &entry.open.bounds;
            let is_served = |path: &str| bounds.include(path);
            entry.cache.adopt(&before.cache, is_served);
        }
        entries.insert(name, entry);
    }

    /// Takes a source away.
    pub fn remove(&self, name: &SourceName) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        entries.remove(name);
    }

    /// All sources, by name.
    #[must_use]
    pub fn list(&self) -> Vec<SourceListed> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let listed = entries.iter().map(|(name, entry)| SourceListed {
            name: name.clone(),
            kind: entry.open.kind,
            is_declared: entry.open.is_declared,
            health: entry
                .health
                .told(entry.cache.len(), entry.cache.stale_since()),
        });
        listed.collect()
    }

    /// What a source may serve.
    #[must_use]
    pub fn bounds(&self, name: &SourceName) -> Option<SourceBounds> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.get(name).map(|entry| entry.open.bounds.clone())
    }

    /// Whether the configuration declares this source.
    #[must_use]
    pub fn is_declared(&self, name: &SourceName) -> bool {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries
            .get(name)
            .is_some_and(|entry| entry.open.is_declared)
    }

    /// Tells what becomes another one.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<SecretChanged> {
        self.changes.subscribe()
    }

    /// Checks a reference as far as that goes without reading.
    ///
    /// # Errors
    /// When the source is unknown, must not serve this path or destination, or the path is none of it.
    pub fn check(
        &self,
        reference: &SecretReference,
        destination: &Destination,
    ) -> Result<(), SourceError> {
        self.find(&reference.source)?
            .open
            .check(reference, destination)
    }

    /// Reads the secret that a reference points at, to be sent to this destination.
    ///
    /// # Errors
    /// When the source is unknown, must not serve this path or destination, or does not give a text.
    pub async fn read(
        &self,
        reference: &SecretReference,
        destination: &Destination,
        freshness: Freshness,
    ) -> Result<SecretRead, SourceError> {
        let entry = self.find(&reference.source)?;
        entry.open.check(reference, destination)?;
        let kept = self.kept(&entry, reference, freshness).await?;
        kept.read.part(reference)
    }

    /// Reads a secret from the source as it is now, and tells of it without its value.
    ///
    /// # Errors
    /// As [`Sources::read`].
    pub async fn test(
        &self,
        reference: &SecretReference,
        destination: &Destination,
    ) -> Result<TestRead, SourceError> {
        let entry = self.find(&reference.source)?;
        entry.open.check(reference, destination)?;
        let place = Place::of(reference);
        let kept = entry.cache.test(&place, entry.ask(reference)).await;
        self.noted(&entry, reference, kept.as_ref());
        let read = kept?.read.part(reference)?;
        Ok(TestRead {
            ends_with_line_end: read.value.expose().ends_with('\n'),
            version: read.version,
            changed_at: read.changed_at,
        })
    }

    /// Lists what is right below a path of a source, as far as its bounds reach.
    ///
    /// # Errors
    /// When the source is unknown, does not list, or can not be asked.
    pub async fn browse(
        &self,
        name: &SourceName,
        below: &str,
    ) -> Result<Vec<Browsed>, SourceError> {
        let entry = self.find(name)?;
        let below = below.trim_matches('/');
        let bounds = &entry.open.bounds;
        if !below.is_empty() && leads_away(below) {
            return Err(SourceError::Outside {
                path: below.to_owned(),
                expected: "a path without empty parts, `.` and `..`".to_owned(),
            });
        }
        if let Some(told) = bounds.told_below(below) {
            let told = told.into_iter();
            return Ok(told
                .map(|(name, is_folder)| Browsed { name, is_folder })
                .collect());
        }
        if !entry.open.source.lists() {
            return Err(SourceError::NotListed);
        }
        let listed = entry.open.source.browse(below);
        let listed = entry.cache.ask(below, true, listed).await;
        let now = entry.clock.now();
        entry.health.note_outage(entry.cache.is_out(), now);
        let listed = listed?;
        entry.health.note(listed.as_ref().err(), now);
        let path = |name: &str| match below {
            "" => name.to_owned(),
            below => format!("{below}/{name}"),
        };
        let is_shown = |it: &Browsed| {
            let path = path(&it.name);
            if it.is_folder {
                bounds.reach_below(&path)
            } else {
                bounds.include(&path)
            }
        };
        Ok(listed?.into_iter().filter(is_shown).collect())
    }

    /// Begins to read again what was read long enough ago and is in use; tells of what has changed. Each source
    /// is read by itself, so that a slow one holds up no other, and not twice at once.
    pub fn refresh(self: &Arc<Self>, reading: &mut JoinSet<()>) {
        let entries: Vec<(SourceName, Arc<Entry>)> = {
            let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
            let all = entries.iter();
            all.map(|(name, entry)| (name.clone(), Arc::clone(entry)))
                .collect()
        };
        for (name, entry) in entries {
            let due = entry.cache.due();
            if !entry.is_refreshed.swap(true, Ordering::AcqRel) {
                reading.spawn(Arc::clone(self).refresh_source(name, entry, due));
            }
        }
    }

    async fn refresh_source(self: Arc<Self>, name: SourceName, entry: Arc<Entry>, due: Vec<Place>) {
        entry.open.source.keep_alive().await;
        let mut reading = JoinSet::new();
        for place in due {
            if reading.len() >= REFRESHED_AT_ONCE {
                reading.join_next().await;
            }
            let (sources, name, entry) = (Arc::clone(&self), name.clone(), Arc::clone(&entry));
            reading.spawn(async move { sources.refresh_one(name, &entry, place).await });
        }
        while reading.join_next().await.is_some() {}
        entry.is_refreshed.store(false, Ordering::Release);
    }

    async fn refresh_one(&self, source: SourceName, entry: &Entry, place: Place) {
        let reference = SecretReference {
            source,
            path: place.path.clone(),
            key: None,
            version: place.version.clone(),
        };
        let read = entry.ask(&reference);
        if let Some(kept) = entry.cache.refresh(&place, read).await {
            self.noted(entry, &reference, kept.as_ref());
        }
    }

    async fn kept(
        &self,
        entry: &Entry,
        reference: &SecretReference,
        freshness: Freshness,
    ) -> Result<Kept, SourceError> {
        let place = Place::of(reference);
        let kept = entry
            .cache
            .get(&place, freshness, entry.ask(reference))
            .await;
        self.noted(entry, reference, kept.as_ref());
        if kept.as_ref().is_ok_and(|kept| kept.stale_because.is_some()) {
            entry.health.note_stale();
        }
        kept
    }

    fn noted(&self, entry: &Entry, reference: &SecretReference, kept: Result<&Kept, &SourceError>) {
        let now = entry.clock.now();
        entry.health.note_outage(entry.cache.is_out(), now);
        if kept.is_ok_and(|kept| kept.has_changed) {
            // nobody may listen yet
            let _ = self.changes.send(SecretChanged {
                source: reference.source.clone(),
                path: reference.path.clone(),
            });
        }
    }

    fn find(&self, name: &SourceName) -> Result<Arc<Entry>, SourceError> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.get(name).cloned().ok_or_else(|| {
            let names: Vec<&str> = entries.keys().map(SourceName::as_str).collect();
            SourceError::UnknownSource {
                name: name.clone(),
                known: if names.is_empty() {
                    "none".to_owned()
                } else {
                    names.join(", ")
                },
            }
        })
    }
}

impl Entry {
    /// Reads from the source itself.
    async fn ask(&self, reference: &SecretReference) -> Result<SecretRead, SourceError> {
        let done = self.open.source.read(reference).await;
        self.health.note_read(done.as_ref(), self.clock.now());
        done
    }
}
