//! A merge patch over a credential (RFC 7396), as the form that results.

use grantd_model::{Credential, FieldError, Health, Invalid};
use serde_json::{Map, Value};

use super::representation::{CredentialOut, SettingsOut};
use crate::credential_form::{CredentialForm, Kept};
use crate::json_body::{JsonBytes, pointer, without_value};
use crate::problem::Problem;

const REFERENCE: &str = "client_secret_reference";

/// The form of the credential with the patch applied, and what it has of a secret then.
pub(crate) fn merged(
    before: &Credential,
    patch: &JsonBytes,
) -> Result<(CredentialForm, Kept), Problem> {
    let form = patch;
    let patch: Map<String, Value> = form.read()?;
    refuse_read_only(before, &patch)?;
    // the patch itself must be of the form: an unknown member is not excused by its null
    form.read::<CredentialForm>()?;
    let mut form = writable(before);
    make_room(&mut form, &patch);
    if let Some(reference) = patched_reference(before, &patch) {
        form.insert(REFERENCE.to_owned(), reference);
    }
    let kept = kept(before, &patch);
    let mut form = Value::Object(form);
    apply(&mut form, Value::Object(patch));
    let form = serde_path_to_error::deserialize(form).map_err(|error| {
        let detail = without_value(&error.inner().to_string());
        Problem::unreadable(&pointer(error.path()), &detail)
    })?;
    Ok((form, kept))
}

/// What can be set, as it is now; the secret is not there and stays unless the patch has one.
fn writable(before: &Credential) -> Map<String, Value> {
    let Ok(Value::Object(mut form)) = serde_json::to_value(SettingsOut::new(before)) else {
        return Map::new();
    };
    form.remove("secret_source");
    form.remove(REFERENCE);
    form
}

/// The reference to an external secret, where the patch changes a part of it.
fn patched_reference(before: &Credential, patch: &Map<String, Value>) -> Option<Value> {
    patch.get(REFERENCE)?.as_object()?;
    let shown = serde_json::to_value(SettingsOut::new(before)).ok()?;
    shown
        .get(REFERENCE)
        .filter(|kept| kept.is_object())
        .cloned()
}

/// Taking the reference out leaves nothing.
fn kept(before: &Credential, patch: &Map<String, Value>) -> Kept {
    match Kept::of(before) {
        Kept::External if patch.get(REFERENCE) == Some(&Value::Null) => Kept::Nothing,
        kept => kept,
    }
}

/// Takes out what a member of the patch makes pointless, so that one member says enough.
fn make_room(form: &mut Map<String, Value>, patch: &Map<String, Value>) {
    let set = |name: &str| patch.get(name).is_some_and(|value| !value.is_null());
    if set("scope") {
        form.remove("no_scope");
    }
    if patch.get("no_scope") == Some(&Value::Bool(true)) {
        form.remove("scope");
    }
    if patch
        .get("token_endpoint_auth_method")
        .and_then(Value::as_str)
        != Some("client_secret_basic")
        && set("token_endpoint_auth_method")
    {
        form.remove("basic_encoding");
    }
}

/// A member that only grantd sets is refused, so that nobody takes it for changed.
fn refuse_read_only(before: &Credential, patch: &Map<String, Value>) -> Result<(), Problem> {
    let health = Health::of(before, None, before.updated.at);
    let shown = CredentialOut::new(before, Vec::new()).with_health(&health);
    let Ok(Value::Object(shown)) = serde_json::to_value(shown) else {
        return Ok(());
    };
    let settable = writable(before);
    let faults: Vec<FieldError> = patch
        .keys()
        .filter(|name| shown.contains_key(*name) && !settable.contains_key(*name))
        .filter(|name| !["slug", "secret_source", REFERENCE].contains(&name.as_str()))
        .map(|name| {
            Invalid::new("read_only", "no value is expected, grantd sets it").at(format!("/{name}"))
        })
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Problem::fields(faults))
    }
}

fn apply(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else {
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(&name);
        } else {
            apply(target.entry(name).or_insert(Value::Null), value);
        }
    }
}
