//! No file beside the keyring holds a secret in clear text: an engine over SQLite.
#![expect(
    clippy::disallowed_methods,
    reason = "it reads the bytes of the database"
)]

use std::sync::Arc;

use grantd_engine::KeyDraft;
use grantd_model::{Action, Grant};
use grantd_secrets::Sources;
use grantd_store::SqliteStore;
use grantd_testkit::fixtures::{CLIENT_SECRET, HEADER_SECRET, HOST, PARAMETER_SECRET, full};
use grantd_testkit::{Answer, TestClock, TestEngine};

use crate::{by_id, created};

const TOKEN: &str = "canary-access-token-Pb2";

#[tokio::test]
async fn secrets_tokens_and_api_keys_are_in_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grantd.db");
    let store = SqliteStore::open(&path, &TestClock::default()).await;
    let store = Arc::new(store.unwrap());
    let engine = TestEngine::with(store.clone(), Sources::default());
    let admin = engine.as_admin();
    let made = created(&engine, full("kept")).await;
    let wanted = by_id(&made);
    let updated = engine
        .update_credential(&admin, &wanted, made.revision, full("kept again"))
        .await;
    updated.unwrap();
    engine.outbound.answer(HOST, Answer::token(TOKEN));
    engine.fetch_token(&admin, &wanted).await.unwrap();
    let draft = KeyDraft {
        name: "key".try_into().unwrap(),
        grants: vec![Grant::everywhere(Action::Read)],
        expires_at: None,
    };
    let key = engine.create_key(&admin, draft).await.unwrap();
    let key = key.text.expose().rsplit('_').next().unwrap().to_owned();

    let canaries = [CLIENT_SECRET, PARAMETER_SECRET, HEADER_SECRET, TOKEN, &key];
    let written = bytes_of_all_files(&folder);
    assert!(found("kept again", &written), "the files are looked into");
    for canary in canaries {
        assert!(!found(canary, &written), "{canary} while it is open");
    }
    store.close().await;
    let written = bytes_of_all_files(&folder);
    assert!(path.exists() && found("kept again", &written));
    for canary in canaries {
        assert!(!found(canary, &written), "{canary} after it was closed");
    }
}

/// The database, its write-ahead log and its shared memory.
fn bytes_of_all_files(folder: &tempfile::TempDir) -> Vec<Vec<u8>> {
    std::fs::read_dir(folder.path())
        .unwrap()
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect()
}

fn found(text: &str, files: &[Vec<u8>]) -> bool {
    let wanted = text.as_bytes();
    let mut windows = files.iter().flat_map(|file| file.windows(wanted.len()));
    windows.any(|window| window == wanted)
}

#[test]
fn a_secret_would_be_found() {
    let files = [b"before canary behind".to_vec()];
    assert!(found("canary", &files));
    let none = [b"cana".to_vec(), b"ry".to_vec()];
    assert!(!found("canary", &none));
}
