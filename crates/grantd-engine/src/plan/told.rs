//! What becomes of a thing, member by member; never a secret.

use std::collections::{BTreeMap, BTreeSet};

use grantd_model::{Credential, Listener, ListenerDraft, SecretValue, Settings, Source};

use super::MemberChange;
use crate::credentials::changes::describe;
use crate::flat::flatten;
use crate::sources::told::described;

/// What stands for a value that is absent.
const NONE: &str = "none";

/// The members of a new credential.
pub(super) fn of_new_credential(credential: &Credential) -> Vec<MemberChange> {
    let members = describe(credential, None).into_iter();
    members
        .filter_map(|(name, value)| {
            Some(MemberChange {
                member: member(name),
                before: None,
                after: Some(present(value)?),
            })
        })
        .collect()
}

/// The members of a credential that change. A secret that is given is told as given, for it may be the one
/// that is there.
pub(super) fn of_credential(before: &Credential, after: &Credential) -> Vec<MemberChange> {
    let newest = Some(before.secret_counter);
    let both = describe(before, newest)
        .into_iter()
        .zip(describe(after, newest));
    let mut changes: Vec<MemberChange> = both
        .filter(|(old, new)| old.1 != new.1)
        .map(|((name, old), (_, new))| MemberChange {
            member: member(name),
            before: present(old),
            after: present(new),
        })
        .collect();
    // what is not repeated may differ and look alike
    let (old, new) = (&before.settings, &after.settings);
    let query = |of: &Settings| of.token_endpoint.url().query().map(str::to_owned);
    for (member, differs) in [
        ("token_endpoint_query", query(old) != query(new)),
        ("ca_bundle", old.ca_bundle != new.ca_bundle),
    ] {
        if differs && !changes.iter().any(|it| it.member == member) {
            changes.push(MemberChange {
                member: member.to_owned(),
                before: Some("set".to_owned()),
                after: Some("set to another one".to_owned()),
            });
        }
    }
    changes
}

/// The names that documents have for what the audit log tells.
fn member(name: &str) -> String {
    match name {
        "authentication_method" => "token_endpoint_auth_method",
        other => other,
    }
    .to_owned()
}

fn present(value: String) -> Option<String> {
    (!value.is_empty() && value != NONE).then_some(value)
}

/// The members of a listener that change, or all of a new one. Its credential is told by these names.
pub(super) fn of_listener(
    before: Option<&Listener>,
    after: &Listener,
    (earlier, credential): (&str, &str),
) -> Vec<MemberChange> {
    let flat = |listener: &Listener, of: &str| {
        let mut flat = BTreeMap::new();
        let draft = ListenerDraft {
            credential: of.to_owned(),
            ..ListenerDraft::of(&listener.settings)
        };
        if let Ok(document) = serde_json::to_value(draft) {
            flatten(String::new(), &document, &mut flat);
        }
        flat.insert("paused".to_owned(), listener.paused.to_string());
        flat
    };
    let before = before.map(|before| flat(before, earlier));
    between(before, &flat(after, credential))
}

/// The members of a source that change, or all of a new one. A secret that is given for one that is there is
/// told as given.
pub(super) fn of_source(before: Option<&Source>, after: &Source) -> Vec<MemberChange> {
    let mut members = described(after);
    let is_given = |before: &Source| after.secret_counter > before.secret_counter;
    if before.is_some_and(is_given)
        && let Some(secret) = &after.secret
        && let SecretValue::Internal(_) = secret.value
    {
        members.insert("secret".to_owned(), "given, sealed".to_owned());
    }
    between(before.map(described), &members)
}

fn between(
    before: Option<BTreeMap<String, String>>,
    after: &BTreeMap<String, String>,
) -> Vec<MemberChange> {
    let before = before.unwrap_or_default();
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| MemberChange {
            member: name.clone(),
            before: before.get(name).cloned().and_then(present),
            after: after.get(name).cloned().and_then(present),
        })
        .filter(|change| change.before != change.after)
        .collect()
}
