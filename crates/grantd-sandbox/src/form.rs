//! Form bodies as RFC 6749 section 3.2 wants them: an empty value counts as absent, a parameter
//! that stands twice is an error.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};
use url::form_urlencoded;

use crate::oauth_error::OAuthError;

const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// The parameters of a form body.
#[derive(Debug)]
pub(crate) struct Form(BTreeMap<String, String>);

impl Form {
    /// Reads the body of a request.
    pub(crate) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, OAuthError> {
        let media_type = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .map(str::trim);
        if !media_type.is_some_and(|given| given.eq_ignore_ascii_case(MEDIA_TYPE)) {
            return Err(OAuthError::invalid_request(format!(
                "the content type {MEDIA_TYPE} is expected"
            )));
        }
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            if value.is_empty() {
                continue;
            }
            let earlier = parameters.insert(name.into_owned(), value.into_owned());
            if earlier.is_some() {
                return Err(OAuthError::invalid_request("a parameter stands twice"));
            }
        }
        Ok(Self(parameters))
    }

    /// The value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}
