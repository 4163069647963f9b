//! The first start, the second one, and keyrings that do not fit.
#![expect(clippy::disallowed_methods, reason = "the keyring is a file")]

use std::path::PathBuf;
use std::sync::Arc;

use grantd_engine::{InstallationError, KeyringFile, KeyringPlaces, Opened, open_installation};
use grantd_model::{Clock, Secret};
use grantd_store::seal::{KeyringFileError, create_keyring_file};
use grantd_store::{
    AuditChain, AuditLink, ChainEnd, Installation, Keyring, Place, SealError, Sealer, Store,
};
use grantd_testkit::fixtures::Fixtures;
use grantd_testkit::{MemoryStore, TestClock, TestRandom};
use tempfile::TempDir;

/// A store and a place for its keyring.
struct World {
    folder: TempDir,
    store: MemoryStore,
    random: Arc<TestRandom>,
}

impl World {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            store: MemoryStore::default(),
            random: Arc::new(TestRandom::default()),
        }
    }

    fn keyring(&self) -> PathBuf {
        self.folder.path().join("keyring")
    }

    async fn open(&self) -> Result<Sealer, InstallationError> {
        self.opened().await.map(|opened| opened.sealer)
    }

    async fn opened(&self) -> Result<Opened, InstallationError> {
        let (path, clock) = (self.keyring(), TestClock::default());
        let current = KeyringFile(path);
        let places = KeyringPlaces {
            current: &current,
            earlier: None,
        };
        open_installation(&self.store, places, &clock, self.random.clone()).await
    }

    async fn row(&self) -> Option<Installation> {
        let mut unit = self.store.read().await.unwrap();
        unit.installation().get().await.unwrap()
    }
}

fn place() -> Place {
    Place {
        table: "t",
        row: "r".to_owned(),
        field: "f".to_owned(),
        version: 1,
        origin: None,
    }
}

#[tokio::test]
async fn the_first_start_makes_keyring_and_row_and_the_second_uses_them() {
    let world = World::new();
    let sealer = world.open().await.unwrap();
    let value = sealer.seal(&place(), &Secret::from("kept")).unwrap();
    let row = world.row().await.unwrap();
    assert_eq!(row.created_at, TestClock::START);
    let keyring = std::fs::read(world.keyring()).unwrap();

    let again = world.open().await.unwrap();
    let opened = again.open(&place(), &value).unwrap();
    assert_eq!(opened.expose(), "kept");
    assert_eq!(world.row().await.unwrap(), row);
    assert_eq!(std::fs::read(world.keyring()).unwrap(), keyring);
}

#[tokio::test]
async fn a_database_whose_keyring_is_gone_never_gets_another() {
    let world = World::new();
    world.open().await.unwrap();
    std::fs::remove_file(world.keyring()).unwrap();
    for _ in 0..2 {
        let error = world.open().await.err().unwrap();
        assert!(
            matches!(error, InstallationError::Missing { .. }),
            "{error}"
        );
        assert!(!world.keyring().exists(), "none was made");
    }
}

#[tokio::test]
async fn another_keyring_is_refused_and_left_alone() {
    let world = World::new();
    world.open().await.unwrap();
    std::fs::remove_file(world.keyring()).unwrap();
    let other = Keyring::generate(TestClock::START, &TestRandom::seeded(5));
    create_keyring_file(&world.keyring(), &other).unwrap();
    let before = std::fs::read(world.keyring()).unwrap();
    let error = world.open().await.err().unwrap();
    assert!(
        matches!(
            &error,
            InstallationError::WrongKeyring {
                source: SealError::KeyMissing { .. },
                ..
            }
        ),
        "{error}"
    );
    let path = world.keyring().display().to_string();
    assert!(error.to_string().contains(&path), "{error}");
    assert_eq!(std::fs::read(world.keyring()).unwrap(), before);
}

#[tokio::test]
async fn a_keyring_with_the_right_id_and_another_key_is_refused() {
    let world = World::new();
    world.open().await.unwrap();
    let text = std::fs::read_to_string(world.keyring()).unwrap();
    let (head, tail) = text.split_once("\"key\": \"").unwrap();
    let (_, tail) = tail.split_once('"').unwrap();
    let other = "Y2FuYXJ5LWtleS1ieXRlcy1jYW5hcnkta2V5LWJ5dCE=";
    std::fs::write(world.keyring(), format!("{head}\"key\": \"{other}\"{tail}")).unwrap();
    let error = world.open().await.err().unwrap();
    assert!(
        matches!(
            &error,
            InstallationError::WrongKeyring {
                source: SealError::Refused,
                ..
            }
        ),
        "{error}"
    );
    assert!(!error.to_string().contains(other));
}

#[tokio::test]
async fn a_first_start_that_was_cut_off_goes_on_with_its_keyring() {
    let world = World::new();
    let keyring = Keyring::generate(TestClock::default().now(), world.random.as_ref());
    create_keyring_file(&world.keyring(), &keyring).unwrap();
    let before = std::fs::read(world.keyring()).unwrap();
    assert_eq!(world.row().await, None);
    world.open().await.unwrap();
    assert_eq!(std::fs::read(world.keyring()).unwrap(), before);
    assert!(world.row().await.is_some());
    world.open().await.unwrap();
}

