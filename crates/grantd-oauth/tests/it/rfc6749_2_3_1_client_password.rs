//! RFC 6749 section 2.3.1: id and secret in the Authorization header, or in the body.

use grantd_oauth::BuildError;
use proptest::prelude::*;

use crate::support::{EXAMPLE_SECRET, Request, basic_credentials, body, decoded, form, header};

#[test]
fn the_standards_own_example() {
    let request = Request::basic("s6BhdRkqt3", "gX1fBat3bV").build().unwrap();
    let value = header(&request, "authorization").unwrap();
    assert_eq!(value.expose(), "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW");

    let request = Request::post("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw");
    let expected = "client_id=s6BhdRkqt3&client_secret=7Fjfp0ZBr1KtDRbnfVdmIw";
    assert!(body(&request.build().unwrap()).ends_with(expected));
}

#[test]
fn the_standards_example_of_encoding() {
    // Appendix B: the six code points U+0020, 25, 26, 2B, A3, 20AC; a client id is ASCII here.
    let request = Request::basic("a", " %&+\u{a3}\u{20ac}").build().unwrap();
    assert_eq!(basic_credentials(&request), "a:%20%25%26%2B%C2%A3%E2%82%AC");
}

#[test]
fn the_documented_secret_survives_each_method() {
    let request = Request::basic("mail", EXAMPLE_SECRET).build().unwrap();
    let credentials = basic_credentials(&request);
    assert_eq!(
        credentials,
        "mail:jhyun%2Fku%5Bojubbj%5D%2Fjhgfdrg%5E7%2Adfg%26jkiu%23bjshdm%2Cktttdg"
    );
    let (_, secret) = credentials.split_once(':').unwrap();
    assert_eq!(decoded(secret), EXAMPLE_SECRET);

    let request = Request::raw_basic("mail", EXAMPLE_SECRET).build().unwrap();
    assert_eq!(
        basic_credentials(&request),
        format!("mail:{EXAMPLE_SECRET}")
    );

    let request = Request::post("mail", EXAMPLE_SECRET).build().unwrap();
    let pair = ("client_secret".to_owned(), EXAMPLE_SECRET.to_owned());
    assert!(form(&request).contains(&pair));
}

#[test]
fn there_is_never_more_than_one_method() {
    let request = Request::basic("a", "b").build().unwrap();
    assert_eq!(body(&request), "grant_type=client_credentials");
    let request = Request::raw_basic("a", "b").build().unwrap();
    assert_eq!(body(&request), "grant_type=client_credentials");
    let request = Request::post("a", "b").build().unwrap();
    assert!(header(&request, "authorization").is_none());
    assert!(request.url.query().is_none());
}

#[test]
fn the_unreserved_characters_stay() {
    let request = Request::basic("aZ09-._~", "x").build().unwrap();
    assert_eq!(basic_credentials(&request), "aZ09-._~:x");
}

#[test]
fn what_can_not_be_sent_is_refused() {
    let refused = |request: Request| request.build().unwrap_err();
    assert_eq!(refused(Request::basic("a", "")), BuildError::EmptySecret);
    assert_eq!(refused(Request::post("a", "")), BuildError::EmptySecret);
    assert_eq!(
        refused(Request::raw_basic("a:b", "c")),
        BuildError::ColonInClientId
    );
    assert!(Request::basic("a:b", "c").build().is_ok());
}

#[test]
fn a_request_does_not_show_its_secrets() {
    for request in [
        Request::basic("a", "hunter2"),
        Request::post("a", "hunter2"),
    ] {
        let shown = format!("{:?}", request.build().unwrap());
        assert!(
            !shown.contains("hunter2") && !shown.contains("YTpodW50ZXIy"),
            "{shown}"
        );
    }
}

proptest! {
    #[test]
    fn any_id_and_secret_survive_basic(id in "[ -~]{1,40}", secret in "\\PC{1,60}") {
        let request = Request::basic(&id, &secret).build().unwrap();
        let credentials = basic_credentials(&request);
        let (sent_id, sent_secret) = credentials.split_once(':').unwrap();
        prop_assert_eq!(decoded(sent_id), id);
        prop_assert_eq!(decoded(sent_secret), secret);
        prop_assert!(credentials.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%:".contains(&b)));
    }

    #[test]
    fn any_id_and_secret_survive_the_body(id in "[ -~]{1,40}", secret in "\\PC{1,60}") {
        let request = Request::post(&id, &secret).build().unwrap();
        let sent = form(&request);
        prop_assert_eq!(&sent[1], &("client_id".to_owned(), id));
        prop_assert_eq!(&sent[2], &("client_secret".to_owned(), secret));
        prop_assert_eq!(sent.len(), 3);
        prop_assert!(!body(&request).contains('+'));
    }
}
