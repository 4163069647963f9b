//! `grantd config check`.

mod machine;

use clap::Args;
use serde_json::{Value, json};

use super::{ServeFlags, place};
use crate::cli::Context;
use crate::config::{Config, Fault};
use crate::failure::{Exit, Failure};
use crate::output::{self, OutputFormat};
use crate::own_places;
use crate::state_folder::StatePaths;

/// Name everything that is wrong with the configuration, and touch nothing
///
/// Reads what `grantd serve` would read. Ends with 0 if it can serve with it, with 2 if not. What it serves with, and
/// what will fail all the same, such as a certificate that has ended, is told beside the result.
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    flags: ServeFlags,
}

impl Check {
    /// Reads the configuration and says what is wrong.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        context.connection.refuse("config check", true)?;
        let reading = Config::examine(&self.flags.into(), &context.environment)?;
        let file = reading.file.as_ref().map(|file| file.display().to_string());
        let mut lines = Vec::new();
        let mut faults = Vec::new();
        let mut warnings = Vec::new();
        match reading.result {
            Ok(config) => {
                let state = context.connection.state_dir.as_deref();
                // without a state folder there is nothing of grantd's own to be reached
                let paths = StatePaths::find(state, &context.environment);
                let reached = paths.map(|paths| own_places::check(&config, paths.folder()));
                if let Ok(Err(failure)) = reached {
                    lines.extend(failure.faults.into_iter().map(|fault| fault.detail));
                }
                lines.extend(machine::faults(&config));
                faults.extend(lines.iter().map(|line| json!({ "detail": line })));
                warnings = machine::warnings(&config);
            }
            Err(found) => {
                lines.extend(found.iter().map(ToString::to_string));
                faults.extend(found.iter().map(document));
            }
        }
        if context.output == OutputFormat::Json {
            output::print_json(&json!({
                "file": file,
                "ok": faults.is_empty(),
                "faults": faults,
                "warnings": warnings,
            }))?;
            return match faults.len() {
                0 => Ok(()),
                1 => Err(Failure::usage("1 fault in the configuration")),
                many => Err(Failure::usage(format!(
                    "{many} faults in the configuration"
                ))),
            };
        }
        for warning in warnings {
            output::note(&format!("warning: {warning}"));
        }
        if lines.is_empty() {
            let read = file.unwrap_or_else(|| "no file, the defaults".to_owned());
            return output::print(&format!("the configuration is in order: {read}\n"));
        }
        Err(Failure::of(Exit::Usage, lines))
    }
}

fn document(fault: &Fault) -> Value {
    let mut document = place(&fault.place);
    if !fault.key.is_empty() {
        document["setting"] = fault.key.as_str().into();
    }
    document["detail"] = fault.detail.as_str().into();
    document
}
