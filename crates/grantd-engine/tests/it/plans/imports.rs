//! Imports: all rows or nothing, or each that is right.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use grantd_engine::{EngineError, ImportMode, ImportObserver, ImportReport, ImportRow, RowOutcome};
use grantd_model::{AuditAction, CredentialDraft, FieldError, Invalid, Secret, SecretInput};
use grantd_secrets::Sources;
use grantd_testkit::fixtures::minimal;
use grantd_testkit::{FailingStore, MemoryStore, TestEngine};

use super::{slugs, wanted};
use crate::created;

fn row(line: u64, slug: &str, draft: CredentialDraft) -> ImportRow {
    ImportRow {
        line,
        name: draft.settings.name.to_string(),
        thing: wanted(slug, draft).thing,
    }
}

/// The same with another secret.
fn another_secret(name: &str) -> CredentialDraft {
    let mut draft = minimal(name);
    let given = SecretInput::Internal(Secret::from("another"));
    draft.authentication = draft.authentication.method().with_secret(given);
    draft
}

fn bad(line: u64) -> ImportRow {
    let fault: FieldError = Invalid::new("required", "a value is expected").at("/name");
    ImportRow {
        line,
        name: String::new(),
        thing: Err(vec![fault]),
    }
}

async fn imported(engine: &TestEngine, rows: Vec<ImportRow>, mode: ImportMode) -> ImportReport {
    let admin = engine.as_admin();
    let report = engine.import_credentials(&admin, rows, mode, None).await;
    report.unwrap()
}

fn words(report: &ImportReport) -> Vec<(u64, &'static str)> {
    let word = |outcome: &RowOutcome| match outcome {
        RowOutcome::Created(_) => "created",
        RowOutcome::Unchanged(_) => "unchanged",
        RowOutcome::Refused(_) => "refused",
        RowOutcome::NotDone(_) => "not_done",
    };
    let rows = report.rows.iter();
    rows.map(|row| (row.line, word(&row.outcome))).collect()
}

#[tokio::test]
async fn one_bad_row_stops_all_or_is_left_out() {
    let engine = TestEngine::start();
    let rows = || vec![row(2, "a", minimal("a")), bad(3), row(4, "b", minimal("b"))];
    let report = imported(&engine, rows(), ImportMode::AllOrNothing).await;
    assert_eq!(
        words(&report),
        [(2, "not_done"), (3, "refused"), (4, "not_done")]
    );
    assert!(report.is_undone());
    assert_eq!(slugs(&engine).await, Vec::<String>::new());
    assert_eq!(engine.audit_log().await.len(), 0);

    let report = imported(&engine, rows(), ImportMode::SkipBadRows).await;
    assert_eq!(
        words(&report),
        [(2, "created"), (3, "refused"), (4, "created")]
    );
    assert!(!report.is_undone());
    assert_eq!(slugs(&engine).await, ["a", "b"]);
    let entries = engine.audit_log().await;
    let added = entries
        .iter()
        .filter(|it| it.action == AuditAction::CredentialCreate);
    assert_eq!(added.count(), 2);
}

#[tokio::test]
async fn what_is_there_is_left_alone_and_never_changed() {
    let engine = TestEngine::start();
    let same = created(&engine, minimal("same")).await;
    let before = created(&engine, minimal("other")).await;
    let mut other = minimal("other");
    other.settings.owner = "somebody".to_owned();
    let rows = vec![
        row(2, "same", another_secret("same")),
        row(3, "other", other),
        row(4, "new", minimal("new")),
    ];
    let report = imported(&engine, rows, ImportMode::SkipBadRows).await;
    assert_eq!(
        words(&report),
        [(2, "unchanged"), (3, "refused"), (4, "created")]
    );
    let RowOutcome::Refused(faults) = &report.rows[1].outcome else {
        panic!("{report:?}");
    };
    assert!(faults[0].detail.contains("owner"), "{faults:?}");
    let found = engine
        .get_credential(&engine.as_admin(), &crate::by_id(&before))
        .await;
    assert_eq!(found.unwrap(), before);
    // a secret of what is there is not looked at
    let found = engine
        .get_credential(&engine.as_admin(), &crate::by_id(&same))
        .await;
    assert_eq!(found.unwrap(), same);
}

