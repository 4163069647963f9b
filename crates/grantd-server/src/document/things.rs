//! One thing of a document, read as the API reads one that is added.

use grantd_engine::{KeptSecret, WantedCredential, WantedListener, WantedSource};
use grantd_model::secret_reference::SourceName;
use grantd_model::{FieldError, Invalid, Slug};
use serde_json::Value;

use crate::api::{listeners, sources};
use crate::credential_form::{CredentialForm, Kept, parse};
use crate::json_body::JsonBytes;

/// A credential. Whether a secret that it does not give is kept is seen when it is planned.
pub(super) fn credential(
    name: &str,
    thing: &mut Value,
) -> Result<WantedCredential, Vec<FieldError>> {
    let slug = slug(name)?;
    refuse_member(
        thing,
        "slug",
        "the name of the table is the slug; leave it out",
    )?;
    let form: CredentialForm = JsonBytes::from_value(thing)
        .read()
        .map_err(crate::problem::Problem::into_faults)?;
    let kept = match form.secret_source.as_deref() {
        Some("internal") => KeptSecret::Internal,
        Some("external") => KeptSecret::External,
        _ => KeptSecret::Any,
    };
    let (draft, _) = parse(form, Kept::Whatever)?;
    Ok(WantedCredential { slug, draft, kept })
}

/// An email listener.
pub(super) fn listener(name: &str, thing: &mut Value) -> Result<WantedListener, Vec<FieldError>> {
    let slug = slug(name)?;
    refuse_member(
        thing,
        "slug",
        "the name of the table is the slug; leave it out",
    )?;
    let paused = match taken(thing, "paused") {
        None | Some(Value::Null) => None,
        Some(Value::Bool(paused)) => Some(paused),
        Some(_) => {
            let fault = Invalid::new("unreadable", "true or false is expected");
            return Err(vec![fault.at("/paused")]);
        }
    };
    let draft = listeners::create::draft(thing).map_err(crate::problem::Problem::into_faults)?;
    Ok(WantedListener {
        slug,
        draft,
        paused,
    })
}

/// A secret source.
pub(super) fn source(name: &str, thing: &mut Value) -> Result<WantedSource, Vec<FieldError>> {
    let name = SourceName::try_from(name).map_err(|fault| vec![fault.at("")])?;
    refuse_member(
        thing,
        "name",
        "the name of the table is the name; leave it out",
    )?;
    let taken = sources::form::take(thing.take(), None);
    let taken = taken.map_err(crate::problem::Problem::into_faults)?;
    if taken.input.is_wrapped {
        let detail = "no wrapping token is expected in a document, as it is good for one time";
        return Err(vec![
            Invalid::new("unexpected", detail).at("/secret_is_wrapped"),
        ]);
    }
    Ok(WantedSource {
        name,
        draft: taken.draft,
        secret: taken.input.secret,
    })
}

fn slug(name: &str) -> Result<Slug, Vec<FieldError>> {
    Slug::try_from(name).map_err(|fault| vec![fault.at("")])
}

fn taken(thing: &mut Value, member: &str) -> Option<Value> {
    thing.as_object_mut()?.remove(member)
}

fn refuse_member(thing: &Value, member: &str, detail: &'static str) -> Result<(), Vec<FieldError>> {
    match thing.get(member) {
        None => Ok(()),
        Some(_) => Err(vec![
            Invalid::new("unexpected", detail).at(format!("/{member}")),
        ]),
    }
}
