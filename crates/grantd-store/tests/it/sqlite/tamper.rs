//! Whatever is done to the audit log by somebody who has the database and not the keyring is found.

use std::sync::Arc;
use std::time::Duration;

use grantd_model::{AuditAction, CredentialDraft, Timestamp};
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

const HOUR: Duration = Duration::from_hours(1);

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

    /// The same after a restart: nothing is remembered.
    async fn restarted(self) -> Self {
        let store = Arc::new(open_in(&self.folder).await);
        let engine = TestEngine::with(store, grantd_testkit::no_sources());
        // it draws the same numbers again: the time tells its ids from those of before
        engine.clock.advance(Duration::from_secs(1));
        let folder = self.folder;
        Self { folder, engine }
    }

    async fn prune(&self, before: Timestamp) -> u64 {
        let mut unit = self.engine.store.write().await.unwrap();
        let pruned = unit.audit().prune(before, 100, &audit_chain(1)).await;
        unit.commit().await.unwrap();
        pruned.unwrap()
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
        // neither what is added since nor what is removed by age makes it good
        world.create(minimal("later")).await;
        world.prune(TestClock::START.plus(HOUR)).await;
        assert!(!world.found().await.0.is_empty(), "{statement}");
    }
}

/// What removes the newest entry with what says that it is there.
const CUT: &str = "DELETE FROM audit_entry WHERE seq = 6;
    UPDATE audit_chain SET head_seq = 5,
        head_mac = (SELECT mac FROM audit_entry WHERE seq = 5)";

#[tokio::test]
async fn an_end_that_was_cut_off_is_not_made_good_by_what_is_added() {
    for restarts in [false, true] {
        let mut world = World::new().await;
        if restarts {
            world = world.restarted().await;
        }
        world.tamper(CUT).await;
        world.create(minimal("later")).await;
        world.create(minimal("still later")).await;
        assert_eq!(world.found().await, (vec!["end_altered"], 7), "{restarts}");
    }
}

#[tokio::test]
async fn an_earlier_end_that_is_put_back_under_a_running_grantd_is_found() {
    let world = World::new().await;
    world
        .tamper("CREATE TABLE kept AS SELECT * FROM audit_chain")
        .await;
    world.create(minimal("later")).await;
    // proof and all, as it was
    world
        .tamper(
            "DELETE FROM audit_entry WHERE seq > 6; DELETE FROM audit_chain;
             INSERT INTO audit_chain SELECT * FROM kept",
        )
        .await;
    world.create(minimal("still later")).await;
    assert_eq!(world.found().await, (vec!["end_altered"], 7));
}

#[tokio::test]
async fn what_only_says_that_it_is_old_is_not_removed_by_age() {
    let world = World::new().await;
    let long_ago = TestClock::START;
    world
        .tamper("UPDATE audit_entry SET at = 1 WHERE seq <= 4")
        .await;
    assert_eq!(world.prune(long_ago).await, 0);
    assert_eq!(world.found().await, (vec!["altered"; 4], 6));
    // an entry that is gone before what is old
    let world = World::new().await;
    world
        .tamper("DELETE FROM audit_entry WHERE seq IN (1, 2)")
        .await;
    assert_eq!(world.prune(long_ago.plus(HOUR)).await, 0);
    assert_eq!(world.found().await, (vec!["removed"], 4));
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
    let world = world.restarted().await;
    let against = |checkpoint| world.engine.check_audit(&admin, Some(checkpoint));
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
    let mut anew = checkpoint.clone();
    anew.begun_at = Some(TestClock::START.plus(HOUR));
    assert_eq!(codes(&against(anew).await.unwrap()), ["begun_anew"]);
    // one of another installation tells nothing of this one, and no check is recorded
    let mut other = checkpoint;
    "another".clone_into(&mut other.installation);
    let before = world.engine.audit_log().await.len();
    let refused = against(other).await.unwrap_err().to_string();
    assert!(refused.contains("of another installation"), "{refused}");
    assert_eq!(world.engine.audit_log().await.len(), before);
}

#[tokio::test]
async fn what_was_removed_by_age_is_no_fault_and_an_old_checkpoint_says_nothing() {
    let world = World::new().await;
    let admin = world.engine.as_admin();
    let checkpoint = world.engine.audit_checkpoint(&admin).await.unwrap();
    world.create(minimal("later")).await;
    assert_eq!(world.prune(TestClock::START.plus(HOUR)).await, 7);
    let against = |checkpoint| world.engine.check_audit(&admin, Some(checkpoint));
    // it is younger than what is removed by age
    let check = against(checkpoint.clone()).await.unwrap();
    assert_eq!(format!("{:?}", check.against), "Some(Refuted)");
    assert_eq!(check.faults[0].code(), "removed_early");
    let mut old = checkpoint;
    for at in [None, Some(Timestamp::from_seconds(0))] {
        old.at = at;
        let check = against(old.clone()).await.unwrap();
        assert!(check.is_intact(), "{check:?}");
        assert_eq!(check.from, Some(8));
        assert_eq!(format!("{:?}", check.against), "Some(TooOld)");
    }
    // nothing stands before what was removed by age
    world
        .tamper(
            "INSERT INTO audit_entry
                 SELECT 3, id || 'x', at, actor, action, object, object_name, detail, NULL
                 FROM audit_entry WHERE seq = 8",
        )
        .await;
    assert_eq!(world.found().await, (vec!["put_in_before"], 3));
}

#[tokio::test]
async fn the_entry_of_a_checkpoint_is_not_confirmed_by_the_mac_that_stands_there() {
    let admin = World::new().await.engine.as_admin();
    for statement in [
        "UPDATE audit_entry SET object_name = 'x' WHERE seq = 6",
        "DELETE FROM audit_entry; UPDATE audit_chain SET anchor_seq = 6, anchor_mac = head_mac",
    ] {
        let world = World::new().await;
        let checkpoint = world.engine.audit_checkpoint(&admin).await.unwrap();
        world.tamper(statement).await;
        let check = world.engine.check_audit(&admin, Some(checkpoint)).await;
        let against = format!("{:?}", check.unwrap().against);
        assert_eq!(against, "Some(Refuted)", "{statement}");
    }
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
