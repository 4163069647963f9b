//! RFC 6749 section 7.1: a token of a type that is not understood is not used.

use grantd_model::TokenType;
use grantd_oauth::{FailureClass, TokenResponse, TokenWarning};

use crate::support::Answer;

fn with(token_type: &str) -> Result<TokenResponse, grantd_oauth::TokenError> {
    let body = format!(r#"{{"access_token":"a","expires_in":60{token_type}}}"#);
    Answer::json(200, &body).parse()
}

#[test]
fn types_are_compared_without_case() {
    for (name, expected) in [
        ("Bearer", TokenType::Bearer),
        ("bearer", TokenType::Bearer),
        ("BEARER", TokenType::Bearer),
        (" bearer ", TokenType::Bearer),
        ("DPoP", TokenType::DPoP),
        ("dpop", TokenType::DPoP),
    ] {
        let response = with(&format!(r#","token_type":"{name}""#)).unwrap();
        assert_eq!(response.access_token.token_type, expected, "{name}");
        assert!(response.warnings.is_empty());
    }
}

#[test]
fn a_missing_type_is_bearer_with_a_warning() {
    for missing in ["", r#","token_type":"""#, r#","token_type":null"#] {
        let response = with(missing).unwrap();
        assert_eq!(response.access_token.token_type, TokenType::Bearer);
        assert_eq!(response.warnings, [TokenWarning::MissingTokenType]);
    }
}

#[test]
fn bearer_by_another_name_is_bearer_with_a_warning() {
    for name in ["BearerToken", "bearer_token", "Bearer Token"] {
        let response = with(&format!(r#","token_type":"{name}""#)).unwrap();
        assert_eq!(response.access_token.token_type, TokenType::Bearer);
        assert_eq!(response.warnings, [TokenWarning::UnusualTokenType]);
    }
}

#[test]
fn other_types_are_refused() {
    for name in ["mac", "N_A", "example", "pop"] {
        let error = with(&format!(r#","token_type":"{name}""#)).unwrap_err();
        assert_eq!(error.class, FailureClass::UnsupportedTokenType);
        assert_eq!(error.excerpt, Some(format!("token_type: {name}").into()));
        assert!(error.is_configuration_fault());
    }
}
