//! Whatever is done to the audit log by somebody who has the database and not the keyring is found.

use std::sync::Arc;
use std::time::Duration;

use grantd_model::{AuditAction, CredentialDraft};
use grantd_store::Store;
use grantd_testkit::fixtures::{audit_chain, minimal};
use grantd_testkit::{TestClock, TestEngine};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;

use super::{open_in, raw, run};

/// An engine over a database file whose log has six entries.
struct World {
    folder: TempDir,
    engine: TestEngine,
}

/// What was found: the codes of the faults, and how many entries were checked.
type Found = (Vec<&'static str>, u64);

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open_in(&folder).await;
        let mut unit = store.write().await.unwrap();
        let at = TestClock::START;
        unit.audit().begin_chain(&audit_chain(1), at).await.unwrap();
        unit.commit().await.unwrap();
        let engine = TestEngine::with(Arc::new(store), grantd_testkit::no_sources());
        let world = Self { folder, engine };
        for name in ["a", "b", "c", "d", "e", "f"] {
            world.create(minimal(name)).await;
        }
        world
    }

    async fn create(&self, draft: CredentialDraft) {
        let admin = self.engine.as_admin();
        self.engine.create_credential(&admin, draft).await.unwrap();
    }

    async fn found(&self) -> Found {
        let admin = self.engine.as_admin();
        let check = self.engine.check_audit(&admin, None).await.unwrap();
        assert_eq!(check.is_intact(), check.faults.is_empty());
        let codes = check
            .faults
            .iter()
            .map(grantd_testkit::AuditFault::code)
            .collect();
        (codes, check.entries)
    }

    async fn tamper(&self, statement: &str) {
        let mut connection = raw(&self.folder).await;
        run(&mut connection, AssertSqlSafe(statement.to_owned())).await;
    }
}

#[tokio::test]
async fn a_log_that_nobody_touched_is_intact() {
    let world = World::new().await;
    assert_eq!(world.found().await, (vec![], 6));
    // the check is an entry as well
    assert_eq!(world.found().await, (vec![], 7));
    let newest = &world.engine.audit_log().await[0];
    assert_eq!(newest.action, AuditAction::AuditCheck);
    assert!(
        newest
            .detail
            .contains(&("result".to_owned(), "intact".to_owned()))
    );
}

#[tokio::test]
async fn every_kind_of_change_is_found_and_named() {
    for (statement, codes, entries) in [
        // a word of an entry, its time, what is written in another way and means the same
        (
            "UPDATE audit_entry SET object_name = 'x' WHERE seq = 3",
            vec!["altered"],
            6,
        ),
        (
            "UPDATE audit_entry SET at = at + 1 WHERE seq = 3",
            vec!["altered"],
            6,
        ),
        (
            "UPDATE audit_entry SET detail = detail || ' ' WHERE seq = 3",
            vec!["altered"],
            6,
        ),
        (
            "UPDATE audit_entry SET mac = NULL WHERE seq = 3",
            vec!["altered", "altered"],
            6,
        ),
        // removed from the middle, from the beginning, from the end
        ("DELETE FROM audit_entry WHERE seq = 3", vec!["removed"], 5),
        (
            "DELETE FROM audit_entry WHERE seq IN (3, 4)",
            vec!["removed"],
            4,
        ),
        ("DELETE FROM audit_entry WHERE seq = 1", vec!["removed"], 5),
        ("DELETE FROM audit_entry WHERE seq = 6", vec!["removed"], 5),
        ("DELETE FROM audit_entry", vec!["removed"], 0),
        // two that change places
        (
            "UPDATE audit_entry SET seq = 100 WHERE seq = 2;
             UPDATE audit_entry SET seq = 2 WHERE seq = 3;
             UPDATE audit_entry SET seq = 3 WHERE seq = 100",
            vec!["altered", "altered", "altered"],
            6,
        ),
        // one put in behind the end
        (
            "INSERT INTO audit_entry
                 SELECT seq + 1, id || 'x', at, actor, action, object, object_name, detail, mac
                 FROM audit_entry WHERE seq = 6",
            vec!["put_in"],
            6,
        ),
        // where the chain begins and ends
        (
            "DELETE FROM audit_entry WHERE seq = 1; UPDATE audit_chain SET anchor_seq = 1",
            vec!["begin_altered", "altered"],
            5,
        ),
        (
            "DELETE FROM audit_entry WHERE seq = 6; UPDATE audit_chain SET head_seq = 5, head_mac = (SELECT mac FROM audit_entry WHERE seq = 5)",
            vec!["end_altered"],
            5,
        ),
        (
            "UPDATE audit_chain SET begun_at = begun_at + 1",
            vec!["begin_altered", "end_altered"],
            6,
        ),
        ("DELETE FROM audit_chain", vec!["ends_missing"], 6),
    ] {
        let world = World::new().await;
        world.tamper(statement).await;
        assert_eq!(world.found().await, (codes, entries), "{statement}");
    }
}

