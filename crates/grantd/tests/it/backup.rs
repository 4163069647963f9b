//! Backups of a running grantd, checked and restored; the keyring apart from them.

use std::fs;
use std::path::Path;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::{Home, mode, set_mode};

/// The arguments that add a credential with this secret in a file.
fn add(home: &Home, name: &str, secret: &str) {
    let file = home.write("secret", secret);
    let added = home.run(&[
        "credential",
        "add",
        "--name",
        name,
        "--client-id",
        "id",
        "--secret-file",
        file.to_str().unwrap(),
        "--token-endpoint",
        "https://login.example.test/token",
        "--scope",
        "a",
    ]);
    added.succeeded();
}

const SECRET: &str = "canary-secret-of-a-backup-Zq8";

/// Runs a command on another state folder of this home.
fn on(home: &Home, state: &str, arguments: &[&str]) -> crate::support::Ended {
    let folder = home.path(state);
    let mut command = home.command(&["--state-dir", folder.to_str().unwrap()]);
    command.args(arguments);
    home.to_end(command)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A home whose grantd holds a credential, a backup of it, and its keyring under a passphrase.
fn backed_up() -> Home {
    let home = Home::new();
    let mut served = home.serve(&[]);
    add(&home, "Kept", SECRET);
    let backup = home.path("one.backup");
    home.run(&["backup", "create", text(&backup)]).succeeded();
    assert_eq!(mode(&backup), 0o600);
    // what comes afterwards is not in it
    add(&home, "Later", SECRET);
    served.end_by(Signal::TERM);
    let passphrase = home.write("passphrase", "correct horse battery\n");
    let export = [
        "keyring",
        "export",
        text(&home.path("keyring.export")),
        "--passphrase-file",
        text(&passphrase),
    ]
    .map(str::to_owned);
    let export: Vec<&str> = export.iter().map(String::as_str).collect();
    home.run(&export).succeeded();
    home
}

#[test]
fn a_backup_of_a_running_server_comes_back_with_its_keyring() {
    let home = backed_up();
    let (backup, export) = (home.path("one.backup"), home.path("keyring.export"));
    let checked = home.run(&[
        "--output",
        "json",
        "backup",
        "verify",
        text(&backup),
        "--with-keyring",
    ]);
    let checked: Value = serde_json::from_str(&checked.succeeded()).unwrap();
    assert_eq!(checked["audit_intact"], true);
    let key = checked["keys"][0]["key"].as_str().unwrap().to_owned();

    // what its first line says has to be so
    let whole = fs::read(&backup).unwrap();
    let line = whole.iter().position(|byte| *byte == b'\n').unwrap();
    let said: Value = serde_json::from_slice(&whole[..line]).unwrap();
    for (member, value) in [
        ("audit_seq", Value::from(1)),
        ("audit_mac", "0".repeat(64).into()),
        ("keys", Value::Array(Vec::new())),
    ] {
        let mut other = said.clone();
        other[member] = value;
        let line_of = [other.to_string().as_bytes(), &whole[line..]].concat();
        fs::write(home.path("said.backup"), line_of).unwrap();
        let fault = home.run(&["backup", "verify", text(&home.path("said.backup"))]);
        let fault = fault.failed(1);
        assert!(fault.contains("than the first line says"), "{fault}");
    }

    // without the keyring: restored, and told what is missing
    let restored = on(&home, "other", &["backup", "restore", text(&backup)]);
    assert!(restored.err.contains(&key), "{restored:?}");
    restored.succeeded();
    let other = home.path("other");
    let refused = home.to_end(home.serve_command_in(&other, &[])).failed(1);
    assert!(refused.contains("keyring"), "{refused}");
    let passphrase = home.path("passphrase");
    let import = ["keyring", "import", text(&export), "--passphrase-file"];
    on(
        &home,
        "other",
        &[&import[..], &[text(&passphrase)]].concat(),
    )
    .succeeded();
    let mut served = home.serve_in(&other, &[]);
    let listed = on(&home, "other", &["--output", "json", "key", "list"]).succeeded();
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let keys = listed["items"].as_array().unwrap().iter();
    let revoked: Vec<bool> = keys.map(|key| key["revoked_at"].is_string()).collect();
    assert_eq!(
        revoked,
        [false, true],
        "the admin.key from before: {listed}"
    );
    let listed = on(&home, "other", &["credential", "list"]).succeeded();
    assert!(
        listed.contains("kept") && !listed.contains("later"),
        "{listed}"
    );
    let verify = ["audit", "verify", "--checkpoint", text(&backup)];
    let verified = on(&home, "other", &verify).succeeded();
    assert!(verified.contains("confirmed"), "{verified}");
    served.end_by(Signal::TERM);

    // with it: all of it is checked at once
    fs::create_dir(home.path("third")).unwrap();
    let third = home.path("third");
    fs::set_permissions(&third, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    fs::copy(other.join("keyring.json"), third.join("keyring.json")).unwrap();
    let restored = on(&home, "third", &["backup", "restore", text(&backup)]).succeeded();
    assert!(restored.contains("intact"), "{restored}");
    let _served = home.serve_in(&third, &[]);
    on(&home, "third", &["credential", "show", "kept"]).succeeded();
}

#[test]
fn neither_file_holds_a_secret_or_a_key() {
    let home = backed_up();
    let keyring = fs::read_to_string(home.state().join("keyring.json")).unwrap();
    let keyring: Value = serde_json::from_str(&keyring).unwrap();
    let key = keyring["keys"][0]["key"].as_str().unwrap();
    let admin = fs::read_to_string(home.state().join("admin.key")).unwrap();
    for name in ["one.backup", "keyring.export"] {
        let bytes = fs::read(home.path(name)).unwrap();
        for canary in [SECRET, key, admin.trim(), "correct horse battery"] {
            let found = bytes
                .windows(canary.len())
                .any(|it| it == canary.as_bytes());
            assert!(!found, "{name} holds {}…", &canary[..6]);
        }
    }
}

#[test]
fn what_is_wrong_with_a_backup_is_told_and_nothing_is_left_half_done() {
    let home = backed_up();
    let whole = fs::read(home.path("one.backup")).unwrap();
    let mut altered = whole.clone();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    let line = whole.iter().position(|byte| *byte == b'\n').unwrap();
    let newer = String::from_utf8_lossy(&whole[..line]).replace("backup\":1", "backup\":9");
    for (content, expected) in [
        (whole[..middle].to_vec(), "it was cut off"),
        (whole[..20].to_vec(), "it is no backup of grantd"),
        (altered, "the database in it was altered"),
        ([whole.as_slice(), b"x"].concat(), "more behind the end"),
        (Vec::new(), "it is no backup of grantd"),
        ([newer.as_bytes(), b"\n"].concat(), "format 9"),
    ] {
        let path = home.path("wrong.backup");
        fs::write(&path, content).unwrap();
        let fault = home.run(&["backup", "verify", text(&path)]).failed(1);
        assert!(fault.contains(expected), "{fault}");
        let fault = on(&home, "empty", &["backup", "restore", text(&path)]).failed(1);
        assert!(fault.contains(expected), "{fault}");
        let left: Vec<_> = fs::read_dir(home.path("empty")).unwrap().collect();
        assert_eq!(left.len(), 1, "the lock alone: {left:?}");
    }
    let missing = home.run(&["backup", "verify", "nowhere"]).failed(2);
    assert!(missing.contains("nowhere"), "{missing}");
    let own = on(
        &home,
        "state",
        &["backup", "restore", text(&home.path("one.backup"))],
    )
    .failed(1);
    assert!(
        own.contains("is not empty") && own.contains("grantd.db"),
        "{own}"
    );
    let again = home.serve(&[]);
    home.run(&["credential", "show", "later"]).succeeded();
    let there = home
        .run(&["backup", "create", text(&home.path("one.backup"))])
        .failed(1);
    assert!(there.contains("is there already"), "{there}");
    drop(again);
}

#[test]
fn the_keyring_of_another_installation_is_refused_before_anything_is_in_place() {
    let home = backed_up();
    let other = Home::new();
    other.serve(&[]).end_by(Signal::TERM);
    let folder = home.path("other");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    fs::copy(
        other.state().join("keyring.json"),
        folder.join("keyring.json"),
    )
    .unwrap();
    let backup = home.path("one.backup");
    let fault = on(&home, "other", &["backup", "restore", text(&backup)]).failed(1);
    assert!(fault.contains("is not the one of this database"), "{fault}");
    assert!(!folder.join("grantd.db").exists());
    let passphrase = home.path("passphrase");
    let export = home.path("others.export");
    let of = ["--passphrase-file", text(&passphrase)];
    other
        .run(&[&["keyring", "export", text(&export)], &of[..]].concat())
        .succeeded();
    on(&home, "fifth", &["backup", "restore", text(&backup)]).succeeded();
    let import = [&["keyring", "import", text(&export)], &of[..]].concat();
    let fault = on(&home, "fifth", &import).failed(1);
    assert!(fault.contains("is not the one of this database"), "{fault}");
    assert!(!home.path("fifth/keyring.json").exists());

    let wrong = home.write("wrong", "another passphrase\n");
    set_mode(&wrong, 0o640);
    let export = home.path("keyring.export");
    let import = [
        "keyring",
        "import",
        text(&export),
        "--passphrase-file",
        text(&wrong),
    ];
    let fault = on(&home, "fourth", &import).failed(2);
    assert!(fault.contains("has mode 0640"), "{fault}");
    assert!(
        fault.contains("the passphrase is not the one of this file"),
        "{fault}"
    );
    assert!(!home.path("fourth/keyring.json").exists());
}

#[test]
fn a_restore_that_was_killed_is_not_begun_anew_by_a_start_and_can_be_run_again() {
    let home = backed_up();
    let folder = home.path("half");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    home.write("half/grantd.db.restoring", "the first half");
    let fault = home.to_end(home.serve_command_in(&folder, &[])).failed(2);
    assert!(fault.contains("not restored to its end"), "{fault}");
    assert!(!folder.join("grantd.db").exists() && !folder.join("keyring.json").exists());
    fs::copy(
        home.state().join("keyring.json"),
        folder.join("keyring.json"),
    )
    .unwrap();
    let backup = home.path("one.backup");
    on(&home, "half", &["backup", "restore", text(&backup)]).succeeded();
    let _served = home.serve_in(&folder, &[]);
    on(&home, "half", &["credential", "show", "kept"]).succeeded();
}

#[test]
fn a_keyring_is_rotated_and_its_first_key_forgotten_while_it_runs() {
    let home = Home::new();
    let mut served = home.serve(&[]);
    add(&home, "Kept", SECRET);
    let json = |arguments: &[&str]| -> Value {
        let arguments = [&["--output", "json", "keyring"], arguments].concat();
        serde_json::from_str(&home.run(&arguments).succeeded()).unwrap()
    };
    let first = json(&[])["key"].as_str().unwrap().to_owned();
    let rotated = json(&["rotate"]);
    assert_eq!(rotated["values_left"], 0);
    assert_eq!(rotated["earlier"][0]["key"], first.as_str());
    let seals = rotated["key"].as_str().unwrap().to_owned();
    let fault = home.run(&["keyring", "forget", &seals, "--yes"]).failed(1);
    assert!(fault.contains("rotate the keyring first"), "{fault}");
    let forgotten = json(&["forget", &first, "--yes"]);
    assert_eq!(forgotten["keys"], 1);
    served.end_by(Signal::TERM);
    let kept = fs::read_to_string(home.state().join("keyring.json")).unwrap();
    assert!(
        kept.contains(&seals) && !kept.contains(&first),
        "the file is the new one"
    );
    let _served = home.serve(&[]);
    home.run(&["credential", "show", "kept"]).succeeded();
}

#[test]
fn the_audit_log_is_checked_against_a_checkpoint_and_exported() {
    let home = Home::new();
    let mut served = home.serve(&[]);
    add(&home, "Kept", SECRET);
    let checkpoint = home.run(&["audit", "checkpoint"]).succeeded();
    let file = home.write("checkpoint.json", &checkpoint);
    add(&home, "Later", SECRET);
    let checked = home
        .run(&["audit", "verify", "--checkpoint", text(&file)])
        .succeeded();
    assert!(
        checked.contains("intact") && checked.contains("confirmed"),
        "{checked}"
    );
    let exported = home.run(&["audit", "export"]).succeeded();
    let lines: Vec<Value> = exported
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let numbers: Vec<i64> = lines
        .iter()
        .map(|line| line["seq"].as_i64().unwrap())
        .collect();
    assert!(
        (1..)
            .zip(&numbers)
            .all(|(expected, found)| expected == *found)
    );
    assert!(
        lines
            .iter()
            .all(|line| line["mac"].as_str().unwrap().len() == 64)
    );
    assert_eq!(lines.last().unwrap()["action"], "audit.export");
    let to = home.path("log.jsonl");
    home.run(&[
        "audit",
        "export",
        "--to",
        text(&to),
        "--until",
        "2000-01-01T00:00:00Z",
    ])
    .succeeded();
    assert_eq!(
        (fs::read_to_string(&to).unwrap().as_str(), mode(&to)),
        ("", 0o600)
    );
    served.end_by(Signal::TERM);

    // somebody changes the database by hand
    let database = home.state().join("grantd.db");
    let before = fs::read(&database).unwrap();
    let changed = replaced(&before, b"credential.create", b"credential.delete");
    assert_ne!(changed, before);
    fs::write(&database, changed).unwrap();
    let _served = home.serve(&[]);
    let found = home.run(&["audit", "verify"]);
    assert_eq!(found.code, 1, "{found:?}");
    assert!(
        found.err.contains("was altered or put in: aud_"),
        "{found:?}"
    );
    for wrong in ["{}", "no json"] {
        let file = home.write("wrong.json", wrong);
        let fault = home
            .run(&["audit", "verify", "--checkpoint", text(&file)])
            .failed(2);
        assert!(fault.contains("--checkpoint"), "{fault}");
    }
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for at in 0..=bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            out[at..at + to.len()].copy_from_slice(to);
        }
    }
    out
}

