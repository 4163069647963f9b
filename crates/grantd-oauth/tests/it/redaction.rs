//! No text that leaves this crate holds a secret.

use grantd_model::Secret;
use grantd_oauth::redact;
use proptest::prelude::*;
use url::form_urlencoded;

use crate::support::{Answer, Request, header};

/// The ways in which a server may repeat what it was sent.
fn clothed(id: &str, secret: &str) -> Vec<String> {
    let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let json = serde_json::to_string(secret).unwrap();
    let html = secret
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;");
    let mut all = vec![
        secret.to_owned(),
        form.clone(),
        lower_case_digits(&form),
        form.replace('+', "%20"),
        json[1..json.len() - 1].to_owned(),
        html,
    ];
    for request in [Request::basic(id, secret), Request::raw_basic(id, secret)] {
        let request = request.build().unwrap();
        all.push(header(&request, "authorization").unwrap().expose().clone());
    }
    all
}

/// `%2F` as `%2f`, and all else as it is.
fn lower_case_digits(encoded: &str) -> String {
    let mut pieces = encoded.split('%');
    let mut lower = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (digits, rest) = piece.split_at(2);
        lower = format!("{lower}%{}{rest}", digits.to_lowercase());
    }
    lower
}

#[test]
fn each_clothing_of_a_secret_is_taken_out_of_an_answer() {
    for secret in [
        "jhyun/ku[ojubbj]/jhgfdrg^7*dfg&jkiu#bjshdm,ktttdg",
        "a b+c%d~e",
        "äöüß€",
    ] {
        for text in clothed("client", secret) {
            let json = serde_json::to_string(&format!("you sent {text} to us")).unwrap();
            let body = format!(r#"{{"error":"invalid_client","error_description":{json}}}"#);
            let answer = Answer {
                secret: Some(secret),
                ..Answer::json(401, &body)
            };
            let description = answer.error().description.unwrap();
            let expected = ["you sent ••• to us", "you sent Basic ••• to us"];
            assert!(expected.contains(&&*description), "{text}: {description}");
        }
    }
}

proptest! {
    #[test]
    fn a_secret_is_never_left(
        before in "\\PC{0,30}",
        secret in "[!-~]{1,40}",
        after in "\\PC{0,30}",
        again in any::<bool>(),
    ) {
        let mut text = format!("{before}{secret}{after}");
        if again {
            text = format!("{text}{secret}{text}");
        }
        let clean = redact(&text, &[&Secret::from(secret.as_str())]);
        prop_assert!(!clean.contains(&secret), "{clean}");
    }

    #[test]
    fn a_secret_in_clothing_is_never_left(id in "[a-z]{1,9}", secret in "[ -~]{4,40}") {
        // White space around a secret is not redacted as a part of it.
        prop_assume!(secret.trim() == secret);
        for text in clothed(&id, &secret) {
            let clean = redact(&format!("<{text}>"), &[&Secret::from(secret.as_str())]);
            let clean = clean.replace("Basic ", "");
            prop_assert!(clean.chars().all(|c| "<>•=".contains(c)), "{text}: {clean}");
        }
    }

    #[test]
    fn text_without_the_secret_stays(text in "[a-y ]{0,60}") {
        prop_assert_eq!(redact(&text, &[&Secret::from("zzzzzz")]), text);
    }

    #[test]
    fn an_error_never_holds_the_secret(
        secret in "[!-~]{8,40}",
        status in 200_u16..600,
        body in "(\\PC|SECRET|<[a-z]{1,5}>|[\u{0}-\u{20}\u{200b}]){0,40}",
    ) {
        let body = body.replace("SECRET", &secret);
        let answer = Answer { secret: Some(&secret), ..Answer::of(status, "", &body) };
        if let Err(error) = answer.parse() {
            let shown = error.to_string();
            prop_assert!(!shown.contains(&secret));
            for text in [&error.code, &error.description, &error.excerpt] {
                prop_assert!(!text.as_deref().unwrap_or_default().contains(&secret));
                prop_assert!(text.as_deref().unwrap_or_default().chars().count() <= 200);
            }
        }
    }
}
