//! A text inside a JSON document, by JSON pointer (RFC 6901).

use grantd_model::Secret;
use serde_json::Value;
use zeroize::Zeroize;

use crate::SourceError;

/// The text at a pointer; numbers and booleans are no text.
pub(crate) fn text_at(
    document: &Secret<String>,
    path: &str,
    key: &str,
) -> Result<Secret<String>, SourceError> {
    let mut value: Value =
        serde_json::from_str(document.expose()).map_err(|_| SourceError::NotJson {
            path: path.to_owned(),
        })?;
    let found = match value.pointer_mut(key) {
        Some(Value::String(text)) => Ok(Secret::new(std::mem::take(text))),
        _ => Err(SourceError::KeyMissing {
            path: path.to_owned(),
            key: key.to_owned(),
        }),
    };
    wipe(&mut value);
    found
}

/// The other texts of the document are secrets as well.
fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
