//! RFC 8414 sections 3.2 and 3.3: a JSON object, of the issuer that was asked for.

use grantd_model::ErrorKind;
use grantd_oauth::{MOST_METADATA_BYTES, MetadataError};
use proptest::prelude::*;

use crate::support::{metadata, metadata_with};

#[test]
fn another_issuer_is_refused_letter_by_letter() {
    for issuer in [
        "https://server.example.com/",
        "https://SERVER.example.com",
        "https://server.example.com:443",
        "https://evil.example",
        "",
    ] {
        let body = format!(r#"{{"issuer": "{issuer}", "token_endpoint": "https://a.example/t"}}"#);
        let error = metadata(&body).unwrap_err();
        assert_eq!(error.code(), "other_issuer", "{issuer}");
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}

#[test]
fn the_issuer_is_required_and_text() {
    let endpoint = r#""token_endpoint": "https://server.example.com/token""#;
    for (issuer, code) in [
        ("", "missing_member"),
        (r#""issuer": null,"#, "missing_member"),
        (r#""issuer": ["https://server.example.com"],"#, "wrong_type"),
        (r#""issuer": {"issuer": {}},"#, "wrong_type"),
        (r#""issuer": 1e9,"#, "wrong_type"),
    ] {
        let error = metadata(&format!("{{{issuer}{endpoint}}}")).unwrap_err();
        assert_eq!(error.code(), code, "{issuer}");
        assert_eq!(error.kind(), ErrorKind::AuthorizationServerMisbehaved);
    }
}

#[test]
fn only_a_json_object_is_metadata() {
    for body in ["", "null", "[]", "[{}]", "\"x\"", "{", "{}{}", "<r/>"] {
        let page = None;
        assert_eq!(
            metadata(body).unwrap_err(),
            MetadataError::NotAnObject { page },
            "{body}"
        );
    }
    let deep = format!("{{\"issuer\": {}1{}}}", "[".repeat(500), "]".repeat(500));
    assert_eq!(metadata(&deep).unwrap_err().code(), "not_an_object");
}

#[test]
fn a_page_is_told_by_its_words() {
    let error = metadata("<!DOCTYPE html><title>Sign in</title><p>Token: eyJhbGci.eyJzdWIi.c2ln")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "metadata is expected to be a JSON object; there is: HTML page: Sign in · Token: •••"
    );
}

#[test]
fn a_byte_order_mark_is_no_fault() {
    let body = "\u{feff}{\"issuer\": \"https://server.example.com\", \
                \"token_endpoint\": \"https://server.example.com/token\"}";
    assert!(metadata(body).is_ok());
}

#[test]
fn more_than_a_mebibyte_is_refused() {
    let padding = " ".repeat(MOST_METADATA_BYTES);
    assert_eq!(
        metadata_with(&padding).unwrap_err(),
        MetadataError::TooLarge
    );
}

#[test]
fn hostile_text_is_quoted_on_one_short_line() {
    let hostile = format!("\\u001b[31m\\r\\n\\u202e{}", "x".repeat(4000));
    for body in [
        format!(r#"{{"issuer": "{hostile}"}}"#),
        format!(r#"{{"{hostile}": 1, "{hostile}": 2}}"#),
        format!(r#"{{"issuer": "https://server.example.com", "token_endpoint": "{hostile}"}}"#),
    ] {
        let told = metadata(&body).unwrap_err().to_string();
        assert!(told.chars().count() <= 400, "{told}");
        assert!(
            !told.contains(|c: char| c.is_control() || c == '\u{202e}'),
            "{told:?}"
        );
    }
}

proptest! {
    #[test]
    fn any_members_give_an_answer(members in "(\"[a-z_]{0,12}\":(1|\"[^\"\\\\]{0,9}\"|\\[\\]|null),?){0,6}") {
        let _ = metadata_with(members.trim_end_matches(','));
    }
}
