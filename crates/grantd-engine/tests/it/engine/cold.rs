//! A credential that is not in memory yet is read once, whatever is changed meanwhile.

use std::sync::Arc;
use std::time::Duration;

use grantd_secrets::Sources;
use grantd_testkit::fixtures::minimal;
use grantd_testkit::{MemoryStore, SlowStore, TestEngine};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{HOUR, Issuer, SECOND, ask, requests};
use crate::{by_id, created, keeping};

#[tokio::test(start_paused = true)]
async fn an_edit_while_many_read_it_makes_no_request_for_each() {
    let store = SlowStore::around(Arc::new(MemoryStore::default()));
    let engine = TestEngine::flowing_with(Arc::new(store.clone()), Sources::default());
    let engine = Arc::new(engine);
    let made = created(&engine, minimal("a")).await;
    Issuer::taking(&engine, HOUR, SECOND);
    store.take(Duration::from_millis(100));
    let mut callers = JoinSet::new();
    let edits = Arc::clone(&engine);
    let (wanted, revision) = (by_id(&made), made.revision);
    let edit = async move {
        let mut draft = keeping(minimal("a"));
        draft.settings.description = "changed".into();
        let admin = edits.as_admin();
        let edited = edits
            .update_credential(&admin, &wanted, revision, draft)
            .await;
        edited.unwrap();
    };
    let reads = async {
        // they begin to read before the edit is there, and end after it
        sleep(Duration::from_millis(50)).await;
        for _ in 0..100 {
            let (engine, made) = (Arc::clone(&engine), made.clone());
            callers.spawn(async move { ask(&engine, &made).await });
        }
    };
    tokio::join!(edit, reads);
    while let Some(result) = callers.join_next().await {
        let handed_out = result.unwrap().unwrap();
        assert_eq!(handed_out.credential.settings.description, "changed");
    }
    assert_eq!(requests(&engine), 1);
}
