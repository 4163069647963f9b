//! One token request: built, sent, and its answer read.

use std::sync::Arc;

use grantd_model::{Credential, Invalid, ScopeSet, TokenType};
use grantd_net::{
    Body, ConnectionChoice, Limits, NetError, PhaseObserver, ProxyChoice, Request, Response,
};
use grantd_oauth::{
    MOST_BODY_BYTES, ResponseContext, TokenError, TokenHttpRequest, TokenHttpResponse,
    TokenRequestParameters, TokenResponse, build_token_request, parse_token_response,
};
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Method};

use super::material::Material;
use crate::{Engine, EngineError};

/// What a token is asked with, besides what its credential says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The scopes; none where the server takes none.
    pub(crate) scope: Option<&'a ScopeSet>,
    /// The claims of a challenge, as JSON.
    pub(crate) claims: Option<&'a str>,
}

impl Engine {
    /// Asks the credential's authorization server for a token.
    pub(crate) async fn request_token(
        &self,
        credential: &Credential,
        material: &Material,
        asked: Asked<'_>,
        observer: Option<Arc<dyn PhaseObserver>>,
    ) -> Result<TokenResponse, EngineError> {
        let settings = &credential.settings;
        let parameters = TokenRequestParameters {
            token_endpoint: &settings.token_endpoint,
            client_id: &settings.client_id,
            authentication: &material.authentication,
            scope: asked.scope,
            resources: &settings.resources,
            audience: settings.audience.as_ref(),
            parameters: &material.parameters,
            headers: &material.headers,
            claims: asked.claims,
        };
        let mut request = outgoing(credential, build_token_request(&parameters)?)?;
        if observer.is_some() {
            // who watches each phase is to see it happen
            request.connection = ConnectionChoice::Fresh;
        }
        request.observer = observer;
        let requested_at = self.now();
        let response = match self.parts().outbound.send(request).await {
            Ok(response) => response,
            Err(failure) => {
                return Err(match failure.error {
                    NetError::TooLarge { status, .. } => {
                        TokenError::too_large(status.as_u16()).into()
                    }
                    _ => failure.into(),
                });
            }
        };
        let secrets = parameters.secrets();
        let context = ResponseContext {
            requested_at,
            received_at: self.now(),
            requested_scope: asked.scope,
            default_lifetime: ResponseContext::DEFAULT_LIFETIME,
            secrets: &secrets,
        };
        let parsed = parse(&response, &context).map_err(|error| {
            if response.quotable {
                error
            } else {
                error.unquoted()
            }
        })?;
        if parsed.access_token.token_type == TokenType::DPoP {
            return Err(EngineError::SenderConstrained);
        }
        Ok(parsed)
    }
}

fn outgoing(credential: &Credential, built: TokenHttpRequest) -> Result<Request, EngineError> {
    let settings = &credential.settings;
    let mut request = Request::new(Method::POST, built.url);
    for header in built.headers {
        let wrong = |pointer: &str| {
            EngineError::field(
                Invalid::new("invalid_header", "the header can not be sent").at(pointer),
            )
        };
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| wrong("/headers"))?;
        let mut value =
            HeaderValue::from_str(header.value.expose()).map_err(|_| wrong("/headers"))?;
        value.set_sensitive(header.value.is_secret());
        request.headers.push((name, value));
    }
    request.body = Body::Secret(built.body);
    request.limits = Limits {
        connect: settings.timeouts.connect,
        total: settings.timeouts.request,
        response_bytes: MOST_BODY_BYTES,
        ..Limits::default()
    };
    request.ca_bundle = settings.ca_bundle.as_deref().map(Arc::from);
    if let Some(proxy) = &settings.egress_proxy {
        request.proxy = ProxyChoice::Through(proxy.clone());
    }
    Ok(request)
}

fn parse(response: &Response, context: &ResponseContext<'_>) -> Result<TokenResponse, TokenError> {
    let text = |name: HeaderName| {
        response
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let challenges: Vec<&str> = response
        .headers
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let answer = TokenHttpResponse {
        status: response.status.as_u16(),
        content_type: text(CONTENT_TYPE),
        retry_after: text(RETRY_AFTER),
        www_authenticate: &challenges,
        location: text(LOCATION),
        body: &response.body,
    };
    parse_token_response(&answer, context)
}
