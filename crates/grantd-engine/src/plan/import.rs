//! Imports many credentials: all of them or nothing, or each that is right.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use grantd_model::{Actor, FieldError, Invalid, Slug};
use grantd_store::WriteUnit;

use super::keep::Look;
use super::run::{Purpose, Run, settled};
use super::{PlanOutcome, WantedCredential, keep, told};
use crate::{Engine, EngineError};

/// How many rows are kept at once where bad ones are skipped.
const CHUNK: usize = 200;

/// A credential of an import.
#[derive(Debug)]
pub struct ImportRow {
    /// Where it begins, counted from 1.
    pub line: u64,
    /// What it calls itself, for people; may be empty.
    pub name: String,
    /// The credential, or everything that is wrong with it.
    pub thing: Result<WantedCredential, Vec<FieldError>>,
}

/// What is done where rows are wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportMode {
    /// Nothing.
    AllOrNothing,
    /// The others are imported.
    SkipBadRows,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// It was added.
    Created(Slug),
    /// It is there already, and is the same.
    Unchanged(Slug),
    /// It is wrong, each fault by its place.
    Refused(Vec<FieldError>),
    /// It is right, and was not added, because others are wrong or the import ended early.
    NotDone(Slug),
}

/// A row with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedRow {
    /// Where it begins, counted from 1.
    pub line: u64,
    /// What it calls itself.
    pub name: String,
    /// What became of it.
    pub outcome: RowOutcome,
}

/// What became of an import.
#[derive(Debug)]
pub struct ImportReport {
    /// What was done where rows are wrong.
    pub mode: ImportMode,
    /// Each row, in order.
    pub rows: Vec<ImportedRow>,
    /// Why it ended early, when rows before were imported already.
    pub stopped: Option<EngineError>,
}

impl ImportReport {
    /// Whether nothing was imported, because rows are wrong.
    #[must_use]
    pub fn is_undone(&self) -> bool {
        self.mode == ImportMode::AllOrNothing && self.refused() > 0
    }

    /// How many rows are wrong.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.count(|outcome| matches!(outcome, RowOutcome::Refused(_)))
    }

    /// How many were added.
    #[must_use]
    pub fn created(&self) -> usize {
        self.count(|outcome| matches!(outcome, RowOutcome::Created(_)))
    }

    /// How many were there already.
    #[must_use]
    pub fn unchanged(&self) -> usize {
        self.count(|outcome| matches!(outcome, RowOutcome::Unchanged(_)))
    }

    /// Takes back rows that were to be added, from this one on.
    fn undo_from(&mut self, first: usize) {
        for row in self.rows.iter_mut().skip(first) {
            if let RowOutcome::Created(slug) = &row.outcome {
                row.outcome = RowOutcome::NotDone(slug.clone());
            }
        }
    }

    fn count(&self, is_meant: impl Fn(&RowOutcome) -> bool) -> usize {
        self.rows
            .iter()
            .filter(|row| is_meant(&row.outcome))
            .count()
    }
}

/// Is told how far an import is.
pub trait ImportObserver: Send + Sync {
    /// So many rows were looked at.
    fn looked_at(&self, rows: usize);
}

