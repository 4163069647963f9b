//! What is to change of a credential, as a merge patch.

use serde_json::{Map, Value};

use super::flags::SettingFlags;
use super::secret::SecretFlags;
use crate::failure::Failure;
use crate::nearest::suggestion;

/// What can be cleared.
const CLEARABLE: [&str; 17] = [
    "allowed_mailboxes",
    "audience",
    "basic_encoding",
    "bound_hosts",
    "ca_bundle",
    "connect_timeout_s",
    "description",
    "egress_proxy",
    "headers",
    "labels",
    "owner",
    "parameters",
    "provider",
    "request_timeout_s",
    "resources",
    "scope",
    "secret_expires_at",
];

/// The members that change; null for those that are cleared.
///
/// # Errors
/// When a file can not be read or a pair is none, or a setting is set and cleared at once.
pub(super) fn patch(
    settings: &SettingFlags,
    secret: &SecretFlags,
    clear: &[String],
) -> Result<Map<String, Value>, Failure> {
    let mut members = settings.members()?;
    secret.put(&mut members)?;
    for name in clear {
        if members.insert(name.clone(), Value::Null).is_some() {
            return Err(Failure::usage(format!(
                "`{name}` can not be set and cleared at once"
            )));
        }
    }
    Ok(members)
}

/// The name of a setting that can be cleared.
///
/// # Errors
/// Names the nearest, or all.
pub(super) fn clearable(text: &str) -> Result<String, String> {
    let name = text.replace('-', "_");
    if CLEARABLE.contains(&name.as_str()) {
        Ok(name)
    } else {
        Err(suggestion(&name, CLEARABLE))
    }
}
