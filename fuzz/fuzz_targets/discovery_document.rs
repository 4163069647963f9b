//! Any bytes as a metadata document, and as an issuer that metadata is asked of.

#![no_main]

use grantd_model::TokenEndpoint;
use grantd_oauth::{Issuer, Metadata, MetadataError, metadata_urls, parse_metadata};
use libfuzzer_sys::fuzz_target;

const ISSUER: &str = "https://server.example.com/tenant";

fuzz_target!(|body: &[u8]| {
    let Ok(issuer) = Issuer::try_from(ISSUER) else {
        return;
    };
    let read = parse_metadata(body, &issuer);
    assert_eq!(read, parse_metadata(body, &issuer));
    match read {
        Ok(metadata) => check(&metadata, &issuer),
        Err(error) => check_error(&error),
    }
    match std::str::from_utf8(body).map(Issuer::try_from) {
        Ok(Ok(issuer)) => check_urls(&issuer),
        Ok(Err(fault)) => assert_line(&fault.detail, 200),
        Err(_) => {}
    }
});

/// Every endpoint is one that an administrator may enter, and every warning can be shown.
fn check(metadata: &Metadata, issuer: &Issuer) {
    assert_eq!(metadata.issuer, *issuer);
    assert!(!metadata.authentication_methods.is_empty());
    let endpoints = [
        Some(&metadata.token_endpoint),
        metadata.introspection_endpoint.as_ref(),
        metadata.revocation_endpoint.as_ref(),
        metadata.mtls_token_endpoint.as_ref(),
    ];
    for endpoint in endpoints.into_iter().flatten() {
        let url = endpoint.url();
        assert!(["https", "http"].contains(&url.scheme()) && url.fragment().is_none());
        assert!(url.username().is_empty() && url.password().is_none());
    }
    let grants = metadata.grant_types.iter().flatten();
    for name in metadata.authentication_methods.iter().chain(grants) {
        assert_line(name, 128);
    }
    for warning in &metadata.warnings {
        assert_line(&warning.to_string(), 300);
        assert_line(warning.code(), 40);
    }
}

/// The document is quoted with 200 characters at most, in a sentence of ours.
fn check_error(error: &MetadataError) {
    let _ = error.kind();
    assert_line(error.code(), 40);
    assert_line(&error.to_string(), 450);
    let quoted = match error {
        MetadataError::NotAnObject { page } => page.as_ref(),
        MetadataError::RepeatedMember { member } => Some(member),
        MetadataError::OtherIssuer { found } => Some(found),
        MetadataError::InvalidTokenEndpoint { found, .. } => Some(found),
        _ => None,
    };
    assert_line(quoted.map_or("", |quoted| &**quoted), 200);
}

/// Metadata is asked of the issuer's own origin, and a slash at its end makes no difference.
fn check_urls(issuer: &Issuer) {
    let urls = metadata_urls(issuer);
    let Ok(endpoint) = TokenEndpoint::try_from(issuer.as_str()) else {
        unreachable!("an issuer obeys the rules of a token endpoint");
    };
    for url in &urls {
        assert_eq!(url.origin(), endpoint.url().origin());
        assert!(url.query().is_none() && url.fragment().is_none());
        assert!(url.path().contains("/.well-known/"));
    }
    if let Ok(with_slash) = Issuer::try_from(format!("{issuer}/")) {
        assert_eq!(metadata_urls(&with_slash), urls);
    }
}

fn assert_line(text: &str, most: usize) {
    assert!(text.chars().count() <= most, "{text}");
    assert!(!text.contains(char::is_control), "{text:?}");
}