impl Engine {
    /// Adds credentials. One that is there already and is the same stays; one that is there and is another
    /// one is refused: an import adds, and changes nothing. Secrets of one that is there are not looked at. Of
    /// rows with one slug the first counts, the others are refused.
    ///
    /// # Errors
    /// Without a grant to manage something; when the store fails before anything is imported. What is wrong with
    /// a row stands in the report, and so does why it ended early.
    pub async fn import_credentials(
        &self,
        actor: &Actor,
        mut rows: Vec<ImportRow>,
        mode: ImportMode,
        observer: Option<&dyn ImportObserver>,
    ) -> Result<ImportReport, EngineError> {
        self.check_planner(actor)?;
        refuse_repeated(&mut rows);
        let chunk = match mode {
            ImportMode::AllOrNothing => usize::MAX,
            ImportMode::SkipBadRows => CHUNK,
        };
        let mut report = ImportReport {
            mode,
            rows: Vec::with_capacity(rows.len()),
            stopped: None,
        };
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let first = report.rows.len();
            let chunk = rows.by_ref().take(chunk);
            let imported = self.import_chunk(actor, chunk, &mut report, observer).await;
            match imported {
                Ok(()) => {}
                Err(error) if first == 0 => return Err(error),
                Err(error) => {
                    report.undo_from(first);
                    report.rows.extend(rows.by_ref().map(|row| apart(row).0));
                    report.stopped = Some(error);
                }
            }
        }
        Ok(report)
    }

    /// Imports rows as a whole. Those that are looked at when it fails stand in the report and are not kept.
    async fn import_chunk(
        &self,
        actor: &Actor,
        rows: impl Iterator<Item = ImportRow> + Send,
        report: &mut ImportReport,
        observer: Option<&dyn ImportObserver>,
    ) -> Result<(), EngineError> {
        let mut unit = self.parts().store.write().await?;
        for row in rows {
            let (untried, thing) = apart(row);
            report.rows.push(untried);
            let outcome = self.import_row(unit.as_mut(), actor, thing).await?;
            if let Some(row) = report.rows.last_mut() {
                row.outcome = outcome;
            }
            if let Some(observer) = observer {
                observer.looked_at(report.rows.len());
            }
        }
        if report.is_undone() {
            report.undo_from(0);
            return Ok(());
        }
        self.commit_all(unit, Vec::new()).await
    }

    async fn import_row(
        &self,
        unit: &mut dyn WriteUnit,
        actor: &Actor,
        thing: Result<WantedCredential, Vec<FieldError>>,
    ) -> Result<RowOutcome, EngineError> {
        let thing = match thing {
            Ok(thing) => thing,
            Err(faults) => return Ok(RowOutcome::Refused(faults)),
        };
        let slug = thing.slug.clone();
        let before = unit.credentials().by_slug(&slug).await?;
        let mut run = Run::new(self, actor, unit, Purpose::Apply);
        let outcome = match before {
            None => run.add(thing).await,
            Some(before) => match run.changed(&before, thing).await {
                Ok(after) => {
                    let after = after.and_then(|after| keep::kept(Look::Unopened, &before, after));
                    Ok(after.map_or(PlanOutcome::Unchanged, |after| {
                        differs(told::of_credential(&before, &after))
                    }))
                }
                Err(error) => Err(error),
            },
        };
        Ok(match settled(outcome)? {
            PlanOutcome::Create(_) => RowOutcome::Created(slug),
            PlanOutcome::Update(_) | PlanOutcome::Unchanged => RowOutcome::Unchanged(slug),
            PlanOutcome::Refused(faults) => RowOutcome::Refused(faults),
        })
    }
}

/// Refuses rows whose slug an earlier one has: the earlier would hide them, and with them another secret.
fn refuse_repeated(rows: &mut [ImportRow]) {
    let mut lines = BTreeMap::new();
    for row in rows {
        let Ok(thing) = &row.thing else { continue };
        match lines.entry(thing.slug.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(row.line);
            }
            Entry::Occupied(entry) => {
                let detail = format!(
                    "a slug that no other row has is expected, line {} has {} too",
                    entry.get(),
                    thing.slug
                );
                row.thing = Err(vec![Invalid::new("repeated", detail).at("/slug")]);
            }
        }
    }
}

/// A row as it stands in a report if it is not come to, and what it wants.
fn apart(row: ImportRow) -> (ImportedRow, Result<WantedCredential, Vec<FieldError>>) {
    let ImportRow { line, name, thing } = row;
    let outcome = match &thing {
        Ok(thing) => RowOutcome::NotDone(thing.slug.clone()),
        Err(faults) => RowOutcome::Refused(faults.clone()),
    };
    let untried = ImportedRow {
        line,
        name,
        outcome,
    };
    (untried, thing)
}

fn differs(changes: Vec<super::MemberChange>) -> PlanOutcome {
    let members: Vec<String> = changes.into_iter().map(|it| it.member).collect();
    let detail = format!(
        "a credential of this slug is there and is another one: {}; an import changes none",
        members.join(", ")
    );
    PlanOutcome::Refused(vec![Invalid::new("taken", detail).at("/slug")])
}
