//! The keyring file: made once, for its owner alone, and never shown.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use grantd_model::{Clock, Secret};
use grantd_store::seal::{KeyringFileError, create_keyring_file, load_keyring_file};
use grantd_store::{Keyring, Place, Sealer};
use grantd_testkit::{TestClock, TestRandom};
use std::sync::Arc;
use tempfile::TempDir;

/// 32 bytes in base64, with a beginning that is easily found.
const KEY: &str = "Y2FuYXJ5LWtleS1ieXRlcy1jYW5hcnkta2V5LWJ5dCE=";

fn generated(seed: u64) -> Keyring {
    Keyring::generate(TestClock::default().now(), &TestRandom::seeded(seed))
}

fn written(text: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyring");
    std::fs::write(&path, text).unwrap();
    set_mode(&path, 0o600);
    (folder, path)
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o7777
}

fn files(folder: &TempDir) -> Vec<String> {
    std::fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect()
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

fn sealer(keyring: Keyring) -> Sealer {
    Sealer::new(keyring, "i".to_owned(), Arc::new(TestRandom::default()))
}

fn key(id: &str, key: &str) -> String {
    format!(r#"{{"id": "{id}", "created_at": "2027-01-15T08:00:00Z", "key": "{key}"}}"#)
}

fn document(primary: &str, keys: &[String]) -> String {
    format!(
        r#"{{"format": 1, "primary": "{primary}", "keys": [{}]}}"#,
        keys.join(", ")
    )
}

#[test]
fn it_is_made_for_its_owner_alone_and_opens_what_it_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyring.json");
    let keyring = generated(1);
    let sealed = sealer(keyring.clone()).seal(&place(), &Secret::from("x"));
    create_keyring_file(&path, &keyring).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(files(&folder), ["keyring.json"]);
    let loaded = sealer(load_keyring_file(&path).unwrap());
    let opened = loaded.open(&place(), &sealed.unwrap()).unwrap();
    assert_eq!(opened.expose(), "x");
}

#[test]
fn a_file_without_write_permission_is_fine() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyring");
    create_keyring_file(&path, &generated(1)).unwrap();
    set_mode(&path, 0o400);
    load_keyring_file(&path).unwrap();
}

#[test]
fn what_others_may_read_or_write_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyring");
    create_keyring_file(&path, &generated(1)).unwrap();
    for exposed in [
        0o640, 0o604, 0o644, 0o666, 0o660, 0o620, 0o602, 0o610, 0o601,
    ] {
        set_mode(&path, exposed);
        let error = load_keyring_file(&path).unwrap_err();
        assert!(
            matches!(error, KeyringFileError::Exposed { mode, .. } if mode == exposed),
            "{error}"
        );
        let text = error.to_string();
        assert!(text.contains(&format!("{exposed:04o}")), "{text}");
    }
}

#[test]
fn a_missing_one_is_told_as_missing() {
    let folder = tempfile::tempdir().unwrap();
    let error = load_keyring_file(&folder.path().join("keyring")).unwrap_err();
    assert!(matches!(error, KeyringFileError::Missing { .. }), "{error}");
    assert!(files(&folder).is_empty(), "looking makes nothing");
}

#[test]
fn what_is_no_plain_file_is_told_before_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success(), "mkfifo");
    for path in [folder.path(), &pipe] {
        let error = load_keyring_file(path).unwrap_err();
        assert!(
            matches!(error, KeyringFileError::Malformed { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("no plain file"), "{error}");
    }
}

#[test]
fn what_is_no_keyring_is_refused_without_showing_a_key() {
    let good = key("a", KEY);
    let short = key("a", "Y2FuYXJ5");
    let almost = KEY.trim_end_matches('=').to_owned() + "!";
    for text in [
        String::new(),
        "rubbish".to_owned(),
        KEY.to_owned(),
        document("a", std::slice::from_ref(&good)).replace("}]}", "}]"),
        document("a", &[good.replace(KEY, &almost)]),
        document("a", &[short]),
        document("a", &[good.replace(KEY, "")]),
        document("a", std::slice::from_ref(&good)).replace("\"format\": 1", "\"format\": 2"),
        document("a", std::slice::from_ref(&good)).replace("\"format\": 1", "\"format\": \"1\""),
        document("a", std::slice::from_ref(&good)).replace("\"keys\"", "\"locks\""),
        document("a", &[good.replace("\"key\"", "\"canary\": 1, \"key\"")]),
        document("b", std::slice::from_ref(&good)),
        document("a", &[]),
        document("a", &[good.clone(), good.clone()]),
        document("b", &[good.clone(), good.clone(), key("b", KEY)]),
        format!("{}{}", document("a", std::slice::from_ref(&good)), "x"),
        document("a", &[good.replace("2027-01-15T08:00:00Z", "yesterday")]),
    ] {
        let (_folder, path) = written(text.as_bytes());
        let error = load_keyring_file(&path).unwrap_err();
        assert!(
            matches!(error, KeyringFileError::Malformed { .. }),
            "{text}: {error}"
        );
        let (shown, debugged) = (error.to_string(), format!("{error:?}"));
        for part in ["Y2FuYXJ5", "canary-key", &almost] {
            assert!(!shown.contains(part), "{shown}");
            assert!(!debugged.contains(part), "{debugged}");
        }
    }
    let (_folder, path) = written(&[0xff, 0xfe, 0x00]);
    let error = load_keyring_file(&path).unwrap_err();
    assert!(
        matches!(error, KeyringFileError::Malformed { .. }),
        "{error}"
    );
}

#[test]
fn several_keys_are_fine_and_none_is_shown() {
    let (_folder, path) = written(document("b", &[key("a", KEY), key("b", KEY)]).as_bytes());
    let keyring = load_keyring_file(&path).unwrap();
    let shown = format!("{keyring:?}");
    assert!(shown.contains("Secret(…)"), "{shown}");
    // neither as base64, nor as text, nor as a list of bytes
    for part in ["Y2FuYXJ5", "canary", "99, 97, 110"] {
        assert!(!shown.contains(part), "{shown}");
    }
}

#[test]
fn one_that_is_there_is_never_replaced() {
    for name in ["keyring", "keyring.json", "keyring.new"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        create_keyring_file(&path, &generated(1)).unwrap();
        let before = std::fs::read(&path).unwrap();
        let error = create_keyring_file(&path, &generated(2)).unwrap_err();
        assert!(
            matches!(&error, KeyringFileError::Io { source, .. }
                if source.kind() == std::io::ErrorKind::AlreadyExists),
            "{error}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), before);
        assert_eq!(files(&folder), [name], "no half-made key is left behind");
    }
}

#[test]
fn what_a_cut_off_attempt_left_is_not_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyring");
    std::fs::write(folder.path().join("keyring.new"), "half of it").unwrap();
    create_keyring_file(&path, &generated(1)).unwrap();
    load_keyring_file(&path).unwrap();
    assert_eq!(files(&folder), ["keyring"]);
}
