//! API keys by the commands, and what holds for every command that prints.

use std::fs;
use std::process::Stdio;

use crate::support::{Home, between, mode};

#[test]
fn a_key_is_made_used_and_revoked() {
    let home = Home::new();
    let _served = home.serve(&[]);
    let made = home.run(&[
        "key",
        "create",
        "--name",
        "reader",
        "--role",
        "viewer",
        "--key-file",
        "reader.key",
    ]);
    let shown = made.succeeded();
    let path = home.path("reader.key");
    assert_eq!(mode(&path), 0o600);
    let key = fs::read_to_string(&path).unwrap();
    assert!(!shown.contains(key.trim()), "{shown}");
    let id = format!("key_{}", between(&key, "gk_", "_"));
    assert!(shown.contains(&id), "{shown}");

    let with_key = ["--api-key-file", "reader.key"];
    let run = |arguments: &[&str]| home.run(&[&with_key, arguments].concat());
    run(&["credential", "list"]).succeeded();
    let fault = run(&["key", "list"]).failed(1);
    assert!(fault.contains("a grant to administer is needed"), "{fault}");

    assert!(home.run(&["key", "list"]).succeeded().contains("reader"));
    home.run(&["key", "revoke", &id]).succeeded();
    let fault = run(&["credential", "list"]).failed(1);
    assert!(fault.contains("the API key has been revoked"), "{fault}");
    assert!(
        home.run(&["key", "show", &id])
            .succeeded()
            .contains("revoked_at")
    );
    let audit = home.run(&["audit", "--action", "key.revoke"]).succeeded();
    assert!(audit.contains("local admin"), "{audit}");
}

#[test]
fn a_key_is_told_as_an_oauth_client() {
    let home = Home::new();
    let _served = home.serve(&[]);
    let create = ["key", "create", "--name", "n", "--grant"];
    let ended = home.run(&[&create[..], &["token"]].concat());
    let id = format!("key_{}", between(&ended.out, "gk_", "_"));
    let url = fs::read_to_string(home.state().join("server.url")).unwrap();
    for part in [
        &format!("client_id {id} "),
        &format!(" {}/oauth2/token,", url.trim()),
        "slug of a credential as scope",
    ] {
        assert!(ended.err.contains(part), "{part}: {ended:?}");
    }
    assert!(!ended.err.contains("gk_"), "{ended:?}");
    let json = home.run(&[&create[..], &["token", "--output", "json"]].concat());
    assert!(!json.err.contains("client_id"), "{json:?}");
    let document: serde_json::Value = serde_json::from_str(&json.succeeded()).unwrap();
    assert_eq!(document["client_id"], document["id"]);

    // no tokens can be had with this one
    let ended = home.run(&[&create[..], &["read"]].concat());
    assert!(!ended.err.contains("client_id"), "{ended:?}");
}

#[test]
fn grants_are_typed_and_faults_name_the_flag() {
    let home = Home::new();
    let _served = home.serve(&[]);
    let grant = "token:labels:team=sales;mail.read";
    let shown = home.run(&["key", "create", "--name", "n", "--grant", grant]);
    let shown = shown.succeeded();
    assert!(shown.contains(grant), "{shown}");
    assert!(shown.contains("gk_"), "{shown}");

    let fault = home
        .run(&["key", "create", "--name", "n", "--grant", "read:slug:a"])
        .failed(2);
    assert!(fault.contains("expected is such as"), "{fault}");
    let fault = home
        .run(&[
            "key",
            "create",
            "--name",
            "",
            "--role",
            "viewer",
            "--expires-at",
            "soon",
            "--key-file",
            "unmade.key",
        ])
        .failed(2);
    assert!(fault.contains("  --name: "), "{fault}");
    assert!(fault.contains("  --expires-at: "), "{fault}");
    assert!(!home.path("unmade.key").exists());
}

