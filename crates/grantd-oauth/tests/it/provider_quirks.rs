//! What providers really send. Each case names the one that was seen to do it.

use grantd_model::{ErrorKind, TokenType};
use grantd_oauth::{FailureClass, LifetimeSource, TokenWarning, explain};

use crate::support::{Answer, EXAMPLE_SECRET};

const HTML: &str = "<!DOCTYPE html><html><head><title>Sign in to your account</title><script>\
                    var x = 1 < 2;</script></head><body><h1>Request blocked</h1></body></html>";

#[test]
fn entra_v1_sends_numbers_as_strings() {
    let response = Answer::json(
        200,
        r#"{"token_type":"Bearer","expires_in":"3599","ext_expires_in":"3599",
           "expires_on":"1800003599","not_before":"1799999999",
           "resource":"https://graph.microsoft.com","access_token":"a"}"#,
    )
    .token();
    assert_eq!(response.lifetime.as_secs(), 3599);
    assert!(response.warnings.is_empty());
}

#[test]
fn entra_numbers_its_errors() {
    let body = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '1'.\r\nTrace ID: 0000aaaa-11bb-cccc-dd22-eeeeee333333","error_codes":[7000215],"timestamp":"2027-01-15 08:00:00Z","trace_id":"0000aaaa-11bb-cccc-dd22-eeeeee333333"}"#;
    let error = Answer::json(401, body).error();
    assert_eq!(error.class, FailureClass::InvalidClient);
    assert_eq!(error.provider_codes, ["AADSTS7000215"]);
    let explanation = explain(&error).unwrap();
    assert_eq!(explanation.code, "AADSTS7000215");
    assert!(explanation.remedy.contains("Secret ID"));
}

#[test]
fn adfs_numbers_its_errors() {
    let body = r#"{"error":"invalid_client","error_description":"MSIS9622: Client authentication failed. Please verify the credential provided for client authentication is valid."}"#;
    let error = Answer::json(400, body).error();
    assert_eq!(error.provider_codes, ["MSIS9622"]);
    assert_eq!(explain(&error).unwrap().code, "MSIS9622");
}

#[test]
fn okta_has_a_shape_of_its_own() {
    let body = r#"{"errorCode":"E0000004","errorSummary":"Authentication failed","errorLink":"E0000004","errorId":"oae1","errorCauses":[]}"#;
    let error = Answer::json(401, body).error();
    assert_eq!(error.class, FailureClass::InvalidClient);
    assert_eq!(error.code.as_deref(), Some("E0000004"));
    assert_eq!(error.description.as_deref(), Some("Authentication failed"));
    assert_eq!(explain(&error).unwrap().code, "E0000004");

    let body = r#"{"errorCode":"E0000047","errorSummary":"API call exceeded rate limit due to too many requests."}"#;
    assert_eq!(
        Answer::json(429, body).error().kind(),
        ErrorKind::RateLimited
    );
}

#[test]
fn okta_refuses_double_credentials() {
    let body = r#"{"error":"invalid_request","error_description":"Cannot supply multiple client credentials. Use one of the following: credentials in the Authorization header, credentials in the post body, or a client_assertion in the post body."}"#;
    let explanation = explain(&Answer::json(400, body).error()).unwrap();
    assert_eq!(explanation.code, "multiple_client_credentials");
}

#[test]
fn salesforce_and_zendesk_send_no_expires_in() {
    let body = r#"{"access_token":"00D!AQ","signature":"x","instance_url":"https://a.my.salesforce.com","id":"https://login.salesforce.com/id/1","token_type":"Bearer","issued_at":"1800000000000"}"#;
    let response = Answer::json(200, body).token();
    let used = LifetimeSource::Default;
    assert_eq!(response.lifetime.as_secs(), 300);
    assert_eq!(response.warnings, [TokenWarning::MissingExpiresIn { used }]);
}

#[test]
fn github_sends_errors_as_success_and_forms() {
    let body = r#"{"error":"incorrect_client_credentials","error_description":"The client_id and/or client_secret passed are incorrect.","error_uri":"https://docs.github.com"}"#;
    assert_eq!(
        Answer::json(200, body).error().class,
        FailureClass::InvalidClient
    );

    let form = "application/x-www-form-urlencoded; charset=utf-8";
    let body = "error=incorrect_client_credentials&error_description=The+client_id+is+incorrect.";
    let error = Answer::of(200, form, body).error();
    assert_eq!(error.class, FailureClass::InvalidClient);
    assert_eq!(
        error.description.as_deref(),
        Some("The client_id is incorrect.")
    );

    let body = "access_token=gho_16C7e42F292c6912E7&scope=repo%2Cgist&token_type=bearer";
    let answer = Answer {
        requested_scope: Some("gist repo"),
        ..Answer::of(200, form, body)
    };
    let response = answer.token();
    assert_eq!(
        response.access_token.value.expose(),
        "gho_16C7e42F292c6912E7"
    );
    assert_eq!(response.access_token.token_type, TokenType::Bearer);
    let used = LifetimeSource::Default;
    let expected = [
        TokenWarning::FormEncoded,
        TokenWarning::MissingExpiresIn { used },
    ];
    assert_eq!(response.warnings, expected);
}

