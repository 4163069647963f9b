//! Query strings, read strictly: an unknown or repeated parameter is named.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use grantd_model::{FieldError, Invalid};

use crate::app::App;
use crate::json_body::member;
use crate::problem::Problem;

/// The default number of rows of a page.
const DEFAULT_LIMIT: u32 = 50;

/// The parameters of a query, taken one by one; [`Query::finish`] names what was not taken.
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl FromRequestParts<App> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let mut query = Self {
            pairs: Vec::new(),
            known: Vec::new(),
            errors: Vec::new(),
        };
        for written in parts.uri.query().unwrap_or_default().split('&') {
            for (name, value) in url::form_urlencoded::parse(written.as_bytes()) {
                if is_utf8(written) {
                    query.pairs.push((name.into_owned(), value.into_owned()));
                } else {
                    let fault = Invalid::new("not_utf8", "percent-encoded UTF-8 is expected");
                    query.errors.push(fault.at(member("", &name)));
                }
            }
        }
        Ok(query)
    }
}

impl Query {
    /// A parameter that may stand there once, parsed.
    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        let mut values = self.repeated(name, parse);
        if values.len() > 1 {
            self.errors.push(
                Invalid::new("repeated", "the parameter is expected once").at(format!("/{name}")),
            );
        }
        values.pop()
    }

    /// A parameter that may stand there several times, each parsed.
    pub(crate) fn repeated<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Vec<T> {
        self.known.push(name);
        let mut values = Vec::new();
        for (_, text) in self.pairs.iter().filter(|(key, _)| key == name) {
            match parse(text) {
                Ok(value) => values.push(value),
                Err(fault) => self.errors.push(fault.at(format!("/{name}"))),
            }
        }
        values
    }

    /// What was made of a parameter's values, or its fault.
    pub(crate) fn take<T>(&mut self, name: &str, made: Result<T, Invalid>) -> Option<T> {
        made.map_err(|fault| self.errors.push(fault.at(member("", name))))
            .ok()
    }

    /// The parameters `limit` and `cursor`.
    pub(crate) fn page(&mut self) -> (u32, Option<String>) {
        let number = |text: &str| {
            text.parse()
                .map_err(|_| Invalid::new("out_of_range", "a number from 1 to 200 is expected"))
        };
        let limit = self.optional("limit", number).unwrap_or(DEFAULT_LIMIT);
        (limit, self.optional("cursor", |text| Ok(text.to_owned())))
    }

    /// Ends the reading; everything that was wrong is named.
    pub(crate) fn finish(mut self) -> Result<(), Problem> {
        let known = self.known.join("`, `");
        for (name, _) in &self.pairs {
            if !self.known.contains(&name.as_str()) {
                let detail = if known.is_empty() {
                    "this address takes no parameters".to_owned()
                } else {
                    format!("there is no such parameter; known are `{known}`")
                };
                self.errors
                    .push(Invalid::new("unknown_parameter", detail).at(member("", name)));
            }
        }
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(Problem::fields(self.errors))
        }
    }
}

/// Demands that there is no query: the route takes no parameter.
pub(crate) struct NoQuery;

impl FromRequestParts<App> for NoQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Query::from_request_parts(parts, app).await?.finish()?;
        Ok(Self)
    }
}

/// Whether the bytes behind the percent-encoding (RFC 3986 section 2.1) are a text; otherwise
/// something else would be looked for than was asked.
fn is_utf8(written: &str) -> bool {
    let mut parts = written.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let escaped = part.get(..2).map(|hex| u8::from_str_radix(hex, 16));
        let (byte, rest) = match escaped {
            Some(Ok(byte)) => (byte, part.get(2..).unwrap_or_default()),
            _ => (b'%', part),
        };
        bytes.push(byte);
        bytes.extend_from_slice(rest.as_bytes());
    }
    std::str::from_utf8(&bytes).is_ok()
}
