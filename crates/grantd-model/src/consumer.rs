//! The HTTP consumer: a service outside that is reached through grantd, which puts the token into each request.

mod draft;
mod names;

use std::time::Duration;

pub use draft::{
    ConsumerDraft, HeaderDraft, LimitsDraft, RejectedDraft, RejectedHeaderDraft, TimeoutsDraft,
};
pub use names::{BaseUrl, FieldName, HostName, MethodName, PathPrefix, UpstreamAddress};

use crate::bound_host::is_bound;
use crate::{
    Change, ConsumerId, CredentialId, Labels, Name, Parameter, ParameterValue, Revision, ScopeSet,
    Slug,
};

/// The most header fields that a consumer sets, and the most that it removes.
pub const MOST_FIELDS: usize = 32;

/// The most statuses of an answer by which a token of no use is known.
pub const MOST_STATUSES: usize = 8;

/// The most names of hosts, methods, path prefixes and upstream addresses of a consumer, of each.
pub const MOST_NAMES: usize = 32;

/// The largest body that is kept to be sent again, in bytes.
pub const MOST_REPLAY_BYTES: u32 = 1024 * 1024;

/// The largest body of an answer in which a pattern is looked for, in bytes.
pub const MOST_PATTERN_BYTES: usize = 64 * 1024;

/// Which version of HTTP is spoken with the service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum HttpChoice {
    /// What is agreed on by ALPN (RFC 7301); HTTP/1.1 without TLS.
    #[default]
    Negotiated,
    /// HTTP/1.1 alone.
    Http1,
    /// HTTP/2 alone, with prior knowledge where there is no TLS (RFC 9113 section 3.3).
    Http2,
}

/// In which header field the token goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPlacement {
    /// The field, `authorization` unless set.
    pub field: FieldName,
    /// What stands before the token with a space between, `Bearer` unless set (RFC 6750 section 2.1); empty
    /// for the token alone.
    pub prefix: String,
}

impl Default for TokenPlacement {
    fn default() -> Self {
        Self {
            field: FieldName::authorization(),
            prefix: "Bearer".to_owned(),
        }
    }
}

/// Who may send requests through a consumer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Callers {
    /// Whoever shows an API key with a grant to use it.
    #[default]
    ApiKey,
    /// Whoever is on this machine as well, without a key.
    Loopback,
}

/// By what an answer of the service is known to say that the token is of no use any more; all that is set
/// must fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRule {
    /// The status is one of these: 1 to 8, 401 unless set.
    pub statuses: Vec<u16>,
    /// A field of this name holds this text, without regard to case.
    pub field: Option<(FieldName, String)>,
    /// The body, of at most 64 KiB, holds this text.
    pub body: Option<String>,
}

impl Default for RejectedRule {
    fn default() -> Self {
        Self {
            statuses: vec![401],
            field: None,
            body: None,
        }
    }
}

/// How long the phases of a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsumerTimeouts {
    /// Until the connection stands, TLS included: 1 to 60 s.
    pub connect: Duration,
    /// From the request until the header of the answer: 1 s to an hour.
    pub answer: Duration,
    /// Between two pieces of a body, in either direction, and of an upgraded connection: 1 s to a day.
    pub idle: Duration,
}

impl Default for ConsumerTimeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            answer: Duration::from_mins(1),
            idle: Duration::from_mins(5),
        }
    }
}

/// How much may go through a consumer; without a limit where none is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ConsumerLimits {
    /// Requests each second over a while: 1 to 1,000,000.
    pub requests_per_second: Option<u32>,
    /// Requests that may come at once beyond that: 1 to 1,000,000; a second's worth unless set.
    pub burst: Option<u32>,
    /// Requests that are under way at once: 1 to 1,000,000.
    pub concurrent: Option<u32>,
}

/// Everything of a consumer that is no secret and that people set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerSettings {
    /// What people call it; unique among consumers without regard to case.
    pub name: Name,
    /// What it is for.
    pub description: String,
    /// What it is sorted and granted by.
    pub labels: Labels,
    /// Whose tokens it sends.
    pub credential: CredentialId,
    /// A part of the credential's scopes; all of them if absent.
    pub scope: Option<ScopeSet>,
    /// Where the service is.
    pub base_url: BaseUrl,
    /// Where it is connected to instead of the host of the base URL, which stays the name in `Host` and TLS.
    pub addresses: Vec<UpstreamAddress>,
    /// PEM certificates of the only authorities trusted for the service.
    pub ca_bundle: Option<String>,
    /// Which version of HTTP is spoken.
    pub http: HttpChoice,
    /// Where the token goes.
    pub placement: TokenPlacement,
    /// Fields of the caller's request that do not travel on.
    pub remove_fields: Vec<FieldName>,
    /// Names by which it is reached, besides its path; each belongs to one consumer.
    pub hosts: Vec<HostName>,
    /// Who may use it.
    pub callers: Callers,
    /// The methods that are let through; all if empty.
    pub methods: Vec<MethodName>,
    /// What the path behind the base URL begins with; anything if empty.
    pub paths: Vec<PathPrefix>,
    /// Whether `Cookie` and `Set-Cookie` travel on.
    pub cookies: bool,
    /// Whether connections may be upgraded, as for `WebSocket` (RFC 9110 section 7.8).
    pub upgrades: bool,
    /// By what a token of no use is known.
    pub rejected: RejectedRule,
    /// The largest body that is kept, to send the request again with another token, in bytes.
    pub replay_bytes: u32,
    /// How long things may take.
    pub timeouts: ConsumerTimeouts,
    /// How much may go through.
    pub limits: ConsumerLimits,
}

impl ConsumerSettings {
    /// The hosts that requests go to: that of the base URL, then those that are connected to instead.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        let others = self.addresses.iter().map(UpstreamAddress::host);
        std::iter::once(self.base_url.host()).chain(others)
    }

    /// The first of them that is none of a credential's bound hosts: as long as there is one, nothing is sent.
    #[must_use]
    pub fn unbound_host(&self, bound_hosts: &[String]) -> Option<&str> {
        self.hosts().find(|host| !is_bound(bound_hosts, host))
    }
}

/// A consumer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    /// Its id, for ever.
    pub id: ConsumerId,
    /// Its short name, for ever: it is reached as `/consumers/{slug}/…`.
    pub slug: Slug,
    /// Counts updates.
    pub revision: Revision,
    /// The highest version that any of its secret values ever had; none is used twice.
    pub secret_counter: u32,
    /// Whether requests are let through.
    pub enabled: bool,
    /// What people set.
    pub settings: ConsumerSettings,
    /// Header fields that are set in each request, secret ones bound to the origin of the base URL.
    pub fields: Vec<Parameter<ParameterValue>>,
    /// When and by whom it was added.
    pub created: Change,
    /// When and by whom it was last changed.
    pub updated: Change,
}