#[tokio::test]
async fn an_exposed_or_malformed_keyring_ends_the_start() {
    use std::os::unix::fs::PermissionsExt;

    for (text, mode) in [("rubbish", 0o600), ("rubbish", 0o644)] {
        let world = World::new();
        std::fs::write(world.keyring(), text).unwrap();
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(world.keyring(), permissions).unwrap();
        let error = world.open().await.err().unwrap();
        let fits = match &error {
            InstallationError::Keyring(KeyringFileError::Malformed { .. }) => mode == 0o600,
            InstallationError::Keyring(KeyringFileError::Exposed { .. }) => mode == 0o644,
            _ => false,
        };
        assert!(fits, "{mode:o} {error}");
        assert_eq!(world.row().await, None, "nothing is begun");
        assert_eq!(std::fs::read_to_string(world.keyring()).unwrap(), text);
    }
}

#[tokio::test]
async fn two_installations_do_not_open_each_others_values() {
    let (one, two) = (World::new(), World::new());
    let first = one.open().await.unwrap();
    // the other one has the same keyring, but is another installation
    std::fs::copy(one.keyring(), two.keyring()).unwrap();
    let mut skipped = [0; 64];
    grantd_model::Randomness::fill(two.random.as_ref(), &mut skipped);
    let second = two.open().await.unwrap();
    let sealed = first.seal(&place(), &Secret::from("x")).unwrap();
    let refused = second.open(&place(), &sealed).err();
    assert_eq!(refused, Some(SealError::Refused));
}

#[tokio::test]
async fn a_database_that_lost_its_installation_row_gets_no_new_keyring() {
    let fixtures = Fixtures::default();
    for what in ["credential", "key"] {
        let world = World::new();
        let mut unit = world.store.write().await.unwrap();
        if what == "credential" {
            let credential = fixtures.credential("kept");
            unit.credentials().insert(&credential).await.unwrap();
        } else {
            unit.keys().insert(&fixtures.key("kept")).await.unwrap();
        }
        unit.commit().await.unwrap();
        let error = world.open().await.err().unwrap();
        assert!(matches!(error, InstallationError::NotWhole), "{error}");
        assert!(!world.keyring().exists(), "none was made");
    }
}

#[tokio::test]
async fn the_chain_of_the_log_has_one_key_from_the_first_start_on() {
    let world = World::new();
    let first = world.opened().await.unwrap().audit;
    let again = world.opened().await.unwrap().audit;
    let link =
        |chain: &AuditChain| chain.confirm(ChainEnd::Head, TestClock::START, &AuditLink::START);
    assert_eq!(link(&first), link(&again));
    let mut unit = world.store.read().await.unwrap();
    let state = unit.audit().chain().await.unwrap().unwrap();
    assert_eq!(
        (state.anchor, state.head),
        (AuditLink::START, AuditLink::START)
    );
    assert_eq!(state.head_proof, link(&first));
}

/// The same installation in another store, whose audit log has neither key nor chain.
async fn unchained(world: World, row: Installation) -> World {
    let store = MemoryStore::default();
    let mut unit = store.write().await.unwrap();
    let row = Installation {
        audit_key: None,
        ..row
    };
    unit.installation().insert(&row).await.unwrap();
    unit.commit().await.unwrap();
    World { store, ..world }
}

#[tokio::test]
async fn a_log_whose_key_was_taken_away_is_not_begun_anew() {
    let world = World::new();
    world.open().await.unwrap();
    let row = world.row().await.unwrap();
    let world = unchained(world, row).await;
    for _ in 0..2 {
        world.opened().await.unwrap();
        let mut unit = world.store.read().await.unwrap();
        assert_eq!(unit.audit().chain().await.unwrap(), None);
    }
    assert!(world.row().await.unwrap().audit_key.is_some(), "it goes on");
}

#[tokio::test]
async fn a_log_from_before_the_chain_gets_one_and_a_key() {
    let world = World::new();
    let sealer = world.open().await.unwrap();
    // as a database was before there was a chain
    let mut row = world.row().await.unwrap();
    let check = Place {
        table: "installation",
        row: row.id.clone(),
        field: "keyring_check".to_owned(),
        version: 1,
        origin: None,
    };
    let before = Secret::from("grantd keyring check");
    row.keyring_check = sealer.seal(&check, &before).unwrap();
    let world = unchained(world, row).await;
    let chain = world.opened().await.unwrap().audit;
    let kept = world.row().await.unwrap().audit_key;
    assert!(kept.is_some());
    world.opened().await.unwrap();
    assert_eq!(world.row().await.unwrap().audit_key, kept, "it stays");
    let mut unit = world.store.read().await.unwrap();
    let state = unit.audit().chain().await.unwrap().unwrap();
    let proof = chain.confirm(ChainEnd::Head, state.begun_at, &state.head);
    assert_eq!(state.head_proof, proof);
    drop(unit);
    // it is known from then on that there was one
    let row = world.row().await.unwrap();
    let world = unchained(world, row).await;
    world.opened().await.unwrap();
    let mut unit = world.store.read().await.unwrap();
    assert_eq!(unit.audit().chain().await.unwrap(), None);
}
