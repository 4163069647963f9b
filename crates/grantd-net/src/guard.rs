//! The egress guard: which addresses a request may go to.
//!
//! Invariant: deny by default. A name passes only if every one of its addresses does; the addresses
//! that passed are the ones that are connected to.

use std::fmt;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;

use grantd_model::Invalid;
use url::Url;

use crate::address::AddressClass;
use crate::allow_rule::AllowRule;
use crate::refusal::{Refusal, RefusalReason};
use crate::target::{
    host_name, is_internal, is_localhost, is_loopback, is_metadata, literal_address, port,
};

/// Which addresses may be connected to.
#[derive(Clone)]
pub struct EgressPolicy {
    reach: Reach,
    allow: Vec<AllowRule>,
    own_listeners: Vec<SocketAddr>,
    local: Arc<dyn LocalAddresses>,
}

/// What is allowed without a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Listed,
    Public,
    Everything,
}

impl EgressPolicy {
    /// Public addresses, and what the rules allow.
    #[must_use]
    pub fn new(allow: Vec<AllowRule>) -> Self {
        Self {
            reach: Reach::Public,
            allow,
            own_listeners: Vec::new(),
            local: Arc::new(SystemAddresses),
        }
    }

    /// Public addresses, and what the lines of `egress.allow` say.
    ///
    /// # Errors
    /// When a line is no rule.
    pub fn parse<'a>(allow: impl IntoIterator<Item = &'a str>) -> Result<Self, Invalid> {
        let rules: Result<Vec<AllowRule>, Invalid> = allow.into_iter().map(str::parse).collect();
        rules.map(Self::new)
    }

    /// Everything but what is never allowed: for the command line on a person's own machine.
    #[must_use]
    pub fn unrestricted() -> Self {
        Self {
            reach: Reach::Everything,
            ..Self::new(Vec::new())
        }
    }

    /// What the rules allow and nothing else, public addresses included.
    #[must_use]
    pub fn listed_only(mut self) -> Self {
        self.reach = Reach::Listed;
        self
    }

    /// Adds sockets that are never connected to, whatever the rules say: grantd's own and its
    /// database's. One on every address of this machine (`0.0.0.0`, `[::]`) stands for all of them.
    #[must_use]
    pub fn with_own_listeners(mut self, listeners: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.own_listeners.extend(listeners);
        self
    }

    /// Replaces the way to know the addresses of this machine.
    #[must_use]
    pub fn with_local_addresses(mut self, local: Arc<dyn LocalAddresses>) -> Self {
        self.local = local;
        self
    }

    /// Checks all addresses of the host of a URL, of which there is at least one.
    ///
    /// # Errors
    /// With the first address that is not allowed.
    pub fn check(&self, url: &Url, addresses: &[IpAddr]) -> Result<(), Refusal> {
        self.check_addresses(url, addresses)?;
        if url.scheme() == "https" {
            return Ok(());
        }
        Self::check_plain_http(url, addresses)
    }

    /// Checks the addresses that plain http is sent to: those of the host of the URL, which is the
    /// target or the proxy on the way to it.
    pub(crate) fn check_plain_http(url: &Url, addresses: &[IpAddr]) -> Result<(), Refusal> {
        match addresses.iter().find(|it| !is_loopback(**it)) {
            Some(address) => Err(refusal(url, Some(*address), RefusalReason::PlainHttp)),
            None => Ok(()),
        }
    }

    /// Checks the addresses of a proxy, to which `CONNECT` goes in plain http.
    pub(crate) fn check_addresses(&self, url: &Url, addresses: &[IpAddr]) -> Result<(), Refusal> {
        addresses
            .iter()
            .try_for_each(|address| self.check_address(url, *address))
    }

    /// Checks the host of a URL that a proxy will resolve: a literal address by its class, a name
    /// by the rules and by what it looks like.
    ///
    /// # Errors
    /// When it is not allowed.
    pub fn check_proxied(&self, url: &Url) -> Result<(), Refusal> {
        if let Some(address) = literal_address(url) {
            return self.check(url, &[address]);
        }
        let name = host_name(url);
        let refuse = |reason| Err(refusal(url, None, reason));
        if is_metadata(name) {
            return refuse(RefusalReason::MetadataName);
        }
        if url.scheme() != "https" && !is_localhost(name) {
            return refuse(RefusalReason::PlainHttp);
        }
        let listed = self.covers_name(name, port(url));
        match self.reach {
            _ if listed => Ok(()),
            Reach::Everything => Ok(()),
            Reach::Public if !is_internal(name) => Ok(()),
            Reach::Public => refuse(RefusalReason::InternalName),
            Reach::Listed => refuse(RefusalReason::NotAllowed(AddressClass::Public)),
        }
    }

    /// Whether a target that a proxy resolves is known by itself: it is listed, or an address.
    pub(crate) fn is_known(&self, url: &Url) -> bool {
        literal_address(url).is_some() || self.covers_name(host_name(url), port(url))
    }

    fn check_address(&self, url: &Url, address: IpAddr) -> Result<(), Refusal> {
        let class = AddressClass::of(address);
        let refuse = |reason| Err(refusal(url, Some(address), reason));
        if class.is_never_allowed() {
            return refuse(RefusalReason::Never(class));
        }
        if self.is_own_listener(address.to_canonical(), port(url)) {
            return refuse(RefusalReason::OwnListener);
        }
        let allowed = match self.reach {
            Reach::Everything => true,
            Reach::Public if class == AddressClass::Public => true,
            Reach::Public | Reach::Listed => {
                self.covers_name(host_name(url), port(url))
                    || self.covers_address(address, port(url))
            }
        };
        if allowed {
            Ok(())
        } else {
            refuse(RefusalReason::NotAllowed(class))
        }
    }

    fn covers_name(&self, name: &str, port: u16) -> bool {
        self.allow.iter().any(|rule| rule.covers_name(name, port))
    }

    fn covers_address(&self, address: IpAddr, port: u16) -> bool {
        self.allow
            .iter()
            .any(|rule| rule.covers_address(address, port))
    }

    fn is_own_listener(&self, address: IpAddr, port: u16) -> bool {
        self.own_listeners.iter().any(|listener| {
            let own = listener.ip().to_canonical();
            listener.port() == port
                && (own == address || (own.is_unspecified() && self.local.is_local(address)))
        })
    }
}

impl fmt::Debug for EgressPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EgressPolicy")
            .field("reach", &self.reach)
            .field("allow", &self.allow)
            .field("own_listeners", &self.own_listeners)
            .finish_non_exhaustive()
    }
}

/// Knows the addresses of this machine.
pub trait LocalAddresses: Send + Sync {
    /// Whether an interface of this machine has the address.
    fn is_local(&self, address: IpAddr) -> bool;
}

/// Asks the system: only an own address can be bound.
#[derive(Debug, Clone, Copy, Default)]
struct SystemAddresses;

impl LocalAddresses for SystemAddresses {
    fn is_local(&self, address: IpAddr) -> bool {
        UdpSocket::bind((address, 0)).is_ok()
    }
}

fn refusal(url: &Url, address: Option<IpAddr>, reason: RefusalReason) -> Refusal {
    Refusal {
        host: host_name(url).to_owned(),
        port: port(url),
        address: address.map(|it| it.to_canonical()),
        reason,
    }
}
