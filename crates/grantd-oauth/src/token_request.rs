//! Builds the token request of the client credentials grant (RFC 6749 section 4.4.2).
//!
//! Invariant: exactly one client authentication method, no parameter twice but `resource`, and no
//! copy of a secret that is not wiped.

use grantd_model::parameter::{check_header_name, check_header_value, check_parameter_name};
use grantd_model::{
    Audience, ClientAuthentication, ClientId, ErrorKind, Invalid, Parameter, Resource, ScopeSet,
    Secret, TokenEndpoint,
};
use url::Url;

use crate::client_auth::{client_secret_basic, client_secret_post};
use crate::form::Form;
use crate::resource_challenge::with_claims;

/// The parameter in which claims are asked for (OpenID Connect Core section 5.5).
const CLAIMS: &str = "claims";

/// The value of an extra parameter or of a header: readable, or to be kept out of logs.
#[derive(Debug, Clone)]
pub enum RequestValue {
    /// Readable.
    Plain(String),
    /// Not to be shown, and redacted wherever a server repeats it.
    Secret(Secret<String>),
}

impl RequestValue {
    /// The value as it is sent.
    #[must_use]
    pub const fn expose(&self) -> &String {
        match self {
            Self::Plain(value) => value,
            Self::Secret(value) => value.expose(),
        }
    }

    /// Whether it must not be shown.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        matches!(self, Self::Secret(_))
    }
}

/// What a token request is made of (RFC 6749 section 4.4.2).
#[derive(Debug, Clone, Copy)]
pub struct TokenRequestParameters<'a> {
    /// Where it is sent; its query is kept (RFC 6749 section 3.2).
    pub token_endpoint: &'a TokenEndpoint,
    /// The client (RFC 6749 section 2.2).
    pub client_id: &'a ClientId,
    /// How the client proves itself (RFC 6749 section 2.3).
    pub authentication: &'a ClientAuthentication<Secret<String>>,
    /// The scopes asked for (RFC 6749 section 3.3).
    pub scope: Option<&'a ScopeSet>,
    /// Each sent as `resource` (RFC 8707 section 2).
    pub resources: &'a [Resource],
    /// Sent as `audience` (RFC 8693 section 2.1).
    pub audience: Option<&'a Audience>,
    /// Extra form parameters (RFC 6749 section 8.2); one with an empty value is left out.
    pub parameters: &'a [Parameter<RequestValue>],
    /// Extra headers, their names in lower case.
    pub headers: &'a [Parameter<RequestValue>],
    /// The claims of a challenge, as JSON; sent as `claims`, together with an extra parameter of that name.
    pub claims: Option<&'a str>,
}

impl<'a> TokenRequestParameters<'a> {
    /// The secrets of this request, for [`crate::ResponseContext::secrets`].
    #[must_use]
    pub fn secrets(&self) -> Vec<&'a Secret<String>> {
        let values = self.parameters.iter().chain(self.headers);
        let extra = values.filter_map(|parameter| match &parameter.value {
            RequestValue::Plain(_) => None,
            RequestValue::Secret(secret) => Some(secret),
        });
        std::iter::once(self.authentication.secret())
            .chain(extra)
            .collect()
    }
}

/// A token request, ready to be sent.
#[derive(Debug)]
pub struct TokenHttpRequest {
    /// Where to, the query of the endpoint included; not for logs.
    pub url: Url,
    /// Always `POST` (RFC 6749 section 3.2).
    pub method: &'static str,
    /// All headers but those of the connection; names in lower case.
    pub headers: Vec<Parameter<RequestValue>>,
    /// The form (RFC 6749 appendix B).
    pub body: Secret<Vec<u8>>,
}

/// Why a token request can not be built: always a fault of what is configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// An empty secret authenticates nobody (RFC 6749 section 2.3.1).
    #[error("the client secret is empty")]
    EmptySecret,
    /// RFC 7617 section 2: the first colon ends the id.
    #[error("a client id with a colon can not be sent as raw basic credentials")]
    ColonInClientId,
    /// A name that the protocol owns, or no name at all.
    #[error("extra parameter `{name}`: {fault}")]
    ParameterName {
        /// The name.
        name: String,
        /// What is wrong with it.
        fault: Invalid,
    },
    /// RFC 6749 section 3.2: parameters must not be repeated.
    #[error("extra parameter `{0}` is there twice")]
    RepeatedParameter(String),
    /// A header name or value that must not be sent (RFC 9110 section 5).
    #[error("extra header `{name}`: {fault}")]
    Header {
        /// The name.
        name: String,
        /// What is wrong with name or value.
        fault: Invalid,
    },
    /// A header that would be sent twice.
    #[error("extra header `{0}` is there twice")]
    RepeatedHeader(String),
}

