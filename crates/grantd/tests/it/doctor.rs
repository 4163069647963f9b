//! `grantd doctor`: what it finds, with and without a server, and that it changes nothing.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::{Home, set_mode};

/// What it says, and its exit code.
fn examined(home: &Home, arguments: &[&str]) -> (Value, i32) {
    let ended = home.run(&[&["doctor", "--output", "json"], arguments].concat());
    assert_eq!(ended.err, "");
    (serde_json::from_str(&ended.out).unwrap(), ended.code)
}

/// The checks that are not in order, as `verdict name: detail`.
fn wrong(document: &Value) -> Vec<String> {
    let checks = document["checks"].as_array().unwrap().iter();
    let wrong = checks.filter(|check| check["verdict"] != "ok");
    let wrong = wrong.map(|check| {
        let text = |name: &str| check[name].as_str().unwrap();
        assert!(!text("remedy").is_empty(), "{check}");
        format!("{} {}: {}", text("verdict"), text("name"), text("detail"))
    });
    // what this machine allows is not grantd's to judge
    wrong.filter(|line| !line.contains(" limits: ")).collect()
}

/// Everything in the folder: names, sizes, times and content.
fn state(folder: &Path) -> Vec<(String, u64, i64, Vec<u8>)> {
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            (
                entry.file_name().to_string_lossy().into_owned(),
                metadata.len(),
                metadata.mtime_nsec(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect();
    all.sort();
    all
}

#[test]
fn a_server_that_is_well_is_told_so_and_nothing_is_changed() {
    let home = Home::new();
    let mut served = home.serve(&[]);
    let (document, code) = examined(&home, &[]);
    assert_eq!((wrong(&document), code), (Vec::new(), 0), "{document}");
    assert!(document.to_string().contains("is ready"));
    assert_eq!(served.end_by(Signal::TERM), 0);

    let before = state(&home.state());
    let (document, code) = examined(&home, &[]);
    assert_eq!(code, 0);
    assert_eq!(
        wrong(&document),
        ["warning server: no grantd runs on the state folder"]
    );
    assert_eq!(state(&home.state()), before);
    let text = home.run(&["doctor"]).succeeded();
    assert!(text.contains("\nok       keyring "), "{text}");
}

#[test]
fn a_first_start_that_is_still_to_come_is_no_fault() {
    let home = Home::new();
    let (document, code) = examined(&home, &[]);
    assert_eq!(code, 0, "{document}");
    assert!(!home.state().exists());
}

#[test]
fn modes_keyring_configuration_and_clock_that_are_wrong_are_named() {
    let (home, other) = (Home::new(), Home::new());
    home.serve(&[]).end_by(Signal::TERM);
    other.serve(&[]).end_by(Signal::TERM);
    set_mode(&home.state().join("admin.key"), 0o644);
    fs::copy(
        other.state().join("keyring.json"),
        home.state().join("keyring.json"),
    )
    .unwrap();
    let (document, code) = examined(&home, &[]);
    let told = wrong(&document).join("\n");
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("failed files: admin key: "), "{told}");
    assert!(told.contains("mode 0644, expected is 0600"), "{told}");
    assert!(told.contains("is not the one of this database"), "{told}");

    let file = home.write("wrong.toml", "[server]\nlisten = 1\ncolour = 1\n");
    let (document, code) = examined(&home, &["--config", file.to_str().unwrap()]);
    assert_eq!((wrong(&document).len(), code), (2, 1), "{document}");
}

#[test]
fn a_database_that_is_none_or_damaged_is_told() {
    let home = Home::new();
    home.serve(&[]).end_by(Signal::TERM);
    home.write("state/grantd.db", &"no database".repeat(1000));
    let (document, code) = examined(&home, &[]);
    let told = wrong(&document).join("\n");
    assert_eq!(code, 1);
    assert!(told.contains("failed database: "), "{told}");
}

#[test]
fn token_endpoints_are_tried_by_the_rules_of_the_configuration() {
    let home = Home::new();
    let there = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let (open, shut) = (there.local_addr().unwrap(), gone.local_addr().unwrap());
    drop(gone);
    let file = home.write("c.toml", "[egress]\nallow = [\"127.0.0.1\"]\n");
    let file = file.to_str().unwrap();
    let mut served = home.serve(&["--config", file]);
    let secret = home.write("secret", "a-secret");
    for (name, address) in [("open", open), ("shut", shut)] {
        let endpoint = format!("http://{address}/token?hush=hush");
        let secret = secret.to_str().unwrap();
        home.run(&[
            "credential",
            "add",
            "--name",
            name,
            "--client-id",
            "c",
            "--token-endpoint",
            &endpoint,
            "--scope",
            "a",
            "--secret-file",
            secret,
        ])
        .succeeded();
    }
    let (document, code) = examined(&home, &["--config", file]);
    let told = wrong(&document);
    assert_eq!((told.len(), code), (1, 1), "{document}");
    assert!(told[0].contains(&shut.to_string()), "{told:?}");
    assert!(told[0].contains("refused the connection"), "{told:?}");
    assert!(
        document
            .to_string()
            .contains(&format!("http://{open}: egress_policy "))
    );
    assert!(!document.to_string().contains("hush"), "{document}");

    let (document, _) = examined(&home, &[]);
    let told = wrong(&document).join("\n");
    assert_eq!(
        told.matches("egress.allow").count() + told.matches("not allowed").count(),
        2,
        "{told}"
    );
    assert_eq!(served.end_by(Signal::TERM), 0);
}

#[test]
fn what_can_not_be_seen_or_was_left_half_done_is_told_as_it_is() {
    let home = Home::new();
    home.serve(&[]).end_by(Signal::TERM);
    let lock = home.state().join("lock");
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    let (document, code) = examined(&home, &[]);
    let told = wrong(&document).join("\n");
    assert_eq!(code, 1);
    assert!(
        told.contains("failed server: whether one runs can not be seen"),
        "{told}"
    );
    fs::remove_dir(&lock).unwrap();

    fs::rename(
        home.state().join("grantd.db"),
        home.state().join("grantd.db.restoring"),
    )
    .unwrap();
    let (document, code) = examined(&home, &[]);
    let told = wrong(&document).join("\n");
    assert_eq!(code, 1);
    assert!(
        told.contains("failed database: a backup was not restored to its end"),
        "{told}"
    );
}