#[test]
fn what_can_be_no_name_is_named_as_it_was_typed() {
    let home = Home::new();
    for (arguments, typed) in [
        (&["token", "../keys"][..], "'../keys'"),
        (&["token", ""], "''"),
        (&["key", "revoke", "nope"], "'nope'"),
        (&["key", "show", "nope"], "'nope'"),
        (&["credential", "show", "A B"], "'A B'"),
        (&["credential", "update", "A B", "--owner", "x"], "'A B'"),
        (&["credential", "delete", "cred_1"], "'cred_1'"),
        (&["credential", "enable", "a/b"], "'a/b'"),
        (&["credential", "disable", "a/b"], "'a/b'"),
    ] {
        let fault = home.run(arguments).failed(2);
        assert!(fault.contains(typed), "{arguments:?}: {fault}");
        assert!(fault.contains("expected"), "{arguments:?}: {fault}");
    }
}

#[test]
fn a_wrong_parameter_of_a_list_is_named_by_its_flag() {
    let home = Home::new();
    let _served = home.serve(&[]);
    for (flags, place) in [
        (["--limit", "500"], "  --limit: "),
        (["--cursor", "abc"], "  --cursor: "),
        (["--sort", "slug"], "  --sort: "),
        (["--label", "team"], "  --label: "),
    ] {
        let fault = home
            .run(&[&["credential", "list"][..], &flags].concat())
            .failed(2);
        assert!(fault.contains(place), "{flags:?}: {fault}");
    }
}

#[test]
fn all_pages_are_followed() {
    let home = Home::new();
    let _served = home.serve(&[]);
    for name in ["a", "b", "c"] {
        home.run(&["key", "create", "--name", name, "--role", "viewer"])
            .succeeded();
    }
    let page = home.run(&["key", "list", "--limit", "1"]);
    assert!(page.err.contains("there are more: --all"), "{page:?}");
    assert_eq!(page.succeeded().lines().count(), 2);
    let all = home.run(&["key", "list", "--limit", "1", "--all"]);
    assert_eq!(all.err, "");
    assert_eq!(all.succeeded().lines().count(), 5);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let home = Home::new();
    let mut child = home
        .command(&["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
    assert_eq!(ended.status.code(), Some(0));
}

#[test]
fn a_key_that_can_not_be_printed_is_named() {
    let home = Home::new();
    let _served = home.serve(&[]);
    let state = home.state();
    let make = |output: Stdio| {
        let arguments = ["key", "create", "--name", "n", "--role", "viewer"];
        let mut command = home.command(&arguments);
        command
            .arg("--state-dir")
            .arg(&state)
            .stdout(output)
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(1));
        String::from_utf8(ended.stderr).unwrap()
    };
    let count = || home.run(&["key", "list"]).succeeded().lines().count();
    let full = fs::OpenOptions::new().write(true).open("/dev/full");
    let unwritable = fs::File::open(home.write("read.only", "")).unwrap();
    for output in [full.unwrap().into(), unwritable.into(), Stdio::piped()] {
        let fault = make(output);
        assert!(fault.starts_with("grantd: standard output: "), "{fault}");
        let id = between(&fault, "grantd key revoke ", "\n");
        home.run(&["key", "revoke", id]).succeeded();
    }
    let before = count();
    let fault = make(Stdio::null());
    assert!(fault.contains("--key-file"), "{fault}");
    assert_eq!(count(), before, "a key was made that nobody has");
}

#[test]
fn an_output_that_takes_no_writing_is_a_failure() {
    let home = Home::new();
    let read_only = fs::File::open(home.write("read.only", "")).unwrap();
    let ended = home
        .command(&["completions", "zsh"])
        .stdout(read_only)
        .output()
        .unwrap();
    let fault = String::from_utf8(ended.stderr).unwrap();
    assert!(fault.starts_with("grantd: standard output: "), "{fault}");
    assert_eq!(ended.status.code(), Some(1));
}
