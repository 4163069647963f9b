//! The faults, and of which class the failures are that each of them causes.

use super::stage::way;

/// Credentials whose tokens are renewed by force again and again.
pub(super) const RENEWED: &str = "renewed";

/// Credentials whose tokens are only asked for.
pub(super) const TAKEN: &str = "taken";

/// The one credential of those only asked for that meets the redirect, after which nothing is tried for long.
pub(super) const MOVED: &str = "moved";

/// A fault.
pub(super) struct Fault {
    /// For people.
    pub(super) name: &'static str,
    pub(super) how: How,
    /// The credentials that meet it.
    pub(super) of: &'static [&'static str],
    /// The failure that it is there to cause; none where it must cause none.
    pub(super) failure: Option<Failure>,
    /// The failures that it may cause besides, as it comes and goes.
    pub(super) also: &'static [Failure],
}

/// How it is brought about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// The proxy answers so.
    Answer(&'static str),
    /// The proxy shows this certificate.
    Certificate(&'static str),
    /// The proxy is gone.
    Gone,
    /// The authorization server has replaced the secrets.
    Revoked,
}

/// A failure as it has to be told.
pub(super) struct Failure {
    /// Its class in events.
    pub(super) class: &'static str,
    /// The code of its problem document.
    code: &'static str,
    /// What the detail says.
    says: &'static str,
}

const fn failure(class: &'static str, code: &'static str, says: &'static str) -> Failure {
    Failure { class, code, says }
}

impl Failure {
    /// Whether an event tells it.
    pub(super) fn is_event(&self, class: &str, detail: &str) -> bool {
        self.class == class && detail.contains(self.says)
    }

    /// Whether a problem document tells it.
    pub(super) fn is_problem(&self, code: &str, detail: &str) -> bool {
        self.code == code && detail.contains(self.says)
    }
}

impl Fault {
    /// Whether a credential meets it.
    pub(super) fn meets(&self, slug: &str) -> bool {
        self.of.contains(&way(slug))
    }

    /// All failures that it may cause.
    pub(super) fn causes(&self) -> impl Iterator<Item = &Failure> {
        self.failure.iter().chain(self.also)
    }
}

const MISBEHAVED: &str = "authorization_server_misbehaved";
const UNREACHABLE: &str = "unreachable";

const ALL: &[&str] = &[RENEWED, TAKEN, MOVED];
const CLOSED: &str = "closed the connection before its answer was complete";
/// A connection is cut.
const CUT: Failure = failure("closed_early", UNREACHABLE, CLOSED);
/// What may also happen to whoever asks while the proxy ends.
const ENDING: &[Failure] = &[
    CUT,
    failure(
        "tls_failed",
        UNREACHABLE,
        "closed the connection during the TLS handshake",
    ),
    failure("connect_failed", UNREACHABLE, ""),
];
/// The credential was changed while its token was asked for.
const CHANGED: &[Failure] = &[failure("changed_meanwhile", "changed_meanwhile", "")];

const fn answer(name: &'static str, answer: &'static str, failure: Failure) -> Fault {
    Fault {
        name,
        how: How::Answer(answer),
        of: ALL,
        failure: Some(failure),
        also: &[],
    }
}

const fn certificate(name: &'static str, certificate: &'static str, says: &'static str) -> Fault {
    Fault {
        name,
        how: How::Certificate(certificate),
        of: ALL,
        failure: Some(failure("tls_failed", UNREACHABLE, says)),
        // on connections of before
        also: &[CUT],
    }
}

/// What a redirect causes.
pub(super) const REDIRECTED: Failure =
    failure("redirected", MISBEHAVED, "redirects, which is not followed");

/// All of them. The redirect comes first: the credential that meets it is tried again after 30 s.
pub(super) const FAULTS: [Fault; 16] = [
    Fault {
        of: &[RENEWED, MOVED],
        ..answer("a redirect", "redirect", REDIRECTED)
    },
    answer(
        "status 500",
        "failed",
        failure("server_error", MISBEHAVED, "authorization server failed"),
    ),
    answer(
        "status 503 with Retry-After",
        "maintenance",
        failure("server_error", MISBEHAVED, "authorization server failed"),
    ),
    answer(
        "status 429",
        "too_many",
        failure("rate_limited", "rate_limited", "asks to wait"),
    ),
    answer("a connection that is reset", "reset", CUT),
    answer("an answer that is cut", "cut", CUT),
    answer(
        "no answer in time",
        "hang",
        failure("request_timeout", UNREACHABLE, "did not answer within 5 s"),
    ),
    answer(
        "half of a token response",
        "truncated",
        failure(
            "unreadable_body",
            MISBEHAVED,
            "something that is no token response",
        ),
    ),
    answer(
        "a page",
        "page",
        failure(
            "unreadable_body",
            MISBEHAVED,
            "something that is no token response",
        ),
    ),
    Fault {
        failure: None,
        ..answer("a token response of another type", "mislabelled", CUT)
    },
    answer(
        "3 MiB",
        "huge",
        failure("too_large", MISBEHAVED, "more than 1 MiB"),
    ),
    Fault {
        name: "a secret that is replaced",
        how: How::Revoked,
        of: &[RENEWED, TAKEN],
        failure: Some(failure(
            "invalid_client",
            "authorization_server_refused",
            "did not accept the client's id, secret or method",
        )),
        also: CHANGED,
    },
    certificate(
        "a certificate of another authority",
        "stranger",
        "from an authority that is not trusted",
    ),
    certificate(
        "a certificate of another name",
        "other_name",
        "for another name",
    ),
    certificate("a certificate that has expired", "expired", "has expired"),
    Fault {
        name: "nobody there",
        how: How::Gone,
        of: ALL,
        failure: Some(failure(
            "connect_refused",
            UNREACHABLE,
            "refused the connection",
        )),
        also: ENDING,
    },
];
