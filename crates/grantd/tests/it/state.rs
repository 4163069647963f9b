//! A state folder that does not stand as it should.

use std::fs;

use rustix::process::Signal;

use crate::support::{Home, between};

#[test]
fn a_folder_that_is_none_is_told() {
    let home = Home::new();
    home.write("state", "no folder");
    for fault in [
        home.to_end(home.serve_command(&[])).failed(2),
        home.run(&["credential", "list"]).failed(2),
    ] {
        assert!(fault.contains("is no folder"), "{fault}");
        assert!(!fault.contains("os error"), "{fault}");
    }
}

#[test]
fn a_lost_database_is_not_begun_anew() {
    let home = Home::new();
    home.serve(&[]).end_by(Signal::TERM);
    let state = home.state();
    fs::rename(state.join("grantd.db"), home.path("backup")).unwrap();
    let refused = || {
        let fault = home.to_end(home.serve_command(&[])).failed(2);
        assert!(
            fault.contains("its database grantd.db is missing or holds none"),
            "{fault}"
        );
        assert!(
            fault.contains("Restore grantd.db from a backup, or move admin.key and keyring.json"),
            "{fault}"
        );
        assert_eq!(fault.lines().count(), 2, "{fault}");
    };
    refused();
    assert!(!state.join("grantd.db").exists());
    home.write("state/grantd.db", "");
    refused();

    fs::copy(home.path("backup"), state.join("grantd.db")).unwrap();
    home.serve(&[]).end_by(Signal::TERM);
    home.run(&["credential", "list"]).failed(1);

    for name in ["admin.key", "keyring.json", "grantd.db"] {
        fs::remove_file(state.join(name)).unwrap();
    }
    let _served = home.serve(&[]);
    home.run(&["credential", "list"]).succeeded();
}

#[test]
fn an_admin_key_of_no_use_is_refused_as_the_state_it_is() {
    let home = Home::new();
    home.serve(&[]).end_by(Signal::TERM);
    for content in ["", "\n", "a password\n", "gk_a_b\n", "\0\0\0"] {
        home.write("state/admin.key", content);
        let fault = home.to_end(home.serve_command(&[])).failed(2);
        assert!(fault.contains("holds no API key"), "{fault}");
        assert!(fault.contains("when the file is deleted"), "{fault}");
        assert!(!fault.contains("a password"), "{fault}");
    }
    fs::remove_file(home.state().join("admin.key")).unwrap();
    let _served = home.serve(&[]);
    home.run(&["credential", "list"]).succeeded();
}

#[test]
fn an_admin_key_that_is_not_valid_is_warned_of() {
    let (home, other) = (Home::new(), Home::new());
    other.serve(&[]).end_by(Signal::TERM);
    let mut served = home.serve(&[]);
    assert!(!served.err().contains("WARN"), "{}", served.err());
    let own = home.state().join("admin.key");
    let key = fs::read_to_string(&own).unwrap();
    let id = format!("key_{}", between(&key, "gk_", "_"));

    let fault = home.run(&["key", "revoke", &id]).failed(2);
    assert!(
        fault.contains("is the key that this command itself shows"),
        "{fault}"
    );
    assert!(fault.contains("--yes"), "{fault}");
    home.run(&["key", "revoke", "--yes", &id]).succeeded();
    served.end_by(Signal::TERM);
    let mut served = home.serve(&[]);
    let log = served.err();
    for part in [
        "WARN",
        "admin.key",
        "the API key has been revoked",
        "delete the file and start grantd again",
    ] {
        assert!(log.contains(part), "{part}: {log}");
    }
    served.end_by(Signal::TERM);

    fs::copy(other.state().join("admin.key"), &own).unwrap();
    let mut served = home.serve(&[]);
    assert!(served.err().contains("the API key is not valid"));
    served.end_by(Signal::TERM);

    fs::remove_file(&own).unwrap();
    let served = home.serve(&[]);
    assert!(!served.err().contains("WARN"), "{}", served.err());
    home.run(&["key", "list"]).succeeded();
}
