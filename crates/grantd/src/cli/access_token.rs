//! An access token as the commands ask for it: one request, one reading of the answer.

use clap::Args;
use grantd_model::{Secret, Timestamp};
use http::Method;
use serde::Deserialize;
use serde_json::Value;

use super::Context;
use crate::client::Call;
use crate::failure::Failure;
use crate::output;

/// How a token is asked for.
const METHOD: Method = Method::GET;
/// The user name beside a token in the place of a password, where nobody names another; services that take one so
/// hardly look at it.
pub(super) const USER_NAME: &str = "oauth2";

/// What is asked of a token.
#[derive(Debug, Default, Args)]
pub(super) struct TokenFlags {
    /// Scopes to ask for, divided by spaces [default: those of the credential]
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// How long it is to last yet, in seconds, as far as the authorization server gives as long
    #[arg(long, value_name = "SECONDS")]
    min_lifetime: Option<u64>,
}

impl TokenFlags {
    /// With these scopes, divided by spaces; those of the credential, where there are none.
    pub(super) const fn of_scope(scope: Option<String>) -> Self {
        Self {
            scope,
            min_lifetime: None,
        }
    }
}

/// An access token, with what the commands need to know of it.
pub(super) struct AccessToken {
    /// The token itself.
    pub(super) value: Secret<String>,
    /// How it is to be shown, such as `Bearer`.
    pub(super) token_type: String,
    /// When it ends.
    pub(super) expires_at: Timestamp,
    /// Hosts that it may be sent to, in lower case; `*.` stands for names below a host.
    pub(super) bound_hosts: Vec<String>,
    /// The whole answer, the token in it.
    pub(super) document: Value,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    token_type: String,
    expires_at: Timestamp,
    #[serde(default)]
    bound_hosts: Vec<String>,
}

/// Gets an access token of a credential, named by its slug or id.
///
/// # Errors
/// When there is no answer, it says no, or it holds no token.
pub(super) fn fetch(
    context: &Context,
    credential: &str,
    wanted: &TokenFlags,
) -> Result<AccessToken, Failure> {
    let path = ["credentials", credential, "token"];
    let call = Call::new(METHOD, &path)
        .query("scope", wanted.scope.as_deref())
        .query("min_lifetime_s", wanted.min_lifetime)
        .patient();
    read(context.call(call)?.document)
}

fn read(document: Value) -> Result<AccessToken, Failure> {
    // the reason is left out: it may quote what the answer holds
    let Ok(answer) = Answer::deserialize(&document) else {
        return Err(Failure::refused(
            "the answer of grantd holds no access token with its type and its end",
        ));
    };
    Ok(AccessToken {
        value: Secret::new(answer.access_token),
        token_type: answer.token_type,
        expires_at: answer.expires_at,
        bound_hosts: answer.bound_hosts,
        document,
    })
}

impl AccessToken {
    /// Refuses a token that a program would not show as it has to be shown. Another type than bearer, such as
    /// `DPoP`, needs a proof for each request, which none of them makes.
    ///
    /// # Errors
    /// Names the type and the program.
    pub(super) fn check_bearer(&self, program: &str) -> Result<(), Failure> {
        if self.token_type.eq_ignore_ascii_case("bearer") {
            return Ok(());
        }
        Err(Failure::refused(format!(
            "the token is of the type `{}`, expected is `Bearer`; no other can be sent by {program}",
            self.token_type
        )))
    }

    /// Tells people what was unusual about it.
    pub(super) fn tell_warnings(&self) {
        tell_warnings(&self.document);
    }
}

/// Tells people what was unusual, by an answer about a token.
pub(super) fn tell_warnings(document: &Value) {
    for warning in document["warnings"].as_array().into_iter().flatten() {
        let text = match warning["detail"].as_str().or(warning.as_str()) {
            Some(text) => text.to_owned(),
            None => warning.to_string(),
        };
        output::note(&text);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_without_a_token_is_no_token_and_is_not_quoted() {
        for document in [
            json!(null),
            json!({"token_type": "Bearer", "expires_at": "2027-01-31T09:00:00Z"}),
            json!({"access_token": "canary", "token_type": "Bearer"}),
            json!({"access_token": "a", "token_type": {"canary": 1}, "expires_at": "canary"}),
            json!({"access_token": "a", "token_type": "Bearer", "expires_at": "canary"}),
        ] {
            let Err(fault) = read(document) else {
                panic!("it was read");
            };
            let fault = fault.to_string();
            assert!(fault.contains("holds no access token"), "{fault}");
            assert!(!fault.contains("canary"), "{fault}");
        }
    }
}
