//! Any bytes as the answer to a token request, with each status and content type that matters.

#![no_main]

use grantd_model::{ScopeSet, Secret, Timestamp};
use grantd_oauth::{ResponseContext, TokenHttpResponse, explain, parse_token_response};
use libfuzzer_sys::fuzz_target;

const SECRET: &str = "jhyun/ku[ojubbj]/jhgfdrg^7*dfg&jkiu#bjshdm,ktttdg";

fuzz_target!(|body: &[u8]| {
    let secret = Secret::from(SECRET);
    let scope = ScopeSet::parse("mail.read mail.send").ok();
    let field = String::from_utf8_lossy(body.get(..200).unwrap_or(body));
    let context = ResponseContext {
        requested_at: Timestamp::from_seconds(1_800_000_000),
        received_at: Timestamp::from_seconds(1_800_000_001),
        requested_scope: scope.as_ref(),
        default_lifetime: ResponseContext::DEFAULT_LIFETIME,
        secrets: &[&secret],
    };
    for status in [200, 302, 401, 503] {
        for content_type in [None, Some("application/json"), Some("text/html")] {
            let response = TokenHttpResponse {
                status,
                content_type,
                retry_after: Some(&field),
                www_authenticate: &[&field],
                location: Some(&field),
                body,
            };
            match parse_token_response(&response, &context) {
                Ok(token) => {
                    assert_eq!(status, 200);
                    assert!(token.access_token.expires_at > context.requested_at);
                }
                Err(error) => {
                    let _ = explain(&error);
                    for text in [&error.code, &error.description, &error.excerpt] {
                        let text = text.as_deref().unwrap_or_default();
                        assert!(!text.contains(SECRET) && text.chars().count() <= 200);
                    }
                }
            }
        }
    }
});
