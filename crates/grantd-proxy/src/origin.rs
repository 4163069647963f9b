//! Where connections lead that requests may share: the service's origin with everything that makes one connection
//! differ from another, and the health of its addresses.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use grantd_model::consumer::{ConsumerSettings, HttpChoice};
use grantd_net::{HttpOffer, HttpTarget};
use url::Url;

/// How long an address is set aside after it did not answer; doubled each time, up to the longest.
const FIRST_ASIDE: Duration = Duration::from_secs(5);
const LONGEST_ASIDE: Duration = Duration::from_mins(2);

/// The most addresses of which something is remembered.
const MOST_REMEMBERED: usize = 64;

/// What two consumers must have in common to share connections.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct OriginKey {
    pub(crate) url: Url,
    addresses: Vec<(String, u16)>,
    ca_bundle: Option<Arc<str>>,
    http: HttpChoice,
    connect: Duration,
}

impl OriginKey {
    pub(crate) fn of(settings: &ConsumerSettings) -> Self {
        let mut url = settings.base_url.url().clone();
        url.set_path("/");
        let addresses = settings.addresses.iter();
        Self {
            url,
            addresses: addresses
                .map(|address| (address.host().to_owned(), address.port()))
                .collect(),
            ca_bundle: settings.ca_bundle.as_deref().map(Arc::from),
            // there is no upgrade in HTTP/2 (RFC 9113 section 8.6)
            http: match settings.http {
                HttpChoice::Negotiated if settings.upgrades => HttpChoice::Http1,
                choice => choice,
            },
            connect: settings.timeouts.connect,
        }
    }
}

/// An origin that is in use.
#[derive(Debug)]
pub(crate) struct Origin {
    /// Tells it from others, in maps of connections; never used twice.
    pub(crate) number: u64,
    pub(crate) key: OriginKey,
    pub(crate) is_tls: bool,
    /// Host and port as they stand in `Host` (RFC 9110 section 7.2).
    pub(crate) authority: String,
    turn: AtomicUsize,
    health: Mutex<Vec<Health>>,
}

/// An address that did not answer.
#[derive(Debug)]
struct Health {
    place: Place,
    failures: u32,
    until: Duration,
}

/// An address, or a host that is connected to instead.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Address(SocketAddr),
    Instead(usize),
}

impl Origin {
    pub(crate) fn new(number: u64, key: OriginKey) -> Self {
        let url = &key.url;
        let host = url.host_str().unwrap_or_default();
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        Self {
            number,
            is_tls: url.scheme() == "https",
            authority,
            key,
            turn: AtomicUsize::new(0),
            health: Mutex::default(),
        }
    }

    /// Whether HTTP/2 is spoken without having been agreed on.
    pub(crate) fn is_http2_known(&self) -> bool {
        !self.is_tls && self.key.http == HttpChoice::Http2
    }

