//! A validation as the API shows it: never the token.

use grantd_engine::{Step, TokenFacts, Validation};
use grantd_model::Timestamp;
use grantd_oauth::{LifetimeSource, TokenClaims};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::AuthorizationServerAnswer;

/// How a validation ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValidationOut {
    /// `done` or `failed`.
    #[schema(example = "done")]
    result: &'static str,
    /// How long it took, in seconds.
    duration_s: f64,
    /// The steps in order, up to the one that failed.
    steps: Vec<StepOut>,
    /// What is known of the token, if there was one; never the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<TokenFactsOut>,
    /// What was unusual about the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// A step that has ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepOut {
    /// `secret`, `dns`, `egress_policy`, `tcp`, `proxy`, `tls`, `token_request`, `token_response`
    /// or `probe`.
    #[schema(example = "token_request")]
    step: &'static str,
    /// `done`, `reused` or `failed`.
    outcome: &'static str,
    /// How long it took, in seconds.
    duration_s: f64,
    /// What was found, or what went wrong.
    detail: String,
    /// What kind of failure it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'static str>,
    /// What the failure means, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<String>,
    /// What can be done about it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    /// What the authorization server answered instead of a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_server: Option<AuthorizationServerAnswer>,
}

/// What is known of the token.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenFactsOut {
    /// How it is to be shown.
    token_type: String,
    /// How long it lives, in seconds.
    lifetime_s: u64,
    /// Where that is from: `expires_in`, `jwt_exp` or `default`.
    lifetime_source: &'static str,
    /// The scopes asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_scope: Option<String>,
    /// The scopes granted, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    granted_scope: Option<String>,
    /// What it says of itself, where it is a JWT; unverified.
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<ClaimsOut>,
}

/// What a JWT says of itself; unverified.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClaimsOut {
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aud: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tid: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scope: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<String>,
}

impl From<&Step> for StepOut {
    fn from(step: &Step) -> Self {
        Self {
            step: step.kind.name(),
            outcome: step.outcome.name(),
            duration_s: step.duration.as_secs_f64(),
            detail: step.detail.clone(),
            class: step.class,
            meaning: step.meaning.clone(),
            remedy: step.remedy.clone(),
            authorization_server: step.answer.as_ref().map(Into::into),
        }
    }
}

impl From<&Validation> for ValidationOut {
    fn from(validation: &Validation) -> Self {
        Self {
            result: if validation.succeeded {
                "done"
            } else {
                "failed"
            },
            duration_s: validation.duration.as_secs_f64(),
            steps: validation.steps.iter().map(StepOut::from).collect(),
            token: validation.token.as_ref().map(TokenFactsOut::from),
            warnings: validation
                .warnings
                .iter()
                .map(ToString::to_string)
                .collect(),
        }
    }
}

impl From<&TokenFacts> for TokenFactsOut {
    fn from(facts: &TokenFacts) -> Self {
        Self {
            token_type: facts.token_type.to_string(),
            lifetime_s: facts.lifetime.as_secs(),
            lifetime_source: match facts.lifetime_source {
                LifetimeSource::ExpiresIn => "expires_in",
                LifetimeSource::JwtExp => "jwt_exp",
                LifetimeSource::Default => "default",
            },
            asked_scope: facts.asked_scope.as_ref().map(ToString::to_string),
            granted_scope: facts.granted_scope.as_ref().map(ToString::to_string),
            claims: facts.claims.as_ref().map(ClaimsOut::from),
        }
    }
}

impl From<&TokenClaims> for ClaimsOut {
    fn from(claims: &TokenClaims) -> Self {
        let one = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
        let many = |texts: &[Box<str>]| texts.iter().map(ToString::to_string).collect();
        Self {
            iss: one(&claims.issuer),
            aud: many(&claims.audience),
            sub: one(&claims.subject),
            client_id: one(&claims.client_id),
            tid: one(&claims.tenant),
            scope: many(&claims.scopes),
            roles: many(&claims.roles),
            iat: claims.issued_at.as_ref().map(Timestamp::to_string),
            exp: claims.expires_at.as_ref().map(Timestamp::to_string),
        }
    }
}