#[tokio::test]
async fn a_row_that_repeats_a_slug_is_refused_with_the_line_of_the_first() {
    let engine = TestEngine::start();
    let rows = || {
        let mut rows: Vec<ImportRow> = (2..302)
            .map(|n| row(n, &format!("c{n}"), minimal(&format!("c{n}"))))
            .collect();
        rows.push(row(302, "c2", another_secret("c2")));
        rows
    };
    let report = imported(&engine, rows(), ImportMode::AllOrNothing).await;
    assert!(report.is_undone());
    let report = imported(&engine, rows(), ImportMode::SkipBadRows).await;
    assert_eq!((report.created(), report.refused()), (300, 1));
    let RowOutcome::Refused(faults) = &report.rows[300].outcome else {
        panic!("{report:?}");
    };
    assert_eq!(faults[0].pointer, "/slug");
    assert!(faults[0].detail.contains("line 2 "), "{faults:?}");
}

#[derive(Default)]
struct Count(AtomicUsize);

impl ImportObserver for Count {
    fn looked_at(&self, rows: usize) {
        self.0.store(rows, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn it_is_told_how_far_it_is_and_a_viewer_imports_nothing() {
    let engine = TestEngine::start();
    let rows = |count: u64| -> Vec<ImportRow> {
        (0..count)
            .map(|n| row(n + 2, &format!("c{n}"), minimal(&format!("c{n}"))))
            .collect()
    };
    let count = Count::default();
    let (admin, mode) = (engine.as_admin(), ImportMode::SkipBadRows);
    let imported = engine.import_credentials(&admin, rows(450), mode, Some(&count));
    assert_eq!(imported.await.unwrap().created(), 450);
    assert_eq!(count.0.load(Ordering::SeqCst), 450);
    let viewer = engine.as_viewer();
    let refused = engine.import_credentials(&viewer, rows(1), mode, None);
    assert!(matches!(refused.await, Err(EngineError::Forbidden { .. })));
}

/// Makes the store refuse audit entries once so many rows were looked at.
struct Breaks(FailingStore, usize);

impl ImportObserver for Breaks {
    fn looked_at(&self, rows: usize) {
        if rows == self.1 {
            self.0.refuse_audit(true);
        }
    }
}

#[tokio::test]
async fn what_was_imported_is_told_where_the_store_fails_in_the_middle() {
    let store = FailingStore::around(Arc::new(MemoryStore::default()));
    let engine = TestEngine::with(Arc::new(store.clone()), Sources::default());
    let admin = engine.as_admin();
    let rows = || -> Vec<ImportRow> {
        let mut rows: Vec<ImportRow> = (2..502)
            .map(|n| row(n, &format!("c{n}"), minimal(&format!("c{n}"))))
            .collect();
        rows[450] = bad(452);
        rows
    };
    let breaks = Breaks(store.clone(), 250);
    let import = engine.import_credentials(&admin, rows(), ImportMode::SkipBadRows, Some(&breaks));
    let report = import.await.unwrap();
    assert!(matches!(report.stopped, Some(EngineError::Store(_))));
    assert_eq!((report.created(), report.refused()), (200, 1));
    let lines: Vec<u64> = report.rows.iter().map(|row| row.line).collect();
    assert_eq!(lines, (2..502).collect::<Vec<u64>>());
    for row in &report.rows[200..] {
        let told = matches!(row.outcome, RowOutcome::NotDone(_)) || row.line == 452;
        assert!(told, "{row:?}");
    }
    let import = engine.import_credentials(&admin, rows(), ImportMode::AllOrNothing, None);
    assert!(matches!(import.await, Err(EngineError::Store(_))));
    store.refuse_audit(false);
    assert_eq!(slugs(&engine).await.len(), 200);
    // done again, it is whole
    let report = imported(&engine, rows(), ImportMode::SkipBadRows).await;
    assert_eq!((report.created(), report.unchanged()), (299, 200));
    assert!(report.stopped.is_none());
}
