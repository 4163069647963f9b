//! RFC 7519 section 4.1, RFC 9068 section 2.2: what a token says of itself, shown and not trusted.

use grantd_model::{Secret, Timestamp};
use grantd_oauth::{TokenClaims, jwt_claims};

use crate::support::jwt;

fn claims(payload: &str) -> TokenClaims {
    jwt_claims(&Secret::new(jwt(payload)), &[]).unwrap()
}

fn texts(texts: &[Box<str>]) -> Vec<&str> {
    texts.iter().map(|text| &**text).collect()
}

#[test]
fn a_token_of_entra_is_shown() {
    let read = claims(
        r#"{"aud":"https://outlook.office365.com","iss":"https://sts.windows.net/3f2504e0/",
            "iat":1800000000,"exp":1800003600,"appid":"a-client","sub":"an-object",
            "roles":["Mail.Read","full_access_as_app"],"tid":"3f2504e0","ver":"1.0"}"#,
    );
    assert_eq!(
        read.issuer.as_deref(),
        Some("https://sts.windows.net/3f2504e0/")
    );
    assert_eq!(texts(&read.audience), ["https://outlook.office365.com"]);
    assert_eq!(read.client_id.as_deref(), Some("a-client"));
    assert_eq!(read.subject.as_deref(), Some("an-object"));
    assert_eq!(read.tenant.as_deref(), Some("3f2504e0"));
    assert_eq!(texts(&read.roles), ["Mail.Read", "full_access_as_app"]);
    assert!(read.scopes.is_empty());
    assert_eq!(read.issued_at, Some(Timestamp::from_seconds(1_800_000_000)));
    assert_eq!(
        read.expires_at,
        Some(Timestamp::from_seconds(1_800_003_600))
    );
}

#[test]
fn audience_and_scopes_are_a_text_or_a_list() {
    for (payload, audience, scopes) in [
        (r#"{"aud":["a","b"],"scope":"x y  z"}"#, 2, 3),
        (r#"{"aud":"a","scp":["x","y"]}"#, 1, 2),
        (r#"{"aud":"a b","scp":"x"}"#, 1, 1),
        (r#"{"aud":[],"scp":[]}"#, 0, 0),
        (r#"{"aud":{"x":1},"scope":true}"#, 0, 0),
        (r#"{"aud":[7,null,{},"a"],"scope":null,"scp":"x"}"#, 2, 1),
    ] {
        let read = claims(payload);
        assert_eq!(
            (read.audience.len(), read.scopes.len()),
            (audience, scopes),
            "{payload}"
        );
    }
}

#[test]
fn the_client_has_several_names() {
    for (payload, client_id) in [
        (r#"{"client_id":"a","azp":"b"}"#, Some("a")),
        (r#"{"azp":"b","appid":"c"}"#, Some("b")),
        (r#"{"appid":"c"}"#, Some("c")),
        (r#"{"cid":"d"}"#, Some("d")),
        (r#"{"client_id":17}"#, Some("17")),
        (r#"{"client_id":""}"#, None),
        ("{}", None),
    ] {
        assert_eq!(claims(payload).client_id.as_deref(), client_id, "{payload}");
    }
}

#[test]
fn what_is_no_signed_jwt_has_no_claims() {
    let payload = data_encoding::BASE64URL_NOPAD.encode(b"{\"sub\":\"a\"}");
    for token in [
        String::new(),
        "opaque".to_owned(),
        payload.clone(),
        format!("h.{payload}"),
        format!("h.{payload}.s.s.s"),
        "h.!.s".to_owned(),
        jwt("[]"),
        jwt("\"text\""),
        jwt("{"),
        jwt(r#"{"sub":"a","sub":"b"}"#),
    ] {
        assert_eq!(
            jwt_claims(&Secret::new(token.clone()), &[]),
            None,
            "{token}"
        );
    }
    let large = format!(r#"{{"sub":"{}"}}"#, "x".repeat(64 * 1024));
    assert_eq!(jwt_claims(&Secret::new(jwt(&large)), &[]), None);
    let endless = format!("h.{payload}.{}", "s".repeat(16 * 1024 + 1));
    assert_eq!(jwt_claims(&Secret::new(endless), &[]), None);
}

#[test]
fn texts_are_cleaned_and_cut() {
    let long = "x ".repeat(400);
    let many: Vec<String> = (0..99).map(|number| format!("\"r{number}\"")).collect();
    let payload = format!(
        r#"{{"iss":"a\r\n\u001b[0m\u202eb","sub":"{long}","roles":[{}],"scope":"{long}"}}"#,
        many.join(",")
    );
    let read = claims(&payload);
    assert_eq!(read.issuer.as_deref(), Some("a [0mb"));
    assert!(read.subject.unwrap().chars().count() <= 200);
    assert_eq!((read.roles.len(), read.scopes.len()), (64, 64));
}

#[test]
fn neither_token_nor_signature_is_told() {
    let signature = "QHGtdkb6TRpY2kKZ0Qf4C1";
    let payload = format!(
        r#"{{"iss":"x {signature}","sub":"{signature}","roles":["{signature}"],
            "aud":"{}"}}"#,
        signature.to_ascii_lowercase()
    );
    let payload = data_encoding::BASE64URL_NOPAD.encode(payload.as_bytes());
    let token = format!("eyJhbGciOiJub25lIn0.{payload}.{signature}");
    let told = format!("{:?}", jwt_claims(&Secret::new(token), &[]).unwrap());
    let told = told.to_ascii_lowercase();
    assert!(!told.contains(&signature.to_ascii_lowercase()), "{told}");
    assert!(
        !told.contains(&payload.to_ascii_lowercase()[..20]),
        "{told}"
    );
}

#[test]
fn times_are_read_in_any_spelling_and_kept_in_bounds() {
    let read = claims(r#"{"exp":"1800000000","iat":1.8e9}"#);
    assert_eq!(read.expires_at, read.issued_at);
    let read = claims(r#"{"exp":1e300,"iat":"soon"}"#);
    assert!(read.expires_at.is_some() && read.issued_at.is_none());
}

#[test]
fn a_claim_that_repeats_a_secret_is_redacted() {
    let secret = Secret::new("canary-secret%2F1".to_owned());
    let payload = r#"{"aud":"to canary-secret%2F1","sub":"canary-secret%252F1","iss":"kept"}"#;
    let claims = jwt_claims(&Secret::new(jwt(payload)), &[&secret]).unwrap();
    assert!(
        !format!("{claims:?}").contains("canary-secret"),
        "{claims:?}"
    );
    assert_eq!(claims.issuer.as_deref(), Some("kept"));
}
