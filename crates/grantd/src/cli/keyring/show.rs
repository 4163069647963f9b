//! `grantd keyring show`.

use clap::Args;
use http::Method;
use serde_json::Value;

use crate::cli::Context;
use crate::cli::listing::{seconds, text};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::record;

/// Show which keyring seals what is kept, and how far values have come that are brought under its key
///
/// Where it is, and where it is moved from, is set in `[keyring]` and `[keyring.from]` of the configuration.
#[derive(Debug, Args)]
pub(crate) struct Show;

/// The members in the order in which people look for them.
const ORDER: [&str; 7] = ["place", "key", "made", "keys", "earlier", "values", "move"];

impl Show {
    /// Shows it.
    pub(super) fn run(context: &Context) -> Result<(), Failure> {
        let answer = context.call(Call::new(Method::GET, &["keyring"]))?;
        context.print(&answer.document, shown)
    }
}

/// The keyring as people read one.
pub(super) fn shown(document: &Value) -> String {
    let mut shown = document.clone();
    shown["made"] = seconds(&document["key_created_at"]).into();
    let (all, left) = (&document["values"], &document["values_left"]);
    let damaged = match document["values_damaged"].as_u64() {
        None | Some(0) => String::new(),
        Some(number) => format!(", {number} of them do not open"),
    };
    shown["move"] = match left.as_u64() {
        Some(0) => "done, every value is under this key".into(),
        _ => format!(
            "{} of {} values are still under an earlier key{damaged}",
            text(left),
            text(all)
        )
        .into(),
    };
    let earlier = document["earlier"].as_array().into_iter().flatten();
    let earlier: Vec<String> = earlier
        .map(|key| format!("{} ({} values)", text(&key["key"]), text(&key["values"])))
        .collect();
    shown["earlier"] = earlier.join(", ").into();
    if let Value::Object(members) = &mut shown {
        members.remove("key_created_at");
        members.remove("values_left");
        members.remove("values_damaged");
        members.remove("damaged");
    }
    record(&shown, &ORDER)
}
