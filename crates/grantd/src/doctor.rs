//! What `grantd doctor` looks at, each with what was found and what to do about it.
//!
//! Invariant: nothing is changed, made or written; every step ends within its time.

mod database;
mod limits;
mod places;
mod reach;

use std::fmt;

use serde_json::{Value, json};

use crate::config::Config;
use crate::failure::Failure;
use crate::state_folder::StatePaths;

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Ok,
    Warning,
    Failed,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
        })
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    /// What it is, such as `files: state folder`.
    pub(crate) name: String,
    pub(crate) verdict: Verdict,
    /// What was found.
    pub(crate) detail: String,
    /// What to do about it, where it is not in order.
    pub(crate) remedy: Option<String>,
}

impl Check {
    fn of(name: impl Into<String>, verdict: Verdict, detail: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            verdict,
            detail: detail.into(),
            remedy: None,
        }
    }

    fn ok(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::of(name, Verdict::Ok, detail)
    }

    fn warning(
        name: impl Into<String>,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let mut check = Self::of(name, Verdict::Warning, detail);
        check.remedy = Some(remedy.into());
        check
    }

    fn failed(
        name: impl Into<String>,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let mut check = Self::of(name, Verdict::Failed, detail);
        check.remedy = Some(remedy.into());
        check
    }

    /// As a document.
    pub(crate) fn json(&self) -> Value {
        json!({
            "name": self.name,
            "verdict": self.verdict.to_string(),
            "detail": self.detail,
            "remedy": self.remedy,
        })
    }
}

/// The configuration, or a check for each thing that is wrong with it.
pub(crate) fn configuration(loaded: Result<Config, Failure>) -> (Option<Config>, Vec<Check>) {
    let name = "configuration";
    match loaded {
        Ok(config) => {
            let read = config.file.as_ref().map_or_else(
                || "no file, the defaults".to_owned(),
                |file| file.display().to_string(),
            );
            (Some(config), vec![Check::ok(name, read)])
        }
        Err(failure) => {
            let remedy = "Correct it; `grantd config reference` tells what can be set.";
            let faults = failure.faults.into_iter();
            let checks = faults.map(|fault| Check::failed(name, fault.detail, remedy));
            (None, checks.collect())
        }
    }
}

/// Looks at everything; the server may be from one of these authorities as well.
pub(crate) async fn examine(
    config: &Config,
    paths: &StatePaths,
    authorities: Option<&str>,
) -> Vec<Check> {
    let mut checks = places::examine(config, paths);
    let (of_database, targets) = database::examine(config, paths).await;
    checks.extend(of_database);
    let server = reach::server(paths);
    checks.extend(limits::examine(paths, server.process));
    checks.extend(reach::examine(config, &server, authorities, targets).await);
    checks
}
