//! Holds answers against the OpenAPI document: a route in it answers nothing that it does not say.

use serde_json::Value;

use super::Answer;
use super::schema::mismatch;

/// What a route answers to a method that it does not have.
const WRONG_METHOD: u16 = 405;

/// The document.
pub(crate) struct Document(Value);

impl Document {
    pub(super) fn read() -> Self {
        Self(grantd_server::openapi_json())
    }

    /// Fails the test if status, media type or body are not in the document.
    #[track_caller]
    pub(super) fn check(&self, method: &str, path: &str, answer: &Answer) {
        if let Some(fault) = self.fault(method, path, answer) {
            panic!("{}: {fault}: {}", answer.call, answer.text());
        }
    }

    fn fault(&self, method: &str, path: &str, answer: &Answer) -> Option<String> {
        let route = self.route(path)?;
        let responses = match &route[method.to_lowercase()] {
            Value::Null if answer.status == WRONG_METHOD || method == "HEAD" => return None,
            Value::Null => return Some("an undocumented method".to_owned()),
            operation => &operation["responses"],
        };
        let response = match &responses[answer.status.to_string()] {
            Value::Null => return Some(format!("an undocumented status {}", answer.status)),
            response => response,
        };
        if let Some(headers) = response["headers"].as_object()
            && let Some(missing) = headers.keys().find(|name| answer.header(name).is_none())
        {
            return Some(format!("no header {missing}"));
        }
        let content = match response["content"].as_object() {
            None if answer.body.is_empty() => return None,
            None => return Some("an undocumented body".to_owned()),
            Some(content) => content,
        };
        let media_type = answer.header("content-type").unwrap_or_default();
        match content.get(media_type) {
            None => Some(format!("an undocumented media type {media_type}")),
            // what is no JSON is one text to the document
            Some(_) if !media_type.ends_with("json") || media_type.ends_with("ndjson") => None,
            Some(media) => mismatch(&self.0, &media["schema"], &answer.json(), ""),
        }
    }

    /// The path item of a path, if it is one of the API's.
    fn route(&self, path: &str) -> Option<&Value> {
        let fits = |template: &str| {
            let (parts, wanted) = (path.split('/'), template.split('/'));
            path.split('/').count() == template.split('/').count()
                && parts.zip(wanted).all(|(part, wanted)| {
                    part == wanted || (wanted.starts_with('{') && !part.is_empty())
                })
        };
        let paths = self.0["paths"].as_object()?;
        paths
            .iter()
            .find(|(template, _)| fits(template))
            .map(|(_, item)| item)
    }
}
