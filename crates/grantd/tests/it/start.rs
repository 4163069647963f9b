//! Starts, ends, and what keeps a server from starting.

use std::fs;

use rustix::process::Signal;

use crate::support::{Home, between, mode, set_mode};

#[test]
fn the_first_start_makes_what_it_needs_for_its_owner_alone() {
    let home = Home::new();
    let mut served = home.serve(&[]);
    assert_eq!(mode(&home.state()), 0o700);
    for name in [
        "admin.key",
        "grantd.db",
        "keyring.json",
        "lock",
        "server.url",
    ] {
        assert_eq!(mode(&home.state().join(name)), 0o600, "{name}");
    }
    let key = fs::read_to_string(home.state().join("admin.key")).unwrap();
    let log = served.err();
    assert!(log.contains("admin.key"), "{log}");
    assert!(!log.contains(key.trim()), "the key is in the log");
    assert_eq!(served.out(), "");
    assert_eq!(served.end_by(Signal::TERM), 0);
    assert!(!home.state().join("server.url").exists());

    let mut again = home.serve(&[]);
    let kept = fs::read_to_string(home.state().join("admin.key")).unwrap();
    assert_eq!(kept, key);
    home.run(&["credential", "list"]).succeeded();
    assert_eq!(again.end_by(Signal::INT), 0);
}

#[test]
fn json_is_logged_where_no_terminal_is() {
    let home = Home::new();
    let mut command = home.serve_command(&[]);
    command.env_remove("GRANTD_LOG_FORMAT");
    let served = home.start(command);
    served.wait_for(|served| served.err().contains("listening on"));
    let log = served.err();
    assert!(log.starts_with("{\"timestamp\":"), "{log}");
}

#[test]
fn a_source_without_its_folder_is_told_at_the_start() {
    let home = Home::new();
    home.write("there/secret", "s");
    let source = |name: &str| {
        let folder = home.path(name).display().to_string();
        format!("[sources.{name}]\nkind = \"file\"\nfolder = \"{folder}\"\norigins = [\"*\"]\n")
    };
    let configuration = home.write("c.toml", &format!("{}{}", source("there"), source("away")));
    let served = home.serve(&["--config", configuration.to_str().unwrap()]);
    let log = served.err();
    let told: Vec<&str> = log.lines().filter(|line| line.contains("WARN")).collect();
    assert_eq!(told.len(), 1, "{log}");
    assert!(told[0].contains("source=away"), "{log}");
    assert!(told[0].contains("does not exist"), "{log}");
}

#[test]
fn a_port_in_use_is_told() {
    let (home, other) = (Home::new(), Home::new());
    let served = home.serve(&[]);
    let address = between(&served.err(), "listening on http://", " ").to_owned();
    let mut command = other.command(&["serve", "--listen", &address]);
    command.args(["--state-dir".as_ref(), other.state().as_os_str()]);
    let fault = other.to_end(command).failed(1);
    assert_eq!(
        first_line(&fault),
        format!("grantd: can not listen on {address}: the port is in use")
    );
}

#[test]
fn a_second_server_on_the_same_state_is_refused() {
    let home = Home::new();
    let served = home.serve(&[]);
    let fault = home.to_end(home.serve_command(&[])).failed(1);
    assert_eq!(
        first_line(&fault),
        format!(
            "grantd: the state folder {} is in use by another grantd, process {}",
            home.state().display(),
            served.id()
        )
    );
    home.run(&["credential", "list"]).succeeded();
}

#[test]
fn the_lock_of_a_server_that_was_killed_is_free() {
    let home = Home::new();
    let mut served = home.serve(&[]);
    served.end_by(Signal::KILL);
    let fault = home.run(&["credential", "list"]).failed(1);
    let expected = format!(
        "grantd: no grantd runs on the state folder {}",
        home.state().display()
    );
    assert_eq!(first_line(&fault), expected);
    let _again = home.serve(&[]);
    home.run(&["credential", "list"]).succeeded();
}

#[test]
fn folders_and_files_that_others_may_read_are_refused() {
    let home = Home::new();
    home.serve(&[]).end_by(Signal::TERM);
    for (name, open, closed, remedy) in [
        ("", 0o755, 0o700, "chmod 700 "),
        ("keyring.json", 0o640, 0o600, "chmod 600 "),
        ("admin.key", 0o644, 0o600, "chmod 600 "),
    ] {
        let path = home.state().join(name);
        set_mode(&path, open);
        let fault = home.to_end(home.serve_command(&[])).failed(2);
        assert!(fault.contains(remedy), "{name}: {fault}");
        assert!(fault.contains(&format!("{open:04o}")), "{name}: {fault}");
        set_mode(&path, closed);
    }
    home.serve(&[]);
}

#[test]
fn a_database_is_not_opened_without_its_own_keyring() {
    let (home, other) = (Home::new(), Home::new());
    home.serve(&[]).end_by(Signal::TERM);
    other.serve(&[]).end_by(Signal::TERM);
    let keyring = home.state().join("keyring.json");
    let kept = fs::read_to_string(&keyring).unwrap();

    fs::remove_file(&keyring).unwrap();
    let fault = home.to_end(home.serve_command(&[])).failed(1);
    assert!(fault.contains("keyring.json is missing"), "{fault}");
    assert!(!keyring.exists(), "a new keyring was made");

    fs::copy(other.state().join("keyring.json"), &keyring).unwrap();
    let fault = home.to_end(home.serve_command(&[])).failed(2);
    assert!(fault.contains("is not the one of this database"), "{fault}");

    home.write("state/keyring.json", "{}");
    let fault = home.to_end(home.serve_command(&[])).failed(2);
    assert!(fault.contains("can not be read"), "{fault}");

    home.write("state/keyring.json", &kept);
    home.serve(&[]);
}

#[test]
fn a_database_that_is_none_is_told() {
    let home = Home::new();
    home.serve(&[]).end_by(Signal::TERM);
    home.write("state/grantd.db", &"no database".repeat(1000));
    let fault = home.to_end(home.serve_command(&[])).failed(1);
    assert!(fault.contains("grantd.db: "), "{fault}");
    assert_eq!(fault.lines().count(), 1, "{fault}");
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[test]
fn flags_without_meaning_for_a_server_are_refused() {
    let home = Home::new();
    for arguments in [&["--url", "http://127.0.0.1:1"][..], &["--profile", "a"]] {
        let fault = home.to_end(home.serve_command(arguments)).failed(2);
        assert!(
            fault.contains("has no meaning for `grantd serve`"),
            "{fault}"
        );
    }
}
