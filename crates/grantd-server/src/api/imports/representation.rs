//! What became of an import, row by row; never a secret.

use grantd_engine::{ImportReport, ImportedRow, RowOutcome};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::problem::{Problem, ProblemDocument};

/// What became of an import.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportOut {
    /// `done`, `refused` if rows are wrong and nothing was imported because of that, or `stopped` if it ended
    /// early: then the rows that are `not_done` can be sent again.
    #[schema(example = "done")]
    result: &'static str,
    /// How many rows there are.
    rows: usize,
    /// How many were added.
    created: usize,
    /// How many were there already.
    unchanged: usize,
    /// How many are wrong.
    refused: usize,
    /// Each row.
    items: Vec<RowOut>,
    /// Why it ended early.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ProblemDocument>)]
    problem: Option<Value>,
}

/// What became of a row.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowOut {
    /// Where it begins, counted from 1.
    #[schema(minimum = 1)]
    line: u64,
    /// What it calls itself.
    name: String,
    /// Its slug, null where it is wrong.
    slug: Option<String>,
    /// `created`, `unchanged`, `refused`, or `not_done` if it is right, and others are wrong or it was not come to.
    #[schema(example = "created")]
    outcome: &'static str,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<RowFault>,
}

/// What is wrong with a row.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowFault {
    /// In which column; empty where it is of the row as a whole.
    #[schema(example = "token_endpoint")]
    pub(crate) column: String,
    /// Stable, `snake_case`.
    #[schema(example = "https_required")]
    code: &'static str,
    /// What is wrong and what is expected.
    pub(crate) detail: String,
}

impl From<ImportReport> for ImportOut {
    fn from(report: ImportReport) -> Self {
        Self {
            result: match (report.is_undone(), &report.stopped) {
                (true, _) => "refused",
                (false, Some(_)) => "stopped",
                (false, None) => "done",
            },
            rows: report.rows.len(),
            created: report.created(),
            unchanged: report.unchanged(),
            refused: report.refused(),
            items: report.rows.iter().map(RowOut::from).collect(),
            problem: report
                .stopped
                .map(|error| Problem::from(error).into_document()),
        }
    }
}

/// The name of what became of a row.
pub(crate) const fn outcome(outcome: &RowOutcome) -> &'static str {
    match outcome {
        RowOutcome::Created(_) => "created",
        RowOutcome::Unchanged(_) => "unchanged",
        RowOutcome::Refused(_) => "refused",
        RowOutcome::NotDone(_) => "not_done",
    }
}

/// What is wrong with a row, by column.
pub(crate) fn faults(row: &RowOutcome) -> Vec<RowFault> {
    let RowOutcome::Refused(faults) = row else {
        return Vec::new();
    };
    let faults = faults.iter().map(|fault| {
        let column = fault.pointer.trim_start_matches('/').replace('/', ".");
        RowFault {
            column: column.replace("~1", "/").replace("~0", "~"),
            code: fault.code,
            detail: fault.detail.clone(),
        }
    });
    faults.collect()
}

impl From<&ImportedRow> for RowOut {
    fn from(row: &ImportedRow) -> Self {
        Self {
            line: row.line,
            name: row.name.clone(),
            slug: match &row.outcome {
                RowOutcome::Created(slug)
                | RowOutcome::Unchanged(slug)
                | RowOutcome::NotDone(slug) => Some(slug.to_string()),
                RowOutcome::Refused(_) => None,
            },
            outcome: outcome(&row.outcome),
            errors: faults(&row.outcome),
        }
    }
}