impl BuildError {
    /// The caller mends it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }
}

/// Builds the request (RFC 6749 section 4.4.2).
///
/// # Errors
/// When the secret is empty, or an extra parameter or header can not be sent.
pub fn build_token_request(
    parameters: &TokenRequestParameters<'_>,
) -> Result<TokenHttpRequest, BuildError> {
    check_parameters(parameters.parameters)?;
    check_headers(parameters.headers)?;
    if parameters.authentication.secret().expose().is_empty() {
        return Err(BuildError::EmptySecret);
    }
    let scope = parameters.scope.map(ToString::to_string);
    let mut form = Form::default();
    form.push("grant_type", "client_credentials");
    let mut headers = vec![
        plain("accept", "application/json"),
        plain("content-type", "application/x-www-form-urlencoded"),
    ];
    match parameters.authentication {
        ClientAuthentication::ClientSecretBasic { secret, encoding } => {
            let value =
                client_secret_basic::authorization(parameters.client_id, secret, *encoding)?;
            headers.push(Parameter {
                name: "authorization".to_owned(),
                value: RequestValue::Secret(value),
            });
        }
        ClientAuthentication::ClientSecretPost { secret } => {
            client_secret_post::push(&mut form, parameters.client_id, secret);
        }
    }
    form.push("scope", scope.as_deref().unwrap_or_default());
    for resource in parameters.resources {
        form.push("resource", resource.as_str());
    }
    form.push("audience", parameters.audience.map_or("", Audience::as_str));
    let claims = claims(parameters);
    for parameter in parameters.parameters {
        if claims.is_none() || parameter.name != CLAIMS {
            form.push(&parameter.name, parameter.value.expose());
        }
    }
    form.push(CLAIMS, claims.as_ref().map_or("", |claims| claims.expose()));
    headers.extend(parameters.headers.iter().cloned());
    Ok(TokenHttpRequest {
        url: parameters.token_endpoint.url().clone(),
        method: "POST",
        headers,
        body: form.encode(),
    })
}

/// The claims of a challenge with those that are sent anyway; none without a challenge.
fn claims(parameters: &TokenRequestParameters<'_>) -> Option<Secret<String>> {
    let challenge = parameters.claims?;
    let mut extra = parameters.parameters.iter();
    let own = extra.find(|parameter| parameter.name == CLAIMS);
    Some(Secret::new(own.map_or_else(
        || challenge.to_owned(),
        |own| with_claims(own.value.expose(), challenge),
    )))
}

fn plain(name: &str, value: &str) -> Parameter<RequestValue> {
    Parameter {
        name: name.to_owned(),
        value: RequestValue::Plain(value.to_owned()),
    }
}

fn check_parameters(parameters: &[Parameter<RequestValue>]) -> Result<(), BuildError> {
    for (position, Parameter { name, .. }) in parameters.iter().enumerate() {
        check_parameter_name(name).map_err(|fault| BuildError::ParameterName {
            name: name.clone(),
            fault,
        })?;
        if parameters[..position]
            .iter()
            .any(|other| other.name == *name)
        {
            return Err(BuildError::RepeatedParameter(name.clone()));
        }
    }
    Ok(())
}

fn check_headers(headers: &[Parameter<RequestValue>]) -> Result<(), BuildError> {
    for (position, Parameter { name, value }) in headers.iter().enumerate() {
        check_header_name(name)
            .and_then(|()| check_header_value(value.expose()))
            .map_err(|fault| BuildError::Header {
                name: name.clone(),
                fault,
            })?;
        if headers[..position].iter().any(|other| other.name == *name) {
            return Err(BuildError::RepeatedHeader(name.clone()));
        }
    }
    Ok(())
}
