//! `grantd backup`.

mod create;
mod restore;
mod verify;

use clap::Subcommand;
use serde_json::{Value, json};

use super::Context;
use super::listing::{seconds, text};
use crate::backup_file::{AuditFound, Found};
use crate::failure::{Exit, Failure};
use crate::output::record;

/// Copy everything that a running grantd keeps into one file; check and restore it
#[derive(Debug, Subcommand)]
pub(crate) enum Backup {
    Create(create::Create),
    Verify(verify::Verify),
    Restore(restore::Restore),
}

impl Backup {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(context),
            Self::Verify(verify) => verify.run(context),
            Self::Restore(restore) => restore.run(context),
        }
    }
}

/// The members in the order in which people look for them.
const ORDER: [&str; 7] = [
    "made",
    "by_grantd",
    "installation",
    "schema",
    "needs_keys",
    "database",
    "audit_log",
];

/// What was found in a backup, as a document.
fn document(found: &Found) -> Value {
    let manifest = &found.manifest;
    let keys = manifest.keys.iter();
    let keys: Vec<Value> = keys
        .map(|key| json!({ "key": key.id, "values": key.values }))
        .collect();
    json!({
        "created_at": manifest.created_at.to_string(),
        "version": manifest.version,
        "installation": manifest.installation,
        "schema": found.inspected.schema,
        "keys": keys,
        "database_bytes": manifest.database_bytes,
        "audit_seq": manifest.audit_seq,
        "audit_mac": manifest.audit_mac,
        "audit_intact": match &found.audit {
            AuditFound::Unopened | AuditFound::Unchained => None,
            AuditFound::KeyGone => Some(false),
            AuditFound::Checked(check) => Some(check.is_intact()),
        },
        "audit_chained": !matches!(found.audit, AuditFound::Unchained),
    })
}

/// The same as people read it.
fn shown(document: &Value) -> String {
    let keys = document["keys"].as_array().into_iter().flatten();
    let keys: Vec<String> = keys
        .map(|key| format!("{} ({} values)", text(&key["key"]), text(&key["values"])))
        .collect();
    let audit = match document["audit_intact"].as_bool() {
        Some(true) => "intact",
        Some(false) => "not intact",
        None if document["audit_chained"] == true => "not checked, that takes the keyring",
        None => "from before there was a chain, nothing secures them",
    };
    let shown = json!({
        "made": seconds(&document["created_at"]),
        "by_grantd": document["version"],
        "installation": document["installation"],
        "schema": document["schema"],
        "needs_keys": keys.join(", "),
        "database": format!("{} bytes, sound", text(&document["database_bytes"])),
        "audit_log": format!("{} entries, {audit}", text(&document["audit_seq"])),
    });
    record(&shown, &ORDER)
}

/// What is wrong with the audit log in it.
///
/// # Errors
/// With all of it.
fn check_audit(found: &Found) -> Result<(), Failure> {
    match &found.audit {
        AuditFound::Checked(check) if !check.is_intact() => {
            let faults = check.faults.iter();
            let lines = faults.map(|fault| format!("the audit log in it: {fault}"));
            Err(Failure::of(Exit::Refused, lines))
        }
        AuditFound::KeyGone => Err(Failure::refused(
            "the audit log in it: somebody took away the key that it is checked with",
        )),
        _ => Ok(()),
    }
}
