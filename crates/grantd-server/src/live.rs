//! What the operator may change of the server while it runs.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use ipnet::IpNet;

use crate::ServerSettings;

/// What is taken from settings that are loaded again; clones share it.
#[derive(Clone)]
pub struct LiveSettings(Arc<ArcSwap<Lists>>);

/// The lists as they hold.
#[derive(Debug)]
pub(crate) struct Lists {
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) egress_allowed: Vec<String>,
}

impl Lists {
    fn of(settings: &ServerSettings) -> Self {
        Self {
            allowed_hosts: settings.allowed_hosts.clone(),
            trusted_proxies: settings.trusted_proxies.clone(),
            egress_allowed: settings.installation.egress_allowed.clone(),
        }
    }

    /// Whether this host may be named.
    pub(crate) fn allows_host(&self, host: &str) -> bool {
        let mut hosts = self.allowed_hosts.iter();
        hosts.any(|allowed| allowed.eq_ignore_ascii_case(host))
    }
}

impl LiveSettings {
    pub(crate) fn new(settings: &ServerSettings) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(Lists::of(settings))))
    }

    /// Takes hosts, proxies and what the console tells of the egress policy from these settings, from the next
    /// request on.
    pub fn replace(&self, settings: &ServerSettings) {
        self.0.store(Arc::new(Lists::of(settings)));
    }

    pub(crate) fn lists(&self) -> arc_swap::Guard<Arc<Lists>> {
        self.0.load()
    }
}

impl fmt::Debug for LiveSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lists().fmt(f)
    }
}