    /// Where to connect now, each to be tried after the one before failed: the addresses in turn, those that did
    /// not answer last.
    pub(crate) fn targets(&self, now: Duration) -> Vec<(Option<usize>, HttpTarget)> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let count = self.key.addresses.len();
        let target = |instead: Option<(String, u16)>, avoid: Vec<SocketAddr>| HttpTarget {
            url: self.key.url.clone(),
            instead,
            ca_bundle: self.key.ca_bundle.clone(),
            offer: match self.key.http {
                HttpChoice::Negotiated => HttpOffer::Both,
                HttpChoice::Http1 => HttpOffer::Http1,
                HttpChoice::Http2 => HttpOffer::Http2,
            },
            limit: self.key.connect,
            avoid,
            first: turn,
        };
        let aside = self.aside(now);
        if count == 0 {
            let avoid = aside.iter().filter_map(|place| match place {
                Place::Address(address) => Some(*address),
                Place::Instead(_) => None,
            });
            return vec![(None, target(None, avoid.collect()))];
        }
        let mut order: Vec<usize> = (0..count).map(|at| (at + turn) % count).collect();
        order.sort_by_key(|at| aside.contains(&Place::Instead(*at)));
        order
            .into_iter()
            .filter_map(|at| {
                let instead = self.key.addresses.get(at)?.clone();
                Some((Some(at), target(Some(instead), Vec::new())))
            })
            .collect()
    }

    /// One of the hosts that are connected to instead did not answer.
    pub(crate) fn failed(&self, instead: Option<usize>, now: Duration) {
        if let Some(at) = instead {
            self.set_aside(Place::Instead(at), now);
        }
    }

    /// These did not answer, and this one did.
    pub(crate) fn reached(
        &self,
        instead: Option<usize>,
        (passed_over, peer): (&[SocketAddr], SocketAddr),
        now: Duration,
    ) {
        for address in passed_over {
            self.set_aside(Place::Address(*address), now);
        }
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        if !health.is_empty() {
            health.retain(|it| match &it.place {
                Place::Address(address) => *address != peer,
                Place::Instead(at) => Some(*at) != instead,
            });
        }
    }

    fn set_aside(&self, place: Place, now: Duration) {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        let failures = match health.iter().position(|it| it.place == place) {
            Some(at) => health.swap_remove(at).failures.saturating_add(1),
            None => 1,
        };
        let wait = FIRST_ASIDE
            .saturating_mul(1 << failures.saturating_sub(1).min(8))
            .min(LONGEST_ASIDE);
        if health.len() >= MOST_REMEMBERED {
            health.swap_remove(0);
        }
        health.push(Health {
            place,
            failures,
            until: now + wait,
        });
    }

    fn aside(&self, now: Duration) -> Vec<Place> {
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        let aside = health.iter().filter(|it| it.until > now);
        aside.map(|it| it.place.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(addresses: &[&str]) -> Origin {
        let addresses = addresses.iter().map(|it| ((*it).to_owned(), 443));
        Origin::new(
            1,
            OriginKey {
                url: "https://api.example.com:8443/".parse().unwrap(),
                addresses: addresses.collect(),
                ca_bundle: None,
                http: HttpChoice::Negotiated,
                connect: Duration::from_secs(5),
            },
        )
    }

    fn first(origin: &Origin, seconds: u64) -> usize {
        origin.targets(Duration::from_secs(seconds))[0].0.unwrap()
    }

    #[test]
    fn the_port_stands_in_the_authority_where_it_is_not_the_usual_one() {
        assert_eq!(origin(&[]).authority, "api.example.com:8443");
    }

    #[test]
    fn hosts_take_turns_and_who_fails_comes_last_for_a_while() {
        let origin = origin(&["a", "b"]);
        assert_eq!(
            [first(&origin, 0), first(&origin, 0), first(&origin, 0)],
            [0, 1, 0]
        );
        origin.failed(Some(0), Duration::from_secs(10));
        for _ in 0..4 {
            let targets = origin.targets(Duration::from_secs(11));
            let order: Vec<_> = targets.iter().map(|(at, _)| at.unwrap()).collect();
            assert_eq!(order, [1, 0]);
        }
        // it is tried again, and set aside for longer
        let tried: Vec<usize> = (0..2).map(|_| first(&origin, 15)).collect();
        assert!(tried.contains(&0), "{tried:?}");
        origin.failed(Some(0), Duration::from_secs(15));
        assert!((0..4).all(|_| first(&origin, 24) == 1));
        let peer = "192.0.2.1:443".parse().unwrap();
        origin.reached(Some(0), (&[], peer), Duration::from_secs(24));
        assert!((0..2).any(|_| first(&origin, 24) == 0));
    }

    #[test]
    fn an_address_of_a_name_is_avoided_until_it_answers() {
        let origin = origin(&[]);
        let (dead, alive) = (
            "192.0.2.1:443".parse().unwrap(),
            "192.0.2.2:443".parse().unwrap(),
        );
        let now = Duration::from_secs(1);
        origin.reached(None, (&[dead], alive), now);
        assert_eq!(origin.targets(now)[0].1.avoid, [dead]);
        assert!(origin.targets(Duration::from_mins(1))[0].1.avoid.is_empty());
        origin.reached(None, (&[], dead), now);
        assert!(origin.targets(now)[0].1.avoid.is_empty());
    }
}
