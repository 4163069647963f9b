//! The request: a form in the body, each parameter once, unknown ones passed over.

use std::io::ErrorKind;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::Method;
use hyper::body::Frame;

use super::stage::{FORM, expect_error, expect_token};
use super::{PATH, Stage};

#[tokio::test]
async fn a_repeated_parameter_is_refused_by_its_name() {
    let stage = Stage::new().await;
    for name in [
        "grant_type",
        "client_id",
        "scope",
        "audience",
        "resource",
        "client_assertion",
    ] {
        let body = format!("{name}=a&{name}=a");
        let description = expect_error(&stage.ask(&body).await, "invalid_request");
        assert!(description.contains(name), "{description}");
    }
}

#[tokio::test]
async fn empty_parameters_count_as_left_out_and_unknown_ones_are_passed_over() {
    let stage = Stage::with_token().await;
    for more in [
        "&audience=&resource=&client_id=&client_secret=&client_assertion=",
        "&x=1&x=2&Scope=none&client_info=1&=&&",
        "&nonsense",
    ] {
        expect_token(&stage.ask(&format!("{FORM}{more}")).await);
    }
    let nothing = "grant_type=client_credentials&scope=";
    expect_error(&stage.ask(nothing).await, "invalid_scope");
}

#[tokio::test]
async fn another_media_type_than_a_form_is_refused() {
    let stage = Stage::with_token().await;
    for media_type in [
        "application/json",
        "text/plain",
        "multipart/form-data",
        "application/x-www-form-urlencoded2",
        "",
    ] {
        let answer = stage.with_body(media_type, FORM).await;
        expect_error(&answer, "invalid_request");
    }
    let answer = stage.as_client().body(Body::from(FORM)).await;
    expect_error(&answer, "invalid_request");
    let json = r#"{"grant_type": "client_credentials", "scope": "mail"}"#;
    let answer = stage.with_body("application/json", json).await;
    expect_error(&answer, "invalid_request");
    for media_type in [
        "application/x-www-form-urlencoded; charset=UTF-8",
        "application/x-www-form-urlencoded;charset=utf-8",
        "Application/X-WWW-Form-Urlencoded ; charset=\"utf-8\"",
    ] {
        expect_token(&stage.with_body(media_type, FORM).await);
    }
}

#[tokio::test]
async fn parameters_in_the_url_are_refused() {
    let stage = Stage::new().await;
    let Stage { id, secret, .. } = &stage;
    for query in [
        "scope=mail".to_owned(),
        format!("client_id={id}&client_secret={secret}"),
        "x=1".to_owned(),
    ] {
        let call = stage.app.anonymous().post(&format!("{PATH}?{query}"));
        expect_error(&call.written_form(FORM).await, "invalid_request");
    }
}

#[tokio::test]
async fn a_body_of_more_than_16_kib_or_that_breaks_off_is_refused() {
    let stage = Stage::with_token().await;
    let fill = |bytes: usize| format!("{FORM}&x={}", "x".repeat(bytes - FORM.len() - 3));
    expect_token(&stage.ask(&fill(16 * 1024)).await);
    let description = expect_error(&stage.ask(&fill(16 * 1024 + 1)).await, "invalid_request");
    assert!(description.contains("16384"), "{description}");
    let body = Body::new(Broken(Some(FORM.into())));
    let answer = stage
        .with_body("application/x-www-form-urlencoded", body)
        .await;
    expect_error(&answer, "invalid_request");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_no_credential() {
    let stage = Stage::new().await;
    for scope in ["%FF", "%00", "mail%00", "%C3%28", "m%C3%A4il"] {
        let body = format!("grant_type=client_credentials&scope={scope}");
        expect_error(&stage.ask(&body).await, "invalid_scope");
    }
}

#[tokio::test]
async fn only_post_is_possible() {
    let stage = Stage::new().await;
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
        let call = stage.app.anonymous().call(method, PATH);
        call.await.expect(405).problem("method_not_allowed");
    }
}

#[tokio::test]
async fn a_host_that_is_not_allowed_is_refused_before_anything_is_read() {
    let stage = Stage::new().await;
    let call = stage.as_client().without("host").written_form(FORM);
    let answer = call.header("host", "evil.example").await;
    answer.expect(421).problem("host_not_allowed");
}

/// A body that breaks off after its first piece.
struct Broken(Option<Bytes>);

impl HttpBody for Broken {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let piece = self.0.take().map(Frame::data);
        Poll::Ready(Some(piece.ok_or_else(|| ErrorKind::UnexpectedEof.into())))
    }
}
