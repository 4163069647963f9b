//! What clients find out by themselves: authorization server metadata (RFC 8414) and, for clients
//! that know nothing else, the same as OpenID Connect Discovery has it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::base::Base;
use super::{ROOT_PATH, TOKEN_PATH};

/// `GET /.well-known/oauth-authorization-server`
pub(super) async fn authorization_server(base: Base) -> Json<Value> {
    Json(document(&base, base.issuer()))
}

/// `GET /.well-known/oauth-authorization-server/oauth2`: of the issuer with the path, inserted as RFC
/// 8414 section 3.1 has it.
pub(super) async fn authorization_server_below(base: Base) -> Json<Value> {
    Json(document(&base, &base.url(ROOT_PATH)))
}

/// `GET /.well-known/openid-configuration`. No user signs in here: what OpenID Connect demands
/// besides is there because clients refuse a document without it.
pub(super) async fn openid_provider(base: Base) -> Json<Value> {
    Json(openid_document(&base, base.issuer()))
}

/// `GET /oauth2/.well-known/openid-configuration`, for clients whose authority needs a path. Its
/// issuer is what they looked below (OpenID Connect Discovery 1.0 section 4.3).
pub(super) async fn openid_provider_below(base: Base) -> Json<Value> {
    Json(openid_document(&base, &base.url(ROOT_PATH)))
}

fn openid_document(base: &Base, issuer: &str) -> Value {
    let mut document = document(base, issuer);
    if let Value::Object(members) = &mut document {
        members.insert(
            "authorization_endpoint".into(),
            base.url("/oauth2/authorize").into(),
        );
        members.insert("jwks_uri".into(), base.url("/oauth2/jwks").into());
        members.insert("subject_types_supported".into(), json!(["public"]));
        members.insert(
            "id_token_signing_alg_values_supported".into(),
            json!(["RS256"]),
        );
    }
    document
}

/// `GET /oauth2/jwks`: grantd signs nothing.
pub(super) async fn keys() -> Json<Value> {
    Json(json!({"keys": []}))
}

/// `GET /oauth2/authorize`: nobody signs in here (RFC 6749 section 4.1.2.1). Where a redirect would
/// lead is not looked at.
pub(super) async fn authorize() -> Response {
    let document = json!({
        "error": "unsupported_response_type",
        "error_description":
            "grantd gives tokens to programs alone: use the client credentials grant",
    });
    (StatusCode::BAD_REQUEST, Json(document)).into_response()
}

fn document(base: &Base, issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "token_endpoint": base.url(TOKEN_PATH),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": ["none"],
        "service_documentation": base.url("/docs/"),
    })
}
