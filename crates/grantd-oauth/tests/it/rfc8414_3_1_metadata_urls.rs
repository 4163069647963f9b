//! RFC 8414 section 3.1, and OpenID Connect Discovery 1.0 section 4.1: where metadata is.

use grantd_oauth::{Issuer, metadata_urls};
use proptest::prelude::*;

fn urls(issuer: &str) -> [String; 2] {
    metadata_urls(&Issuer::try_from(issuer).unwrap()).map(String::from)
}

#[test]
fn the_standards_own_examples() {
    assert_eq!(
        urls("https://example.com"),
        [
            "https://example.com/.well-known/oauth-authorization-server",
            "https://example.com/.well-known/openid-configuration",
        ]
    );
    assert_eq!(
        urls("https://example.com/issuer1"),
        [
            "https://example.com/.well-known/oauth-authorization-server/issuer1",
            "https://example.com/issuer1/.well-known/openid-configuration",
        ]
    );
}

#[test]
fn a_slash_at_the_end_is_removed() {
    assert_eq!(urls("https://example.com/"), urls("https://example.com"));
    assert_eq!(
        urls("https://example.com/a/b/"),
        urls("https://example.com/a/b")
    );
}

#[test]
fn port_and_percent_signs_stay() {
    assert_eq!(
        urls("https://example.com:8443/a%20b/v2.0"),
        [
            "https://example.com:8443/.well-known/oauth-authorization-server/a%20b/v2.0",
            "https://example.com:8443/a%20b/v2.0/.well-known/openid-configuration",
        ]
    );
}

#[test]
fn an_issuer_is_an_https_url_without_query_and_fragment() {
    for (text, code) in [
        ("", "required"),
        ("example.com", "invalid_url"),
        ("http://example.com", "https_required"),
        ("https://example.com?tenant=1", "query_or_fragment"),
        ("https://example.com/a?", "query_or_fragment"),
        ("https://example.com/#", "query_or_fragment"),
        ("https://me@example.com/", "user_information"),
        ("https://example.com/a b", "invalid_url"),
    ] {
        assert_eq!(Issuer::try_from(text).unwrap_err().code, code, "{text}");
    }
    assert!(Issuer::try_from("http://127.0.0.1:9000/realm").is_ok());
}

proptest! {
    #[test]
    fn no_path_leaves_the_origin(path in "(/[a-z.%2/-]{0,8}){0,4}") {
        let issuer = format!("https://example.com{path}");
        if let Ok(issuer) = Issuer::try_from(issuer) {
            let [inserted, appended] = metadata_urls(&issuer);
            for url in [&inserted, &appended] {
                prop_assert_eq!(url.origin().ascii_serialization(), "https://example.com");
                prop_assert!(url.query().is_none() && url.fragment().is_none());
            }
            prop_assert!(inserted.path().starts_with("/.well-known/oauth-authorization-server"));
            prop_assert!(appended.path().ends_with("/.well-known/openid-configuration"));
        }
    }
}
