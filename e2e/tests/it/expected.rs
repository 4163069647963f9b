//! What grantd answers when something is refused, all in one place: the problem codes
//! (`urn:grantd:problem:<code>`) and words that a wrong explanation would not have.

use anyhow::{Context, Result, ensure};
use e2e::grantd::Finished;
use e2e::http::Response;
use serde_json::{Value, json};

/// One refusal: any of the codes, and in what people read any of the words (lower case). The type
/// and the title go with the code and say nothing of the case, so they are not looked at.
pub(crate) struct Expected {
    codes: &'static [&'static str],
    says: &'static [&'static str],
}

const PREFIX: &str = "urn:grantd:problem:";

/// The authorization server does not accept id and secret.
pub(crate) const CLIENT_REFUSED: Expected = Expected {
    codes: &["authorization_server_refused"],
    says: &["did not accept the client's id, secret or method (invalid_client, "],
};
/// The same from a server that says only 403, with an empty body.
pub(crate) const FORBIDDEN_WITHOUT_BODY: Expected = Expected {
    codes: &["authorization_server_refused"],
    says: &["refused without a reason; most often the secret is wrong"],
};
/// Raw Basic at a server that decodes: some call it a malformed request.
pub(crate) const REQUEST_REFUSED: Expected = Expected {
    codes: &["authorization_server_refused"],
    says: &[
        "found the request invalid (invalid_request, ",
        "did not accept the client's id, secret or method (invalid_client, ",
    ],
};
/// No token endpoint at this path.
pub(crate) const NOT_FOUND_THERE: Expected = Expected {
    codes: &["authorization_server_misbehaved"],
    says: &["there is no token endpoint at this address"],
};
/// Nobody listens.
pub(crate) const NOBODY_LISTENS: Expected = Expected {
    codes: &["unreachable"],
    says: &["refused the connection"],
};
/// The certificate's issuer is unknown.
pub(crate) const UNKNOWN_ISSUER: Expected = Expected {
    codes: &["unreachable"],
    says: &["the certificate is from an authority that is not trusted"],
};
/// The certificate is for another host.
pub(crate) const OTHER_HOST: Expected = Expected {
    codes: &["unreachable"],
    says: &["the certificate is for another name"],
};
/// The certificate has ended.
pub(crate) const EXPIRED_CERTIFICATE: Expected = Expected {
    codes: &["unreachable"],
    says: &["the certificate has expired"],
};
/// The egress guard forbids the address of this machine.
pub(crate) const EGRESS: Expected = Expected {
    codes: &["egress_refused"],
    says: &["is a loopback address and not listed in `egress.allow`"],
};
/// The egress guard forbids grantd's own address, which no rule allows.
pub(crate) const OWN_ADDRESS: Expected = Expected {
    codes: &["egress_refused"],
    says: &["is grantd itself"],
};
/// The credential is disabled.
pub(crate) const DISABLED: Expected = Expected {
    codes: &["credential_disabled"],
    says: &["the credential is disabled"],
};
/// The name is taken.
pub(crate) const NAME_TAKEN: Expected = Expected {
    codes: &["validation_failed"],
    says: &["a name that no other credential has is expected"],
};
/// Another revision than the one in `If-Match`.
pub(crate) const STALE: Expected = Expected {
    codes: &["stale"],
    says: &["its revision now is r2"],
};
/// A change without `If-Match`.
pub(crate) const NO_IF_MATCH: Expected = Expected {
    codes: &["precondition_required"],
    says: &["`if-match` with the `etag` of the version that was read"],
};
/// No key is shown.
pub(crate) const NO_KEY: Expected = Expected {
    codes: &["unauthenticated"],
    says: &["with an api key is expected"],
};
/// The key is not known.
pub(crate) const WRONG_KEY: Expected = Expected {
    codes: &["unauthenticated"],
    says: &["the api key is not valid"],
};
/// The key was revoked.
pub(crate) const REVOKED_KEY: Expected = Expected {
    codes: &["unauthenticated"],
    says: &["the api key has been revoked"],
};
/// No such credential.
pub(crate) const NOT_FOUND: Expected = Expected {
    codes: &["not_found"],
    says: &["there is no credential `"],
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
        self.explained(&explanation(&problem))
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
        self.explained(&without_labels(&finished.stderr))
    }

    fn explained(&self, text: &str) -> Result<()> {
        let lower = text.to_lowercase();
        let said = self.says.iter().any(|word| lower.contains(word));
        ensure!(said, "none of {:?} is said: {text}", self.says);
        Ok(())
    }
}

/// What is told of the case alone: detail, meaning, remedy, the wrong values, and what the
/// authorization server said.
fn explanation(problem: &Value) -> String {
    let of_case = ["detail", "meaning", "remedy"].map(|name| &problem[name]);
    let errors = problem["errors"].as_array().into_iter().flatten();
    let errors = errors.map(|error| &error["detail"]);
    let server = problem["authorization_server"].as_object();
    let server = server.into_iter().flat_map(|members| members.values());
    let said = of_case.into_iter().chain(errors).chain(server);
    said.filter_map(Value::as_str)
        .collect::<Vec<_>>()
        .join("\n")
}

/// What the command says of the case, without the words that each failure begins with.
fn without_labels(stderr: &str) -> String {
    let labels = [
        "grantd: ",
        "the authorization server answered: ",
        "what it means: ",
    ];
    let line = |line: &str| {
        let line = line.trim();
        let label = labels.iter().find_map(|label| line.strip_prefix(label));
        label.unwrap_or(line).to_owned()
    };
    stderr.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_and_title_explain_nothing() {
        let problem = json!({
            "type": "urn:grantd:problem:credential_disabled",
            "title": "The credential is disabled",
            "status": 409,
            "detail": "something else",
            "errors": [{"pointer": "/disabled", "code": "disabled", "detail": "one"}],
            "authorization_server": {"status": 401, "error": "two"}
        });
        let said = explanation(&problem);
        assert_eq!(said, "something else\none\ntwo");
        assert!(DISABLED.explained(&said).is_err());
        assert!(DISABLED.explained("The credential is disabled").is_ok());
    }

    #[test]
    fn labels_of_a_command_explain_nothing() {
        let text = "grantd: a\n  the authorization server answered: b\n  what it means: c\n  d\n";
        assert_eq!(without_labels(text), "a\nb\nc\nd");
    }
}
