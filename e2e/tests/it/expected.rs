//! What grantd answers when something is refused, all in one place: the problem codes
//! (`urn:grantd:problem:<code>`) and a word that must stand in the explanation.

use anyhow::{Context, Result, ensure};
use e2e::grantd::Finished;
use e2e::http::Response;
use serde_json::{Value, json};

/// One refusal: any of the codes, and any of the words (lower case) in what people read.
pub(crate) struct Expected {
    codes: &'static [&'static str],
    says: &'static [&'static str],
}

const PREFIX: &str = "urn:grantd:problem:";

/// The authorization server does not accept id and secret.
pub(crate) const CLIENT_REFUSED: Expected = Expected {
    codes: &["authorization_server_refused"],
    says: &["invalid_client", "client", "secret"],
};
/// The same from a server that says only 403, with an empty body.
pub(crate) const FORBIDDEN_WITHOUT_BODY: Expected = Expected {
    codes: &["authorization_server_refused"],
    says: &["403"],
};
/// Raw Basic at a server that decodes: some call it a malformed request.
pub(crate) const REQUEST_REFUSED: Expected = Expected {
    codes: &["authorization_server_refused"],
    says: &["invalid_request", "invalid_client", "client"],
};
/// No token endpoint at this path.
pub(crate) const NOT_FOUND_THERE: Expected = Expected {
    codes: &["authorization_server_misbehaved"],
    says: &["404", "not found"],
};
/// Nobody listens.
pub(crate) const NOBODY_LISTENS: Expected = Expected {
    codes: &["unreachable"],
    says: &["refused", "connect"],
};
/// The certificate's issuer is unknown.
pub(crate) const UNKNOWN_ISSUER: Expected = Expected {
    codes: &["unreachable"],
    says: &["issuer", "authority", "ca bundle", "ca_bundle"],
};
/// The certificate is for another host.
pub(crate) const OTHER_HOST: Expected = Expected {
    codes: &["unreachable"],
    says: &["name", "host", "not valid for"],
};
/// The certificate has ended.
pub(crate) const EXPIRED_CERTIFICATE: Expected = Expected {
    codes: &["unreachable"],
    says: &["expired"],
};
/// The egress guard forbids the address; on add it may be a field error.
pub(crate) const EGRESS: Expected = Expected {
    codes: &["egress_refused"],
    says: &["egress", "allow"],
};
/// The credential is disabled.
pub(crate) const DISABLED: Expected = Expected {
    codes: &["credential_disabled"],
    says: &["disabled"],
};
/// The name is taken.
pub(crate) const NAME_TAKEN: Expected = Expected {
    codes: &["validation_failed"],
    says: &["name"],
};
/// Another revision than the one in `If-Match`.
pub(crate) const STALE: Expected = Expected {
    codes: &["stale"],
    says: &["revision", "changed"],
};
/// A change without `If-Match`.
pub(crate) const NO_IF_MATCH: Expected = Expected {
    codes: &["precondition_required"],
    says: &["if-match"],
};
/// No key, or none that is known.
pub(crate) const UNAUTHENTICATED: Expected = Expected {
    codes: &["unauthenticated"],
    says: &["key", "authorization"],
};
/// No such credential.
pub(crate) const NOT_FOUND: Expected = Expected {
    codes: &["not_found"],
    says: &["credential", "found", "no such"],
};

/// What makes a second key that may do everything by the command line.
pub(crate) const KEY_CREATE: [&str; 6] = ["key", "create", "--name", "Second", "--role", "admin"];

/// What makes a key that may do everything by the API.
pub(crate) fn key(name: &str) -> Value {
    json!({"name": name, "grants": [{"action": "admin", "on": "all"}]})
}

impl Expected {
    /// Checks that the answer is this problem (RFC 9457).
    pub(crate) fn check(&self, answer: &Response) -> Result<()> {
        ensure!(answer.status >= 400, "not refused: {answer:?}");
        let media_type = answer.header("content-type").unwrap_or_default();
        ensure!(
            media_type.starts_with("application/problem+json"),
            "no problem: {answer:?}"
        );
        let problem = answer.json()?;
        let code = problem["type"]
            .as_str()
            .and_then(|name| name.strip_prefix(PREFIX));
        let code = code.with_context(|| format!("no type of ours: {problem}"))?;
        ensure!(
            self.codes.contains(&code),
            "{code} is none of {:?}: {problem}",
            self.codes
        );
        self.explained(&answer.body)
    }

    /// The same with this status.
    pub(crate) fn check_status(&self, status: u16, answer: &Response) -> Result<()> {
        ensure!(answer.status == status, "expected {status}: {answer:?}");
        self.check(answer)
    }

    /// Checks that the command failed, explained it and printed nothing a script could take for
    /// a result.
    pub(crate) fn check_command(&self, finished: &Finished) -> Result<()> {
        ensure!(finished.code == 1, "expected exit code 1: {finished:?}");
        ensure!(
            finished.stdout.is_empty(),
            "output beside a failure: {finished:?}"
        );
        self.explained(&finished.stderr)
    }

    fn explained(&self, text: &str) -> Result<()> {
        let lower = text.to_lowercase();
        let said = self.says.iter().any(|word| lower.contains(word));
        ensure!(said, "none of {:?} is said: {text}", self.says);
        Ok(())
    }
}