#[test]
fn forms_come_as_plain_text_or_untyped_but_not_as_html() {
    let body = "access_token=a%2Bb&token_type=bearer&expires_in=60";
    for content_type in ["text/plain", "text/plain;charset=UTF-8", ""] {
        let response = Answer::of(200, content_type, body).token();
        assert_eq!(response.access_token.value.expose(), "a+b");
        assert_eq!(response.lifetime.as_secs(), 60);
    }
    let error = Answer::of(200, "text/html", body).error();
    assert_eq!(error.class, FailureClass::UnreadableBody);
    assert!(!format!("{error:?}").contains("a%2Bb"));
}

#[test]
fn gateways_send_pages_with_any_type() {
    for content_type in ["text/html", "application/json"] {
        let error = Answer::of(200, content_type, HTML).error();
        assert_eq!(error.class, FailureClass::UnreadableBody);
        assert_eq!(
            error.excerpt.as_deref(),
            Some("HTML page: Sign in to your account · Request blocked")
        );
        assert_eq!(explain(&error).unwrap().code, "page");
    }
    let error = Answer::of(403, "text/html", HTML).error();
    assert_eq!(explain(&error).unwrap().code, "page_refusal");
}

#[test]
fn a_page_that_repeats_the_request_does_not_show_the_secret() {
    let page = format!("<html><body>blocked: secret=<b>{EXAMPLE_SECRET}</b>");
    let error = Answer::of(403, "text/html", &page).error();
    assert_eq!(
        error.excerpt.as_deref(),
        Some("HTML page: blocked: secret= •••")
    );
}

#[test]
fn gateways_send_empty_successes() {
    for status in [200, 204] {
        let error = Answer::of(status, "application/json", "").error();
        assert_eq!(error.class, FailureClass::UnreadableBody);
        assert_eq!(error.excerpt, None);
        assert_eq!(explain(&error).unwrap().code, "empty_body");
    }
}

#[test]
fn some_refuse_without_a_word() {
    for status in [401, 403] {
        let error = Answer::of(status, "", "").error();
        assert_eq!(error.class, FailureClass::InvalidClient);
        assert_eq!(explain(&error).unwrap().code, "empty_refusal");
    }
}

#[test]
fn redirects_are_shown_and_not_followed() {
    let to = |location| {
        let answer = Answer {
            location: Some(location),
            ..Answer::of(302, "text/html", "access_token=a&token_type=bearer")
        };
        answer.error()
    };
    let error = to("https://user:pw@login.example.com/sign-in?secret=x#y");
    assert_eq!(error.class, FailureClass::Redirected);
    assert_eq!(
        error.excerpt.as_deref(),
        Some("to https://login.example.com/sign-in")
    );
    assert!(error.is_configuration_fault());
    assert_eq!(to("/login?x=1").excerpt.as_deref(), Some("to /login"));
    for status in [300, 301, 303, 304, 307, 308, 399] {
        assert_eq!(
            Answer::of(status, "", "").error().class,
            FailureClass::Redirected
        );
    }
}

#[test]
fn keycloak_says_401_unauthorized_client_for_a_wrong_secret() {
    let body = r#"{"error":"unauthorized_client","error_description":"Invalid client or Invalid client credentials"}"#;
    let error = Answer::json(401, body).error();
    assert_eq!(error.class, FailureClass::InvalidClient);
    assert_eq!(
        explain(&error).unwrap().meaning,
        "client id or secret are wrong"
    );
}

#[test]
fn auth0_says_access_denied_for_many_things() {
    for (status, description, class, meant) in [
        (401, "Unauthorized", FailureClass::InvalidClient, "secret"),
        (
            403,
            "Client is not authorized to access \\\"https://a/\\\".",
            FailureClass::AccessDenied,
            "authorized",
        ),
        (
            403,
            "Service not enabled within domain: https://a",
            FailureClass::AccessDenied,
            "audience",
        ),
    ] {
        let body = format!(r#"{{"error":"access_denied","error_description":"{description}"}}"#);
        let error = Answer::json(status, &body).error();
        assert_eq!(error.class, class, "{description}");
        assert!(
            explain(&error).unwrap().meaning.contains(meant),
            "{description}"
        );
    }
}

#[test]
fn elasticsearch_once_called_the_type_type() {
    let body = r#"{"access_token":"a","type":"Bearer","expires_in":1200}"#;
    assert_eq!(
        Answer::json(200, body).token().warnings,
        [TokenWarning::MissingTokenType]
    );
}

#[test]
fn mattermost_sends_500_for_bad_credentials() {
    let error = Answer::of(500, "text/html", "<h1>Error</h1>").error();
    assert_eq!(error.class, FailureClass::ServerError { retry_after: None });
    assert!(explain(&error).unwrap().remedy.contains("wrong secret"));
}

#[test]
fn spring_has_a_status_page_in_json() {
    let body =
        r#"{"timestamp":"2027-01-15T08:00:00Z","status":404,"error":"Not Found","path":"/token"}"#;
    assert_eq!(
        Answer::json(404, body).error().class,
        FailureClass::NoSuchEndpoint
    );
    let body = r#"{"status":401,"error":"Unauthorized","message":"Bad credentials"}"#;
    let error = Answer::json(401, body).error();
    assert_eq!(error.class, FailureClass::InvalidClient);
    assert_eq!(error.description.as_deref(), Some("Bad credentials"));
}