/// Alters the sealed secret of the one credential in a database that nobody has open.
fn damage_secret(database: &Path, key: &str) {
    let mut bytes = fs::read(database).unwrap();
    let head = [&[1, 1, u8::try_from(key.len()).unwrap()], key.as_bytes()].concat();
    // in its row, the id of the credential stands right before it
    let places = bytes.windows(head.len()).enumerate();
    let at = places
        .filter(|(at, window)| {
            *window == head && bytes[at - 40..*at].windows(5).any(|it| it == b"cred_")
        })
        .map(|(at, _)| at + head.len())
        .collect::<Vec<_>>();
    assert_eq!(at.len(), 1, "{at:?}");
    bytes[at[0]] ^= 1;
    fs::write(database, bytes).unwrap();
}

#[test]
fn a_rotation_ends_and_names_what_does_not_open() {
    let home = Home::new();
    let mut served = home.serve(&[]);
    add(&home, "Damaged", SECRET);
    let show = |what: &[&str]| -> Value {
        let shown = home.run(&[&["--output", "json"], what].concat());
        serde_json::from_str(&shown.succeeded()).unwrap()
    };
    let first = show(&["keyring"])["key"].as_str().unwrap().to_owned();
    let id = show(&["credential", "show", "damaged"])["id"]
        .as_str()
        .unwrap()
        .to_owned();
    served.end_by(Signal::TERM);
    damage_secret(&home.state().join("grantd.db"), &first);
    let _served = home.serve(&[]);
    let ended = home.run(&["keyring", "rotate"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.out.contains("1 of them do not open"), "{ended:?}");
    for part in [
        "1 of 3 values do not open and stay under an earlier key, which can not be forgotten",
        &format!("  credential secret {id} 1: does not open\n"),
    ] {
        assert!(ended.err.contains(part), "{part}: {ended:?}");
    }
    let fault = home.run(&["keyring", "forget", &first, "--yes"]).failed(1);
    assert!(
        fault.contains(&format!("credential_secret {id} 1")),
        "{fault}"
    );
    home.run(&["credential", "delete", "damaged", "--yes"])
        .succeeded();
    home.run(&["keyring", "forget", &first, "--yes"])
        .succeeded();
    assert_eq!(show(&["keyring"])["values_damaged"], 0);
}

#[test]
fn a_reader_that_goes_away_is_a_failure_of_what_is_to_be_kept() {
    let home = Home::new();
    let _served = home.serve(&[]);
    let state = home.state();
    for arguments in [
        &["backup", "create", "-"][..],
        &["audit", "export"],
        &["audit", "export", "--to", "-"],
    ] {
        let mut command = home.command(&["--state-dir", text(&state)]);
        command.args(arguments);
        let fault = home.without_reader(command).failed(1);
        assert!(fault.contains("standard output: Broken pipe"), "{fault}");
    }
    assert!(!home.path("-").exists());
}

#[test]
fn a_keyring_goes_to_standard_output_and_over_no_file() {
    let home = backed_up();
    let passphrase = home.path("passphrase");
    let export = |to: &str| {
        home.run(&[
            "keyring",
            "export",
            to,
            "--passphrase-file",
            text(&passphrase),
        ])
    };
    let out = export("-").succeeded();
    assert!(out.starts_with('{'), "{out}");
    assert!(!home.path("-").exists());
    let fault = export(text(&home.path("keyring.export"))).failed(1);
    assert!(fault.contains("is there already"), "{fault}");
}
