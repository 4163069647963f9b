//! What the API answered.

use axum::body::Bytes;
use axum::http::HeaderMap;
use grantd_server::CODES;
use serde_json::Value;

/// What the API answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Method and path, for messages.
    pub(crate) call: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The same, if it has this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.call, self.text());
        self
    }

    /// A header field that may stand there once.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().map(|value| value.to_str().unwrap());
        assert_eq!(values.next(), None, "{}: {name} twice", self.call);
        value
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{}: {error}: {}", self.call, self.text()),
        }
    }

    /// A member that is a text.
    #[track_caller]
    pub(crate) fn member(&self, name: &str) -> String {
        let value = self.json();
        match value[name].as_str() {
            Some(text) => text.to_owned(),
            None => panic!("{}: no text {name} in {value}", self.call),
        }
    }

    /// The problem document (RFC 9457), if it is one of this code, in the form that all have.
    #[track_caller]
    pub(crate) fn problem(&self, code: &str) -> Value {
        let mut problem = self.json();
        let shown = format!("{}: {problem}", self.call);
        let id = problem
            .as_object_mut()
            .and_then(|it| it.remove("request_id"));
        assert_eq!(
            id.as_ref().and_then(Value::as_str),
            self.header("x-request-id"),
            "{shown}"
        );
        let media_type = self.header("content-type");
        assert_eq!(media_type, Some("application/problem+json"), "{shown}");
        assert_eq!(
            problem["type"],
            format!("urn:grantd:problem:{code}"),
            "{shown}"
        );
        let registered = CODES.iter().find(|known| known.name() == code);
        let registered = registered.expect("a code of the registry");
        assert_eq!(problem["status"], self.status, "{shown}");
        assert_eq!(self.status, registered.status(), "{shown}");
        assert_eq!(problem["title"], registered.title(), "{shown}");
        if let Some(detail) = problem["detail"].as_str() {
            assert!(!detail.is_empty() && !detail.ends_with('.'), "{shown}");
        }
        problem
    }

    /// The `detail` of the problem of this code.
    #[track_caller]
    pub(crate) fn detail(&self, code: &str) -> String {
        let problem = self.problem(code);
        problem["detail"].as_str().unwrap_or_default().to_owned()
    }

    /// Place and code of each wrong value.
    #[track_caller]
    pub(crate) fn errors(&self) -> Vec<(String, String)> {
        let problem = self.problem("validation_failed");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let errors = problem["errors"].as_array().unwrap();
        assert!(
            errors.iter().all(|error| error["detail"] != ""),
            "{problem}"
        );
        errors
            .iter()
            .map(|error| (text(&error["pointer"]), text(&error["code"])))
            .collect()
    }

    /// Demands exactly these wrong values, in any order.
    #[track_caller]
    pub(crate) fn expect_errors(&self, expected: &[(&str, &str)]) {
        let mut found = self.errors();
        let mut expected: Vec<_> = expected
            .iter()
            .map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned()))
            .collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{}: {}", self.call, self.text());
    }

    /// Demands exactly this wrong value.
    #[track_caller]
    pub(crate) fn expect_error(&self, pointer: &str, code: &str) {
        self.expect_errors(&[(pointer, code)]);
    }
}
