//! Problem documents (RFC 9457).

mod codes;
mod from_engine;

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use grantd_model::{FieldError, Invalid};
use grantd_oauth::TokenError;
use serde::Serialize;
use utoipa::ToSchema;

pub use codes::{CODES, ProblemCode};

/// The longest wait that is passed on, in seconds: what a server says beyond it would leave a
/// workload without tokens long after the trouble is over.
const MOST_RETRY_AFTER_S: u64 = 3600;

/// Why a request was not done: a problem document, boxed because errors should be small.
#[derive(Debug)]
pub(crate) struct Problem(Box<ProblemDocument>);

/// A problem document (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument {
    /// `urn:grantd:problem:<code>`.
    #[schema(example = "urn:grantd:problem:validation_failed")]
    r#type: String,
    /// What kind of problem it is; the same for every one of its type.
    title: &'static str,
    /// The status code of the answer.
    status: u16,
    /// What went wrong this time and what is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Each value that is wrong, by its JSON pointer (RFC 6901).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<FieldProblem>)]
    errors: Vec<FieldError>,
    /// What the authorization server said, where it refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_server: Option<AuthorizationServerAnswer>,
    /// What it means, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<String>,
    /// What can be done about it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    /// When to try again, in seconds; the same as in `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 3600)]
    retry_after_s: Option<u64>,
    /// The id of the request, which its log lines have; the same as in `X-Request-Id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip)]
    code: ProblemCode,
}

/// The problem document of an answer, until the id of its request is in it.
#[derive(Clone)]
struct Unnamed(Arc<ProblemDocument>);

/// Puts the id of a request into the problem document that answers it, if it is one.
pub(crate) fn name_request(response: &mut Response, id: &HeaderValue) {
    let Some(Unnamed(mut document)) = response.extensions_mut().remove() else {
        return;
    };
    if let (Some(document), Ok(id)) = (Arc::get_mut(&mut document), id.to_str()) {
        document.request_id = Some(id.to_owned());
        if let Ok(text) = serde_json::to_vec(document) {
            response.headers_mut().remove(CONTENT_LENGTH);
            *response.body_mut() = Body::from(text);
        }
    }
}

/// A value that is wrong.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of FieldError")]
pub(crate) struct FieldProblem {
    /// JSON pointer (RFC 6901) to the value.
    #[schema(example = "/token_endpoint")]
    pointer: String,
    /// Stable, `snake_case`.
    #[schema(example = "https_required")]
    code: String,
    /// What is wrong and what is expected.
    detail: String,
}

/// What an authorization server answered instead of a token, cleaned for people.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuthorizationServerAnswer {
    /// What kind of failure it is.
    #[schema(example = "invalid_client")]
    pub(crate) class: &'static str,
    /// The status code.
    pub(crate) status: u16,
    /// `error` of RFC 6749 section 5.2, or what the server has in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// `error_description`, or what the server has in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error_description: Option<String>,
    /// Codes of the server's make.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) provider_codes: Vec<String>,
    /// The beginning of a body that is not understood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) excerpt: Option<String>,
}

impl From<&TokenError> for AuthorizationServerAnswer {
    fn from(error: &TokenError) -> Self {
        let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
        Self {
            class: error.class.code(),
            status: error.status,
            error: text(&error.code),
            error_description: text(&error.description),
            provider_codes: error.provider_codes.clone(),
            excerpt: text(&error.excerpt),
        }
    }
}

impl Problem {
    /// A problem of this kind.
    pub(crate) fn of(code: ProblemCode) -> Self {
        Self(Box::new(ProblemDocument {
            r#type: format!("urn:grantd:problem:{}", code.name()),
            title: code.title(),
            status: code.status(),
            detail: None,
            errors: Vec::new(),
            authorization_server: None,
            meaning: None,
            remedy: None,
            retry_after_s: None,
            request_id: None,
            code,
        }))
    }

    /// Says what went wrong this time.
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// The body can not be read at this place of it.
    pub(crate) fn unreadable(pointer: &str, detail: &str) -> Self {
        let at = if pointer.is_empty() {
            String::new()
        } else {
            format!(" at {pointer}")
        };
        let mut problem = Self::of(ProblemCode::UnreadableRequest)
            .detail(format!("the body can not be read{at}: {detail}"));
        // the place says more than the position in a body that a program wrote
        let detail = match detail.rsplit_once(" at line ") {
            Some((detail, _)) if !pointer.is_empty() => detail,
            _ => detail,
        };
        problem.0.errors = vec![Invalid::new("unreadable", detail).at(pointer)];
        problem
    }

    /// The same of a part of the body: its places are in the whole then.
    pub(crate) fn within(mut self, place: &str) -> Self {
        for error in &mut self.0.errors {
            error.pointer.insert_str(0, place);
        }
        match (self.0.code, self.0.errors.as_slice()) {
            (ProblemCode::UnreadableRequest, [one]) => {
                // lines and columns are those of the part
                let detail = one.detail.split(" at line ").next().unwrap_or_default();
                Self::unreadable(&one.pointer, detail)
            }
            (ProblemCode::ValidationFailed, _) => Self::fields(self.0.errors),
            _ => self,
        }
    }

    /// What is wrong, each by its place.
    pub(crate) fn into_faults(self) -> Vec<FieldError> {
        self.0.errors
    }

    /// Says when to try again: in whole seconds and within an hour.
    pub(crate) fn retry_after(mut self, wait: Duration) -> Self {
        // rounded up, so that whoever obeys is not too early
        let begun = u64::from(wait.subsec_nanos() > 0);
        let seconds = wait.as_secs().saturating_add(begun);
        self.0.retry_after_s = Some(seconds.min(MOST_RETRY_AFTER_S));
        self
    }

    /// Values that are wrong.
    pub(crate) fn fields(errors: Vec<FieldError>) -> Self {
        let mut problem = Self::of(ProblemCode::ValidationFailed);
        problem.0.detail = Some(match errors.as_slice() {
            [one] => one.to_string(),
            more => format!("{} values are wrong", more.len()),
        });
        problem.0.errors = errors;
        problem
    }
}

impl Problem {
    /// What went wrong and what can be done, in one line.
    pub(crate) fn in_words(&self) -> String {
        let detail = self.0.detail.as_deref().unwrap_or(self.0.title);
        match &self.0.remedy {
            Some(remedy) => format!("{detail}. {remedy}"),
            None => detail.to_owned(),
        }
    }

    /// How long the caller is to wait, in seconds, where that is known.
    pub(crate) const fn retry_after_s(&self) -> Option<u64> {
        self.0.retry_after_s
    }

    /// The document by itself, where an answer has begun already.
    pub(crate) fn into_document(self) -> serde_json::Value {
        serde_json::to_value(&*self.0).unwrap_or_default()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (code, retry_after) = (self.0.code, self.0.retry_after_s);
        let document: Arc<ProblemDocument> = Arc::from(self.0);
        let mut response = (status, Json(&*document)).into_response();
        response.extensions_mut().insert(Unnamed(document));
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if matches!(code, ProblemCode::Unauthenticated) {
            headers.insert(
                WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"grantd\""),
            );
        }
        response
    }
}
