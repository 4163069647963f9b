//! Requests and answers with everything filled in, so that a test names only what it is about.

use grantd_model::{
    BasicEncoding, ClientAuthentication, ClientId, Parameter, Resource, ScopeSet, Secret,
    Timestamp, TokenEndpoint,
};
use grantd_oauth::{
    BuildError, Challenge, Issuer, Metadata, MetadataError, RequestValue, ResponseContext,
    TokenError, TokenHttpRequest, TokenHttpResponse, TokenRequestParameters, TokenResponse,
    build_token_request, parse_metadata, parse_token_response,
};
use url::form_urlencoded;

/// The documented example, full of characters that some encoding gets wrong.
pub(crate) const EXAMPLE_SECRET: &str = "jhyun/ku[ojubbj]/jhgfdrg^7*dfg&jkiu#bjshdm,ktttdg";

/// When every request of these tests is sent; the answer is there a second later.
pub(crate) const SENT: Timestamp = Timestamp::from_seconds(1_800_000_000);

pub(crate) struct Request {
    pub(crate) endpoint: &'static str,
    pub(crate) client_id: String,
    pub(crate) authentication: ClientAuthentication<Secret<String>>,
    pub(crate) scope: Option<&'static str>,
    pub(crate) resources: Vec<&'static str>,
    pub(crate) audience: Option<&'static str>,
    pub(crate) parameters: Vec<Parameter<RequestValue>>,
    pub(crate) headers: Vec<Parameter<RequestValue>>,
}

impl Request {
    pub(crate) fn basic(client_id: &str, secret: &str) -> Self {
        Self::with(
            client_id,
            ClientAuthentication::ClientSecretBasic {
                secret: Secret::from(secret),
                encoding: BasicEncoding::Percent,
            },
        )
    }

    pub(crate) fn raw_basic(client_id: &str, secret: &str) -> Self {
        Self::with(
            client_id,
            ClientAuthentication::ClientSecretBasic {
                secret: Secret::from(secret),
                encoding: BasicEncoding::Raw,
            },
        )
    }

    pub(crate) fn post(client_id: &str, secret: &str) -> Self {
        Self::with(
            client_id,
            ClientAuthentication::ClientSecretPost {
                secret: Secret::from(secret),
            },
        )
    }

    fn with(client_id: &str, authentication: ClientAuthentication<Secret<String>>) -> Self {
        Self {
            endpoint: "https://server.example.com/token",
            client_id: client_id.to_owned(),
            authentication,
            scope: None,
            resources: Vec::new(),
            audience: None,
            parameters: Vec::new(),
            headers: Vec::new(),
        }
    }

    pub(crate) fn build(&self) -> Result<TokenHttpRequest, BuildError> {
        let endpoint = TokenEndpoint::try_from(self.endpoint).unwrap();
        let client_id = ClientId::try_from(self.client_id.as_str()).unwrap();
        let resources = self.resources.iter();
        let resources: Vec<_> = resources.map(|r| Resource::try_from(*r).unwrap()).collect();
        let audience = self.audience.map(|audience| audience.try_into().unwrap());
        build_token_request(&TokenRequestParameters {
            token_endpoint: &endpoint,
            client_id: &client_id,
            authentication: &self.authentication,
            scope: self.scope.map(scopes).as_ref(),
            resources: &resources,
            audience: audience.as_ref(),
            parameters: &self.parameters,
            headers: &self.headers,
            claims: None,
        })
    }
}

pub(crate) fn plain(name: &str, value: &str) -> Parameter<RequestValue> {
    Parameter {
        name: name.to_owned(),
        value: RequestValue::Plain(value.to_owned()),
    }
}

pub(crate) fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

/// The value of a header, which must be there once at most.
pub(crate) fn header<'a>(request: &'a TokenHttpRequest, name: &str) -> Option<&'a RequestValue> {
    let mut found = request.headers.iter().filter(|header| header.name == name);
    let value = found.next().map(|header| &header.value);
    assert!(found.next().is_none(), "{name} is there twice");
    value
}

pub(crate) fn body(request: &TokenHttpRequest) -> &str {
    std::str::from_utf8(request.body.expose()).unwrap()
}

/// The form, read by a decoder that this crate does not use.
pub(crate) fn form(request: &TokenHttpRequest) -> Vec<(String, String)> {
    form_urlencoded::parse(request.body.expose())
        .into_owned()
        .collect()
}