#[tokio::test]
async fn an_earlier_state_that_is_put_back_is_found_by_a_checkpoint() {
    let world = World::new().await;
    let admin = world.engine.as_admin();
    let earlier = world.folder.path().join("earlier");
    let statement = format!("VACUUM INTO '{}'", earlier.display());
    world.tamper(&statement).await;
    world.create(minimal("later")).await;
    let checkpoint = world.engine.audit_checkpoint(&admin).await.unwrap();
    let against = |checkpoint| world.engine.check_audit(&admin, Some(checkpoint));
    let check = against(checkpoint.clone()).await.unwrap();
    assert!(check.is_intact(), "{check:?}");
    let put_back = format!(
        "ATTACH '{}' AS earlier;
         DELETE FROM audit_entry; DELETE FROM audit_chain;
         INSERT INTO audit_entry SELECT * FROM earlier.audit_entry;
         INSERT INTO audit_chain SELECT * FROM earlier.audit_chain",
        earlier.display()
    );
    world.tamper(&put_back).await;
    assert_eq!(world.found().await, (vec![], 6), "alone it is intact");
    let codes = |check: &grantd_testkit::AuditCheck| -> Vec<&'static str> {
        check
            .faults
            .iter()
            .map(grantd_testkit::AuditFault::code)
            .collect()
    };
    // the check before has added an entry: as many as there were, and another one
    let check = against(checkpoint.clone()).await.unwrap();
    assert_eq!(codes(&check), ["written_anew"]);
    let mut further = checkpoint.clone();
    further.link.seq += 100;
    assert_eq!(codes(&against(further).await.unwrap()), ["put_back"]);
    let mut other = checkpoint;
    "another".clone_into(&mut other.installation);
    assert_eq!(
        codes(&against(other).await.unwrap()),
        ["other_installation"]
    );
}

#[tokio::test]
async fn what_was_removed_by_age_is_no_fault_and_an_old_checkpoint_says_nothing() {
    let world = World::new().await;
    let admin = world.engine.as_admin();
    let mut unit = world.engine.store.write().await.unwrap();
    let (later, chain) = (
        TestClock::START.plus(Duration::from_hours(1)),
        audit_chain(1),
    );
    assert_eq!(unit.audit().prune(later, 2, &chain).await.unwrap(), 2);
    unit.commit().await.unwrap();
    let mut old = world.engine.audit_checkpoint(&admin).await.unwrap();
    old.link.seq = 1;
    let check = world.engine.check_audit(&admin, Some(old)).await.unwrap();
    assert!(check.is_intact(), "{check:?}");
    assert_eq!((check.from, check.entries), (Some(3), 4));
    assert_eq!(format!("{:?}", check.against), "Some(TooOld)");
}

#[tokio::test]
async fn entries_from_before_the_chain_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_in(&folder).await;
    let engine = TestEngine::with(Arc::new(store.clone()), grantd_testkit::no_sources());
    let world = World { folder, engine };
    world.create(minimal("before")).await;
    world
        .tamper("UPDATE audit_entry SET mac = NULL; DELETE FROM audit_chain")
        .await;
    let mut unit = store.write().await.unwrap();
    let at = TestClock::START;
    unit.audit().begin_chain(&audit_chain(1), at).await.unwrap();
    unit.commit().await.unwrap();
    world.create(minimal("after")).await;
    let admin = world.engine.as_admin();
    let check = world.engine.check_audit(&admin, None).await.unwrap();
    assert!(check.is_intact(), "{check:?}");
    assert_eq!(
        (check.before_chain, check.entries, check.begun_at),
        (1, 1, Some(at))
    );
}
