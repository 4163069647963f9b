//! Members of a document of the API, as flags fill them.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::files;

/// Sets a member of an object among the members, which is made if it is not there.
pub(super) fn set(
    members: &mut Map<String, Value>,
    part: &str,
    name: &str,
    value: impl Into<Value>,
) {
    let place = members.entry(part).or_insert_with(|| json!({}));
    if !place.is_object() {
        *place = json!({});
    }
    if let Value::Object(part) = place {
        part.insert(name.to_owned(), value.into());
    }
}

/// The certificates of `--ca-bundle-file`.
///
/// # Errors
/// When the file can not be read.
pub(super) fn ca_bundle(path: &Path) -> Result<Value, Failure> {
    files::read_text(path)
        .map(Value::String)
        .map_err(|error| Failure::usage(format!("--ca-bundle-file: {}: {error}", path.display())))
}
