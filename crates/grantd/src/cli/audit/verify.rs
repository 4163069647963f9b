//! `grantd audit verify`.

use std::path::{Path, PathBuf};

use clap::Args;
use grantd_store::backup::{BackupManifest, MOST_MANIFEST_BYTES};
use http::Method;
use serde_json::{Value, json};

use crate::cli::Context;
use crate::cli::listing::{seconds, text};
use crate::client::Call;
use crate::failure::{Exit, Failure};
use crate::files;
use crate::output::record;

/// Check that no entry of the log was altered, removed or put in
///
/// Ends with exit code 1 if something is wrong. What a checkpoint adds: that no whole earlier state was put
/// back.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// File with what `grantd audit checkpoint` printed, or a backup, whose first line is one
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
}

/// The members in the order in which people look for them.
const ORDER: [&str; 5] = ["result", "entries", "chain", "newest", "checkpoint"];

impl Verify {
    /// Has it checked.
    pub(super) fn run(&self, context: &Context) -> Result<(), Failure> {
        let checkpoint = self.checkpoint.as_deref().map(read).transpose()?;
        let body = match checkpoint {
            Some(checkpoint) => json!({ "checkpoint": checkpoint }),
            None => json!({}),
        };
        let call = Call::new(Method::POST, &["audit", "checks"]).json(body);
        let found = context.call(call.patient())?.document;
        context.print(&found, shown)?;
        if found["intact"] == true {
            return Ok(());
        }
        let faults = found["faults"].as_array().into_iter().flatten();
        let mut lines: Vec<String> = faults.map(|fault| text(&fault["detail"])).collect();
        let more = found["fault_count"].as_u64().unwrap_or(0);
        let more = more.saturating_sub(lines.len() as u64);
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
        Err(Failure::of(Exit::Refused, lines).with_remedy(
            "Somebody changed the database without grantd. Compare with an exported log or a backup.",
        ))
    }
}

fn read(path: &Path) -> Result<Value, Failure> {
    let wrong = |detail: &dyn std::fmt::Display| {
        Failure::usage(format!("--checkpoint: {}: {detail}", path.display()))
    };
    let beginning = files::read_beginning(path, MOST_MANIFEST_BYTES);
    let beginning = beginning.map_err(|error| wrong(&error))?;
    let line = beginning.split(|byte| *byte == b'\n').next();
    if let Ok(manifest) = BackupManifest::read(line.unwrap_or_default()) {
        return Ok(json!({
            "installation": manifest.installation,
            "seq": manifest.audit_seq,
            "mac": manifest.audit_mac,
            "at": manifest.created_at,
        }));
    }
    let text = files::read_text(path).map_err(|error| wrong(&error))?;
    let document: Value = serde_json::from_str(&text)
        .map_err(|error| wrong(&format!("JSON is expected: {error}")))?;
    if document["mac"].is_string() {
        Ok(document)
    } else {
        Err(wrong(
            &"what `grantd audit checkpoint` prints is expected, or a backup",
        ))
    }
}

fn shown(found: &Value) -> String {
    let mut shown = Value::Null;
    shown["result"] = match found["intact"].as_bool() {
        Some(true) => "intact".into(),
        _ => "not intact".into(),
    };
    shown["entries"] = match found["before_chain"].as_u64() {
        Some(before) if before > 0 => format!(
            "{} checked, {before} from before the chain are not secured by it",
            text(&found["entries"])
        )
        .into(),
        _ => format!("{} checked", text(&found["entries"])).into(),
    };
    shown["chain"] = format!("since {}", seconds(&found["begun_at"])).into();
    shown["newest"] = format!(
        "{} {}",
        text(&found["checkpoint"]["seq"]),
        text(&found["checkpoint"]["mac"])
    )
    .into();
    shown["checkpoint"] = match found["against"].as_str() {
        Some("confirmed") => "confirmed: the log holds what it held then".into(),
        Some("too_old") => "too old: that entry was removed by age since".into(),
        Some(_) => "refuted".into(),
        None => "none given".into(),
    };
    record(&shown, &ORDER)
}
