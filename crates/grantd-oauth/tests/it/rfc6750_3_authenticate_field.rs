//! RFC 6750 section 3: what a resource says with 401 and 403, and what was added to it since.

use grantd_oauth::parse_challenges;

/// The value of a parameter in the one challenge of the field.
fn value(field: &str, name: &str) -> Option<String> {
    let read = parse_challenges(&[field]);
    assert_eq!(read.len(), 1, "{read:?}");
    read[0].parameter(name).map(str::to_owned)
}

#[test]
fn the_standards_own_examples() {
    assert_eq!(value("Bearer realm=\"example\"", "error"), None);
    let expired = "Bearer realm=\"example\", error=\"invalid_token\", \
                   error_description=\"The access token expired\"";
    assert_eq!(value(expired, "error").unwrap(), "invalid_token");
    assert_eq!(
        value(expired, "error_description").unwrap(),
        "The access token expired"
    );
}

#[test]
fn an_insufficient_scope_names_the_scopes() {
    let field = "Bearer error=\"insufficient_scope\", scope=\"mail.read mail.send\"";
    assert_eq!(value(field, "error").unwrap(), "insufficient_scope");
    assert_eq!(value(field, "scope").unwrap(), "mail.read mail.send");
}

#[test]
fn a_claims_challenge_is_read() {
    let field = "Bearer realm=\"\", authorization_uri=\"https://login.example/common\", \
                 error=\"insufficient_claims\", claims=\"eyJhY2Nlc3NfdG9rZW4iOnt9fQ==\"";
    assert_eq!(value(field, "error").unwrap(), "insufficient_claims");
    assert_eq!(
        value(field, "claims").unwrap(),
        "eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="
    );
}

#[test]
fn rfc9728_5_1_names_the_metadata_of_the_resource() {
    let field = "Bearer resource_metadata=\
                 \"https://api.example.com/.well-known/oauth-protected-resource\"";
    assert_eq!(
        value(field, "resource_metadata").unwrap(),
        "https://api.example.com/.well-known/oauth-protected-resource"
    );
}

#[test]
fn rfc9470_3_names_the_authentication_that_is_wanted() {
    let field = "Bearer error=\"insufficient_user_authentication\", acr_values=\"gold\", max_age=5";
    assert_eq!(value(field, "acr_values").unwrap(), "gold");
    assert_eq!(value(field, "max_age").unwrap(), "5");
}
