//! The steps of a validation.

use std::time::Duration;

use grantd_model::token_key::SecretIdentity;
use grantd_model::{SecretEntry, SecretValue};
use grantd_net::Phase;
use grantd_oauth::TokenError;

/// A step of a validation, in the order in which they happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// The secret is opened, or read from its source.
    Secret,
    /// The name is looked up.
    Dns,
    /// The egress policy checks every address.
    EgressPolicy,
    /// The connection.
    Tcp,
    /// The proxy is asked for a tunnel.
    Proxy,
    /// The handshake: chain, name and end of the certificate.
    Tls,
    /// The request, until its answer begins.
    TokenRequest,
    /// The answer is read.
    TokenResponse,
    /// A resource is asked for with the token.
    Probe,
}

impl StepKind {
    /// A stable name in `snake_case`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Dns => "dns",
            Self::EgressPolicy => "egress_policy",
            Self::Tcp => "tcp",
            Self::Proxy => "proxy",
            Self::Tls => "tls",
            Self::TokenRequest => "token_request",
            Self::TokenResponse => "token_response",
            Self::Probe => "probe",
        }
    }

    pub(super) const fn of_phase(phase: Phase) -> Self {
        match phase {
            Phase::Dns => Self::Dns,
            Phase::EgressPolicy => Self::EgressPolicy,
            Phase::Tcp => Self::Tcp,
            Phase::Proxy => Self::Proxy,
            Phase::Tls => Self::Tls,
            Phase::Request => Self::TokenRequest,
            Phase::Response => Self::TokenResponse,
        }
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepOutcome {
    /// As it should.
    Done,
    /// Not needed: an idle connection was taken.
    Reused,
    /// It failed, and nothing came after it.
    Failed,
}

impl StepOutcome {
    /// A stable name in `snake_case`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Reused => "reused",
            Self::Failed => "failed",
        }
    }
}

/// A step that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which one.
    pub kind: StepKind,
    /// How it ended.
    pub outcome: StepOutcome,
    /// How long it took.
    pub duration: Duration,
    /// What was found, or what went wrong; no secret.
    pub detail: String,
    /// What kind of failure it is; `snake_case`.
    pub class: Option<&'static str>,
    /// What the failure means, where that is known.
    pub meaning: Option<String>,
    /// What can be done about it, where that is known.
    pub remedy: Option<String>,
    /// What the authorization server answered instead of a token, where it answered.
    pub answer: Option<TokenError>,
}

/// Is told of steps while they happen. The methods are called in line and must return at once.
pub trait StepObserver: Send + Sync {
    /// A step begins.
    fn begun(&self, kind: StepKind);

    /// A step has ended.
    fn ended(&self, step: &Step);
}

/// Which secret was taken, never its value.
pub(super) fn secret_detail(
    entry: &SecretEntry,
    is_kept: bool,
    identity: &SecretIdentity,
) -> String {
    match &entry.value {
        SecretValue::Internal(_) if !is_kept => "as it was typed".to_owned(),
        SecretValue::Internal(_) => format!("version {}, sealed here", entry.version),
        SecretValue::External(reference) => {
            let version = match &identity.external_version {
                Some(version) => format!(", version {version}"),
                None => String::new(),
            };
            format!("{}: {}{version}", reference.source, reference.path)
        }
    }
}
