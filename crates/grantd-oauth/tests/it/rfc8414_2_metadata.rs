//! RFC 8414 section 2: the members of metadata, and what their absence means.

use grantd_model::{AuthenticationMethod, BasicEncoding, Scope};
use grantd_oauth::{MetadataError, MetadataWarning};

use crate::support::{metadata, metadata_with};

const BASIC: AuthenticationMethod = AuthenticationMethod::ClientSecretBasic(BasicEncoding::Percent);

#[test]
fn every_member_of_use_is_read() {
    let metadata = metadata(
        r#"{
            "issuer": "https://server.example.com",
            "token_endpoint": "https://server.example.com/token?tenant=1",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "scopes_supported": ["mail.read", "mail.send", "mail.read"],
            "introspection_endpoint": "https://server.example.com/introspect",
            "revocation_endpoint": "https://server.example.com/revoke",
            "mtls_endpoint_aliases": {"token_endpoint": "https://mtls.example.com/token"},
            "jwks_uri": "https://server.example.com/jwks.json"
        }"#,
    )
    .unwrap();
    assert_eq!(
        metadata.token_endpoint.to_string(),
        "https://server.example.com/token?tenant=1"
    );
    assert!(metadata.supports(AuthenticationMethod::ClientSecretPost));
    assert!(!metadata.supports(BASIC));
    let scopes = metadata.scopes.unwrap();
    assert!(
        scopes
            .iter()
            .map(Scope::as_str)
            .eq(["mail.read", "mail.send"])
    );
    let told = |endpoint: Option<grantd_model::TokenEndpoint>| endpoint.unwrap().to_string();
    assert_eq!(
        told(metadata.introspection_endpoint),
        "https://server.example.com/introspect"
    );
    assert_eq!(
        told(metadata.revocation_endpoint),
        "https://server.example.com/revoke"
    );
    assert_eq!(
        told(metadata.mtls_token_endpoint),
        "https://mtls.example.com/token"
    );
    assert!(metadata.warnings.is_empty());
}

#[test]
fn missing_methods_mean_client_secret_basic() {
    for methods in ["", r#""token_endpoint_auth_methods_supported": null"#] {
        let metadata = metadata_with(methods).unwrap();
        assert_eq!(metadata.authentication_methods, ["client_secret_basic"]);
        assert!(metadata.supports(BASIC));
        assert!(!metadata.supports(AuthenticationMethod::ClientSecretPost));
        assert!(metadata.warnings.is_empty());
    }
}

#[test]
fn missing_grants_are_unknown_and_an_omitted_grant_is_a_warning() {
    let unknown = metadata_with("").unwrap();
    assert_eq!(unknown.grant_types, None);
    assert!(unknown.warnings.is_empty());
    let omitted = metadata_with(r#""grant_types_supported": ["authorization_code"]"#).unwrap();
    assert_eq!(omitted.warnings, [MetadataWarning::GrantNotListed]);
}

#[test]
fn an_empty_list_is_none() {
    let metadata = metadata_with(
        r#""token_endpoint_auth_methods_supported": [], "grant_types_supported": [],
           "scopes_supported": []"#,
    )
    .unwrap();
    assert_eq!(metadata.authentication_methods, ["client_secret_basic"]);
    assert_eq!((metadata.grant_types, metadata.scopes), (None, None));
}

#[test]
fn a_token_endpoint_is_required() {
    for (member, error) in [
        ("", "missing_member"),
        (r#", "token_endpoint": null"#, "missing_member"),
        (r#", "token_endpoint": 7"#, "wrong_type"),
        (r#", "token_endpoint": ["https://a.example"]"#, "wrong_type"),
        (r#", "token_endpoint": "/token""#, "invalid_token_endpoint"),
        (
            r#", "token_endpoint": "http://a.example/t""#,
            "invalid_token_endpoint",
        ),
        (
            r#", "token_endpoint": "https://a.example/t#f""#,
            "invalid_token_endpoint",
        ),
        (
            r#", "token_endpoint": "file:///etc/passwd""#,
            "invalid_token_endpoint",
        ),
    ] {
        let body = format!(r#"{{"issuer": "https://server.example.com"{member}}}"#);
        assert_eq!(metadata(&body).unwrap_err().code(), error, "{body}");
    }
}

#[test]
fn a_refused_token_endpoint_is_told_without_its_query() {
    let error = metadata(
        r#"{"issuer": "https://server.example.com",
            "token_endpoint": "https://server.example.com/t?client_secret=hunter2"}"#,
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "token endpoint of the metadata can not be used: a URL without `client_secret` is \
         expected; what is secret has fields of its own; it is `https://server.example.com/t`"
    );
}

#[test]
fn what_is_optional_and_wrong_is_left_out_with_a_warning() {
    let metadata = metadata_with(
        r#""introspection_endpoint": "http://server.example.com/introspect",
           "revocation_endpoint": {"url": "https://server.example.com/revoke"},
           "mtls_endpoint_aliases": {"token_endpoint": "mtls"},
           "grant_types_supported": "client_credentials",
           "scopes_supported": ["mail.read", "mail read", 7]"#,
    )
    .unwrap();
    assert_eq!(metadata.introspection_endpoint, None);
    assert_eq!(metadata.revocation_endpoint, None);
    assert_eq!(metadata.mtls_token_endpoint, None);
    assert_eq!(metadata.grant_types, None);
    assert_eq!(metadata.scopes.unwrap().len(), 1);
    let unusable = |member| MetadataWarning::UnusableMember { member };
    assert_eq!(
        metadata.warnings,
        [
            unusable("grant_types_supported"),
            MetadataWarning::PartialList {
                member: "scopes_supported"
            },
            unusable("introspection_endpoint"),
            unusable("revocation_endpoint"),
            unusable("mtls_endpoint_aliases"),
        ]
    );
}

#[test]
fn aliases_without_a_token_endpoint_are_none() {
    let metadata = metadata_with(r#""mtls_endpoint_aliases": {"jwks_uri": "x"}"#).unwrap();
    assert_eq!(metadata.mtls_token_endpoint, None);
    assert!(metadata.warnings.is_empty());
}

#[test]
fn a_long_list_is_cut() {
    let scopes: Vec<String> = (0..1025).map(|number| format!("\"s{number}\"")).collect();
    let scopes = format!(r#""scopes_supported": [{}]"#, scopes.join(","));
    let metadata = metadata_with(&scopes).unwrap();
    assert_eq!(metadata.scopes.unwrap().len(), 1024);
    let member = "scopes_supported";
    assert_eq!(metadata.warnings, [MetadataWarning::PartialList { member }]);
}

#[test]
fn a_token_endpoint_elsewhere_is_told() {
    let metadata = metadata(
        r#"{"issuer": "https://server.example.com", "token_endpoint": "https://api.example/t"}"#,
    )
    .unwrap();
    let origin = "https://api.example".into();
    assert_eq!(metadata.warnings, [MetadataWarning::OtherOrigin { origin }]);
}

#[test]
fn a_member_that_is_there_twice_is_refused() {
    for (members, member) in [
        (r#""issuer": "https://server.example.com""#, "issuer"),
        (r#""x": 1, "x": 2"#, "x"),
        (r#""x": 1, "\u0078": 2"#, "x"),
        (
            r#""mtls_endpoint_aliases": {"token_endpoint": "https://a.example/t",
               "token_endpoint": "https://b.example/t"}"#,
            "token_endpoint",
        ),
    ] {
        let member = member.into();
        assert_eq!(
            metadata_with(members).unwrap_err(),
            MetadataError::RepeatedMember { member }
        );
    }
}
