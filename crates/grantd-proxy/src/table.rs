//! All consumers by the names they are reached by: a snapshot that nobody changes, made anew when one of them is
//! another one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use grantd_model::consumer::{ConsumerLimits, FieldName};
use grantd_model::{Consumer, ConsumerId, Secret};

use crate::limit::Limiter;
use crate::metrics::ConsumerMetrics;
use crate::origin::{Origin, OriginKey};
use crate::route::Route;

/// A consumer with its secret fields opened, or without where one does not open.
pub(crate) type Opened = (Arc<Consumer>, Option<Vec<(FieldName, Secret<String>)>>);

/// The consumers at one time.
#[derive(Debug, Default)]
pub(crate) struct Table {
    slugs: HashMap<Box<str>, Arc<Route>>,
    hosts: HashMap<Box<str>, Arc<Route>>,
    origins: HashSet<u64>,
}

impl Table {
    pub(crate) fn of_slug(&self, slug: &str) -> Option<&Arc<Route>> {
        self.slugs.get(slug)
    }

    /// The consumer of a host, without its port.
    pub(crate) fn of_host(&self, host: &str) -> Option<&Arc<Route>> {
        if self.hosts.is_empty() {
            return None;
        }
        let host = host.trim_end_matches('.');
        if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return self.hosts.get(host.to_ascii_lowercase().as_str());
        }
        self.hosts.get(host)
    }

    /// Whether connections to this origin are still of use.
    pub(crate) fn uses(&self, origin: u64) -> bool {
        self.origins.contains(&origin)
    }

    /// The consumers with what is counted of them.
    pub(crate) fn routes(&self) -> impl Iterator<Item = &Arc<Route>> {
        self.slugs.values()
    }
}

/// Makes tables; keeps what outlives a change: connections, counts, limits.
#[derive(Debug, Default)]
pub(crate) struct TableMaker {
    origins: HashMap<OriginKey, Arc<Origin>>,
    kept: HashMap<ConsumerId, Kept>,
    last_origin: u64,
    last_route: u64,
}

#[derive(Debug)]
struct Kept {
    limits: ConsumerLimits,
    limiter: Arc<Limiter>,
    metrics: Arc<ConsumerMetrics>,
}

impl TableMaker {
    pub(crate) fn make(&mut self, consumers: Vec<Opened>) -> Table {
        let mut table = Table::default();
        let mut origins = HashMap::new();
        let mut kept = HashMap::new();
        for (consumer, fields) in consumers {
            let settings = &consumer.settings;
            let key = OriginKey::of(settings);
            let origin = origins.entry(key.clone()).or_insert_with(|| {
                if let Some(origin) = self.origins.get(&key) {
                    return Arc::clone(origin);
                }
                self.last_origin += 1;
                Arc::new(Origin::new(self.last_origin, key))
            });
            let origin = Arc::clone(origin);
            let this = self.keep(&consumer);
            let parts = (
                Arc::clone(&origin),
                Arc::clone(&this.limiter),
                Arc::clone(&this.metrics),
            );
            kept.insert(consumer.id, this);
            table.origins.insert(origin.number);
            self.last_route += 1;
            let number = self.last_route;
            let Some(route) = Route::new(number, &consumer, fields.as_deref(), parts) else {
                tracing::error!(consumer = %consumer.slug, "the HTTP consumer can not be served as it is kept");
                continue;
            };
            let route = Arc::new(route);
            for host in &consumer.settings.hosts {
                table.hosts.insert(host.as_str().into(), Arc::clone(&route));
            }
            table.slugs.insert(consumer.slug.as_str().into(), route);
        }
        self.origins = origins;
        self.kept = kept;
        table
    }

    fn keep(&self, consumer: &Consumer) -> Kept {
        let limits = consumer.settings.limits;
        let before = self.kept.get(&consumer.id);
        Kept {
            limits,
            limiter: match before {
                Some(before) if before.limits == limits => Arc::clone(&before.limiter),
                _ => Arc::new(Limiter::new(&limits)),
            },
            metrics: before.map_or_else(Arc::default, |before| Arc::clone(&before.metrics)),
        }
    }
}
