//! Answers of the API: documents, and problems (RFC 9457) as failures.

use grantd_net::Response;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::failure::{Exit, Failure};

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its document; null if it has none.
    pub(crate) document: Value,
    /// The revision of what it shows, as it is sent back in `If-Match`.
    pub(crate) etag: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Problem {
    status: u16,
    title: String,
    detail: Option<String>,
    errors: Vec<FieldProblem>,
    authorization_server: Option<Refusal>,
    meaning: Option<String>,
    remedy: Option<String>,
    retry_after_s: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FieldProblem {
    pointer: String,
    detail: String,
}

/// What the authorization server said.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Refusal {
    status: Option<u16>,
    error: Option<String>,
    error_description: Option<String>,
    excerpt: Option<String>,
}

/// Reads an answer.
pub(super) fn read(base: &Url, response: &Response) -> Result<Answer, Failure> {
    parse(base, response.status, &response.headers, &response.body)
}

/// Reads an answer by its parts.
pub(super) fn parse(
    base: &Url,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Answer, Failure> {
    let text = |name| {
        let value = headers.get(name)?;
        value.to_str().ok().map(ToOwned::to_owned)
    };
    if status.is_success() {
        let document = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(body).map_err(|_| foreign(base, status))?
        };
        return Ok(Answer {
            document,
            etag: text(ETAG),
        });
    }
    let is_problem =
        text(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/problem+json"));
    if !is_problem {
        return Err(foreign(base, status));
    }
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) => Err(failure(status, problem)),
        Err(_) => Err(foreign(base, status)),
    }
}

/// Reads a problem that is told within an answer that began as a success.
pub(super) fn problem(base: &Url, document: Value) -> Failure {
    let read = serde_json::from_value::<Problem>(document).ok();
    let status = |problem: &Problem| StatusCode::from_u16(problem.status).ok();
    match read.and_then(|problem| Some((status(&problem)?, problem))) {
        Some((status, problem)) => failure(status, problem),
        None => foreign(base, StatusCode::OK),
    }
}

fn failure(status: StatusCode, problem: Problem) -> Failure {
    let input_is_wrong =
        status == StatusCode::BAD_REQUEST || status == StatusCode::UNPROCESSABLE_ENTITY;
    let exit = if input_is_wrong {
        Exit::Usage
    } else {
        Exit::Refused
    };
    let detail = match problem.detail {
        // one wrong value is told at its place alone
        Some(detail) if problem.errors.len() != 1 => detail,
        _ => problem.title,
    };
    let detail = match problem.retry_after_s {
        Some(seconds) => format!("{detail}; try again in {seconds} s"),
        None => detail,
    };
    let mut fields: Vec<(String, String)> = problem
        .errors
        .into_iter()
        .map(|error| (error.pointer, error.detail))
        .collect();
    if let Some(refusal) = problem.authorization_server {
        fields.push((
            "the authorization server answered".to_owned(),
            said(refusal),
        ));
    }
    if let Some(meaning) = problem.meaning {
        fields.push(("what it means".to_owned(), meaning));
    }
    let failure = Failure::of(exit, [detail]).with_fields(fields);
    match (problem.remedy, status) {
        (Some(remedy), _) => failure.with_remedy(remedy),
        (None, StatusCode::UNAUTHORIZED) => failure.with_remedy(
            "Name the file of a valid key with --api-key-file; `grantd key create` makes one.",
        ),
        (None, _) => failure,
    }
}

fn said(refusal: Refusal) -> String {
    let status = refusal.status.map(|status| status.to_string());
    [
        status,
        refusal.error,
        refusal.error_description,
        refusal.excerpt,
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(", ")
}

fn foreign(base: &Url, status: StatusCode) -> Failure {
    Failure::refused(format!(
        "{base} answered with status {}, and not as grantd does",
        status.as_u16()
    ))
    .with_remedy("Check the URL; something else may listen there or stand in between.")
}
