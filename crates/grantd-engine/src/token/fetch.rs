//! Fetches a token from the authorization server.

use std::sync::Arc;
use std::time::Duration;

use grantd_model::{
    AccessToken, Action, Actor, AuditAction, Credential, Invalid, ObjectId, SecretEntry, TokenKey,
    TokenType,
};
use grantd_net::{Body, Limits, NetError, ProxyChoice, Request, Response};
use grantd_oauth::{
    MOST_BODY_BYTES, ResponseContext, TokenError, TokenHttpRequest, TokenHttpResponse,
    TokenRequestParameters, TokenResponse, TokenWarning, build_token_request, parse_token_response,
};
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Method};

use super::key::token_key;
use super::material::Material;
use crate::credentials::find::{find, missing};
use crate::{CredentialRef, Engine, EngineError, access};

/// A token as the authorization server has just issued it.
#[derive(Debug)]
pub struct IssuedToken {
    /// The token.
    pub access_token: AccessToken,
    /// How long it lasts from when it was asked for.
    pub lifetime: Duration,
    /// What was unusual about the answer.
    pub warnings: Vec<TokenWarning>,
    /// The identity of its request.
    pub key: TokenKey,
}

impl Engine {
    /// Fetches a new token with the credential's current secret.
    ///
    /// # Errors
    /// Without a grant to get tokens of it with its scopes; when it is disabled, its secret can not
    /// be had, or the authorization server does not issue a token.
    pub async fn fetch_token(
        &self,
        actor: &Actor,
        wanted: &CredentialRef,
    ) -> Result<IssuedToken, EngineError> {
        let mut unit = self.parts().store.read().await?;
        let credential = find(unit.credentials().as_mut(), wanted).await?;
        drop(unit);
        access::on_credential(actor, Action::Token, &credential).map_err(|error| match error {
            EngineError::NotFound { .. } => missing(wanted),
            other => other,
        })?;
        access::scopes(actor, &credential)?;
        if !credential.enabled {
            return Err(EngineError::Disabled);
        }
        let (engine, actor) = (self.clone(), actor.clone());
        self.to_the_end(async move {
            let entry = &credential.authentication.secret().current;
            let issued = engine.request_token(&credential, entry).await;
            engine.conclude(&actor, &credential, entry, issued).await
        })
        .await
    }

    async fn request_token(
        &self,
        credential: &Credential,
        entry: &SecretEntry,
    ) -> Result<IssuedToken, EngineError> {
        let material = self.material(credential, entry).await?;
        let settings = &credential.settings;
        let parameters = TokenRequestParameters {
            token_endpoint: &settings.token_endpoint,
            client_id: &settings.client_id,
            authentication: &material.authentication,
            scope: settings.scope.scopes(),
            resources: &settings.resources,
            audience: settings.audience.as_ref(),
            parameters: &material.parameters,
            headers: &material.headers,
        };
        let request = outgoing(credential, build_token_request(&parameters)?)?;
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
            requested_scope: settings.scope.scopes(),
            default_lifetime: ResponseContext::DEFAULT_LIFETIME,
            secrets: &secrets,
        };
        let parsed = parse(&response, &context)?;
        if parsed.access_token.token_type == TokenType::DPoP {
            return Err(EngineError::SenderConstrained);
        }
        Ok(issued(parsed, credential, &material))
    }

    /// Records how it ended; an answer to an outdated request is dropped.
    async fn conclude(
        &self,
        actor: &Actor,
        asked: &Credential,
        entry: &SecretEntry,
        issued: Result<IssuedToken, EngineError>,
    ) -> Result<IssuedToken, EngineError> {
        let now = self.now();
        let mut unit = self.parts().store.write().await?;
        let current = unit.credentials().by_id(asked.id).await?;
        let valid = current.filter(|current| {
            current.enabled && current.token_generation == asked.token_generation
        });
        let result = if valid.is_some() {
            issued
        } else {
            issued.and(Err(EngineError::ChangedMeanwhile))
        };
        let detail = match &result {
            Ok(issued) => {
                unit.credentials()
                    .secret_used(asked.id, entry.version, now)
                    .await?;
                let lifetime = format!("{} s", issued.lifetime.as_secs());
                vec![
                    ("result".to_owned(), "issued".to_owned()),
                    ("lifetime".to_owned(), lifetime),
                ]
            }
            Err(error) => vec![
                ("result".to_owned(), "failed".to_owned()),
                ("cause".to_owned(), error.to_string()),
            ],
        };
        let object = (ObjectId::from(asked.id), asked.settings.name.as_str());
        self.record(
            unit.as_mut(),
            now,
            actor,
            AuditAction::TokenFetch,
            object,
            detail,
        )
        .await?;
        unit.commit().await?;
        result
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

fn issued(response: TokenResponse, credential: &Credential, material: &Material) -> IssuedToken {
    IssuedToken {
        access_token: response.access_token,
        lifetime: response.lifetime,
        warnings: response.warnings,
        key: token_key(credential, material.identity.clone()),
    }
}
