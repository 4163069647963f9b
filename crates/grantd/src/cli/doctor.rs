//! `grantd doctor`.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::Context;
use crate::client::read_ca_file;
use crate::config::{Config, Flags};
use crate::doctor::{self, Check, Verdict};
use crate::failure::{Exit, Failure, one_line};
use crate::lifecycle;
use crate::output;
use crate::output::OutputFormat;
use crate::state_folder::StatePaths;

/// Look at this machine as grantd finds it, and say what is wrong and what to do
///
/// Files and their modes, the database and its keyring, the clock, limits, versions, and whether the server and
/// everything that it talks to can be reached. Changes nothing, with or without a server that runs. Run it as the
/// user that grantd runs as: `sudo -u grantd grantd doctor --state-dir /var/lib/grantd`. Ends with 1 if something
/// has failed.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Configuration file [default: the one that `grantd serve` reads]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Doctor {
    /// Looks at everything, and prints what was found.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let mut connection = context.connection.clone();
        let ca_file = connection.ca_file.take();
        connection.refuse("doctor", true)?;
        let ca_file =
            ca_file.or_else(|| context.environment.get("GRANTD_CA_FILE").map(PathBuf::from));
        let authorities = ca_file.as_deref().map(read_ca_file).transpose()?;
        let paths = StatePaths::find(
            context.connection.state_dir.as_deref(),
            &context.environment,
        )?;
        let flags = Flags {
            config: self.config,
            listen: None,
        };
        let loaded = Config::load(&flags, &context.environment);
        let (config, mut checks) = doctor::configuration(loaded);
        if let Some(config) = config {
            let examined =
                async { Ok(doctor::examine(&config, &paths, authorities.as_deref()).await) };
            checks.extend(lifecycle::run_briefly(examined)?);
        }
        match context.output {
            OutputFormat::Json => output::print_json(&document(&checks))?,
            OutputFormat::Table => output::print(&text(&checks))?,
        }
        match checks
            .iter()
            .filter(|check| check.verdict == Verdict::Failed)
            .count()
        {
            0 => Ok(()),
            // what has failed is told already
            _ => Err(Failure::of(Exit::Refused, [])),
        }
    }
}

fn document(checks: &[Check]) -> Value {
    let worst = checks.iter().map(|check| check.verdict).max();
    let checks: Vec<Value> = checks.iter().map(Check::json).collect();
    json!({ "verdict": worst.unwrap_or(Verdict::Ok).to_string(), "checks": checks })
}

/// A line for each check, and one for what to do where it is not in order.
fn text(checks: &[Check]) -> String {
    let width = checks.iter().map(|check| check.name.len()).max();
    let width = width.unwrap_or(0);
    let lines = checks.iter().flat_map(|check| {
        let (verdict, detail) = (check.verdict.to_string(), one_line(&check.detail));
        let found = format!("{verdict:7}  {:width$}  {detail}\n", check.name);
        let remedy = check.remedy.as_deref().map(|remedy| {
            let remedy = one_line(remedy);
            format!("{:7}  {:width$}  {remedy}\n", "", "")
        });
        std::iter::once(found).chain(remedy)
    });
    lines.collect()
}