/// `id:secret` of the Authorization header, still encoded.
pub(crate) fn basic_credentials(request: &TokenHttpRequest) -> String {
    let value = header(request, "authorization").unwrap();
    assert!(value.is_secret());
    let encoded = value.expose().strip_prefix("Basic ").unwrap();
    let decoded = data_encoding::BASE64.decode(encoded.as_bytes()).unwrap();
    String::from_utf8(decoded).unwrap()
}

/// Percent-decodes one value, by a decoder that this crate does not use.
pub(crate) fn decoded(value: &str) -> String {
    let pair = format!("x={value}");
    let (_, value) = form_urlencoded::parse(pair.as_bytes()).next().unwrap();
    value.into_owned()
}

pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) content_type: Option<&'a str>,
    pub(crate) retry_after: Option<&'a str>,
    pub(crate) www_authenticate: &'a [&'a str],
    pub(crate) location: Option<&'a str>,
    pub(crate) body: &'a [u8],
    pub(crate) requested_scope: Option<&'a str>,
    pub(crate) secret: Option<&'a str>,
}

impl<'a> Answer<'a> {
    pub(crate) fn json(status: u16, body: &'a str) -> Self {
        Self {
            status,
            content_type: Some("application/json;charset=UTF-8"),
            retry_after: None,
            www_authenticate: &[],
            location: None,
            body: body.as_bytes(),
            requested_scope: None,
            secret: None,
        }
    }

    pub(crate) fn of(status: u16, content_type: &'a str, body: &'a str) -> Self {
        Self {
            content_type: Some(content_type).filter(|it| !it.is_empty()),
            ..Self::json(status, body)
        }
    }

    pub(crate) fn parse(&self) -> Result<TokenResponse, TokenError> {
        let secret = Secret::from(self.secret.unwrap_or(EXAMPLE_SECRET));
        let requested_scope = self.requested_scope.map(scopes);
        parse_token_response(
            &TokenHttpResponse {
                status: self.status,
                content_type: self.content_type,
                retry_after: self.retry_after,
                www_authenticate: self.www_authenticate,
                location: self.location,
                body: self.body,
            },
            &ResponseContext {
                requested_at: SENT,
                received_at: Timestamp::from_seconds(SENT.as_seconds() + 1),
                requested_scope: requested_scope.as_ref(),
                default_lifetime: ResponseContext::DEFAULT_LIFETIME,
                secrets: &[&secret],
            },
        )
    }

    pub(crate) fn token(&self) -> TokenResponse {
        self.parse().unwrap()
    }

    pub(crate) fn error(&self) -> TokenError {
        self.parse().unwrap_err()
    }
}

/// A JWT with these claims and no signature to speak of.
pub(crate) fn jwt(claims: &str) -> String {
    let payload = data_encoding::BASE64URL_NOPAD.encode(claims.as_bytes());
    format!("eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmF0dXJl")
}

/// Reads metadata that was asked of `https://server.example.com`.
pub(crate) fn metadata(body: &str) -> Result<Metadata, MetadataError> {
    let issuer = Issuer::try_from("https://server.example.com").unwrap();
    parse_metadata(body.as_bytes(), &issuer)
}

/// Reads metadata with what is required and these members.
pub(crate) fn metadata_with(members: &str) -> Result<Metadata, MetadataError> {
    let comma = if members.trim().is_empty() { "" } else { "," };
    metadata(&format!(
        r#"{{"issuer": "https://server.example.com",
            "token_endpoint": "https://server.example.com/token"{comma} {members}}}"#
    ))
}

/// Writes challenges as RFC 9110 section 11.6.1 has them, every value quoted.
pub(crate) fn challenge_field(challenges: &[Challenge]) -> String {
    let challenges = challenges.iter().map(|challenge| {
        let mut text = challenge.scheme.clone();
        if let Some(token68) = &challenge.token68 {
            text = format!("{text} {token68},");
        }
        let parameters = challenge.parameters.iter().map(|(name, value)| {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"");
            format!("{name}=\"{value}\"")
        });
        let parameters: Vec<String> = parameters.collect();
        format!("{text} {}", parameters.join(", "))
    });
    let challenges: Vec<String> = challenges.collect();
    challenges.join(", ")
}
