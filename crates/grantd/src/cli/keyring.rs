//! `grantd keyring`.

use clap::Args;
use http::Method;
use serde_json::Value;

use super::Context;
use super::listing::{seconds, text};
use crate::client::Call;
use crate::failure::Failure;
use crate::output::record;

/// Show which keyring seals what is kept, and how far a move to another one has come
///
/// Where it is, and where it is moved from, is set in `[keyring]` and `[keyring.from]` of the configuration.
#[derive(Debug, Args)]
pub(crate) struct Keyring;

/// The members in the order in which people look for them.
const ORDER: [&str; 6] = ["place", "key", "made", "keys", "values", "move"];

impl Keyring {
    /// Shows it.
    pub(super) fn run(context: &Context) -> Result<(), Failure> {
        let answer = context.call(Call::new(Method::GET, &["keyring"]))?;
        context.print(&answer.document, shown)
    }
}

fn shown(document: &Value) -> String {
    let mut shown = document.clone();
    shown["made"] = seconds(&document["key_created_at"]).into();
    let (all, left) = (&document["values"], &document["values_left"]);
    shown["move"] = match left.as_u64() {
        Some(0) => "done, every value is under this key".into(),
        _ => format!(
            "{} of {} values are still under an earlier key",
            text(left),
            text(all)
        )
        .into(),
    };
    if let Value::Object(members) = &mut shown {
        members.remove("key_created_at");
        members.remove("values_left");
    }
    record(&shown, &ORDER)
}
