//! One call of the API.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request, Version};
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::{Answer, TestApp};

/// Who calls.
#[derive(Clone)]
pub(crate) enum As {
    /// The holder of a key.
    Key(String),
    /// Someone without a key.
    Nobody,
}

/// Begins calls.
pub(crate) struct Caller<'a> {
    app: &'a TestApp,
    who: As,
}

impl<'a> Caller<'a> {
    pub(super) fn new(app: &'a TestApp, who: As) -> Self {
        Self { app, who }
    }

    /// `GET path`.
    pub(crate) fn get(&self, path: &str) -> Call<'a> {
        self.call(Method::GET, path)
    }

    /// `POST path`.
    pub(crate) fn post(&self, path: &str) -> Call<'a> {
        self.call(Method::POST, path)
    }

    /// `PATCH path` for this revision.
    pub(crate) fn patch(&self, path: &str, revision: &str) -> Call<'a> {
        let call = self.call(Method::PATCH, path);
        call.header("if-match", revision)
            .header("content-type", "application/merge-patch+json")
    }

    /// `DELETE path`.
    pub(crate) fn delete(&self, path: &str) -> Call<'a> {
        self.call(Method::DELETE, path)
    }

    /// Any method.
    pub(crate) fn call(&self, method: Method, path: &str) -> Call<'a> {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().unwrap();
        let call = Call {
            app: self.app,
            request,
        };
        let call = call.header("host", "localhost:8710");
        match &self.who {
            As::Key(key) => call.header("authorization", &format!("Bearer {key}")),
            As::Nobody => call,
        }
    }
}

/// A call that is sent when it is awaited.
pub(crate) struct Call<'a> {
    app: &'a TestApp,
    request: Request<Body>,
}

impl Call<'_> {
    /// One header field more.
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        self.header_bytes(name, value.as_bytes())
    }

    /// One header field more, of any bytes.
    pub(crate) fn header_bytes(mut self, name: &str, value: &[u8]) -> Self {
        let name: HeaderName = name.parse().unwrap();
        let value = HeaderValue::from_bytes(value).unwrap();
        self.request.headers_mut().append(name, value);
        self
    }

    /// Without this header field.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.request.headers_mut().remove(name);
        self
    }

    /// By HTTP/2, with this authority or none.
    pub(crate) fn http2(mut self, authority: Option<&str>) -> Self {
        *self.request.version_mut() = Version::HTTP_2;
        if let Some(authority) = authority {
            let target = format!("https://{authority}{}", self.request.uri());
            *self.request.uri_mut() = target.parse().unwrap();
        }
        self
    }

    /// A JSON body.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.text(&body.to_string())
    }

    /// A body that says it is JSON.
    pub(crate) fn text(self, body: &str) -> Self {
        let named = self.request.headers().contains_key("content-type");
        let call = if named {
            self
        } else {
            self.header("content-type", "application/json")
        };
        call.body(Body::from(body.to_owned()))
    }

    /// Any body, with no other `Content-Type` than was given.
    pub(crate) fn body(mut self, body: Body) -> Self {
        *self.request.body_mut() = body;
        self
    }

    /// A form.
    pub(crate) fn form(self, pairs: &[(&str, &str)]) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(pairs);
        self.written_form(&form.finish())
    }

    /// A form as it is written.
    pub(crate) fn written_form(self, body: &str) -> Self {
        let call = self.header("content-type", "application/x-www-form-urlencoded");
        call.body(Body::from(body.to_owned()))
    }

    /// The answer as it comes in, held against nothing.
    pub(crate) async fn begin(self) -> Response {
        self.app.router.clone().oneshot(self.request).await.unwrap()
    }

    async fn send(self) -> Answer {
        let target = self.request.uri().path_and_query();
        let (method, path) = (
            self.request.method().clone(),
            target.map(ToString::to_string).unwrap_or_default(),
        );
        let app = self.app;
        let (head, body) = self.begin().await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let answer = Answer {
            call: format!("{method} {path}"),
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        };
        app.inspect(&method, &path, &answer);
        answer
    }
}

impl<'a> IntoFuture for Call<'a> {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl TestApp {
    /// Holds an answer against the document, and searches it for secrets. A token endpoint may
    /// show its token, the making of a key that key.
    fn inspect(&self, method: &Method, path: &str, answer: &Answer) {
        let path = path.split('?').next().unwrap_or_default();
        let text = format!("{:?} {}", answer.headers, answer.text());
        let hands_out = path.ends_with("/token") && answer.status == 200;
        let allowed = hands_out.then_some("access token");
        let place = format!("the answer of {}", answer.call);
        let mut canaries = self.canaries.borrow_mut();
        canaries.assert_absent_except(&place, &text, allowed);
        if path == "/v1/keys" && answer.status == 201 {
            canaries.watch("a new key", answer.json()["key"].as_str().unwrap());
        }
        self.document.check(method.as_str(), path, answer);
    }
}
