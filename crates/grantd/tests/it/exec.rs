//! `grantd exec`: what the command finds, and how it ends.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use crate::support::{Home, Running, set_mode};

const WORKING: &str = "sales-email-credentials";
const FAILING: &str = "billing-reports";

/// A demo whose state folder is that of the home.
fn demo() -> (Home, Running) {
    let home = Home::new();
    let demo = home.start(home.command(&["demo", "--no-traffic", "--keep", "state"]));
    demo.wait_for(|demo| demo.out().contains("Ctrl-C ends"));
    (home, demo)
}

#[test]
fn the_command_finds_the_token_and_no_api_key() {
    let (home, _demo) = demo();
    let key = home.state().join("admin.key");
    let mut command = home.command(&["exec", WORKING, "--state-dir", "state", "--", "env"]);
    command
        .env("GRANTD_API_KEY_FILE", &key)
        .env("GRANTD_PROFILE", "unused")
        .env("OTHER", "stays");
    let ended = home.to_end(command);
    assert_eq!(ended.err, "");
    let out = ended.succeeded();
    let value = |name: &str| {
        let line = out.lines().find(|line| line.starts_with(name));
        line.map(|line| line[name.len()..].to_owned())
    };
    let token = value("GRANTD_ACCESS_TOKEN=").unwrap();
    assert!(token.starts_with("sbx_"), "{token}");
    assert_eq!(value("GRANTD_TOKEN_TYPE=").as_deref(), Some("Bearer"));
    let end = value("GRANTD_EXPIRES_AT=").unwrap();
    assert!(end.starts_with("20") && end.ends_with('Z'), "{end}");
    assert_eq!(value("OTHER=").as_deref(), Some("stays"));
    assert_eq!(value("GRANTD_PROFILE=").as_deref(), Some("unused"));
    assert!(!out.contains("GRANTD_API_KEY"), "{out}");
}

#[test]
fn the_variable_of_the_token_can_be_named() {
    let (home, _demo) = demo();
    let out = home
        .run(&["exec", WORKING, "--env", "TOKEN", "--", "env"])
        .succeeded();
    assert!(
        out.contains("\nTOKEN=sbx_") || out.starts_with("TOKEN=sbx_"),
        "{out}"
    );
    assert!(!out.contains("GRANTD_ACCESS_TOKEN"), "{out}");
    for name in ["A B", "1A", "", "GRANTD_API_KEY", "GRANTD_URL"] {
        let fault = home
            .run(&["exec", WORKING, "--env", name, "--", "env"])
            .failed(2);
        assert!(fault.contains("--env"), "{name}: {fault}");
    }
}

#[test]
fn arguments_arrive_as_they_are() {
    let (home, _demo) = demo();
    let odd: [&[u8]; 10] = [
        b"",
        b"a b",
        b"$HOME",
        b"'",
        b"\"\\",
        b"*",
        b"--env",
        b"--",
        b"two\nlines",
        b"\xff\xfe",
    ];
    let state = home.state();
    let mut command = home.command(&["exec", WORKING, "--state-dir", state.to_str().unwrap()]);
    command.args(["--", "sh", "-c", "printf '<%s>' \"$@\" >arguments", "sh"]);
    command.args(odd.map(OsStr::from_bytes));
    home.to_end(command).succeeded();
    let expected: Vec<u8> = odd
        .iter()
        .flat_map(|argument| [b"<", *argument, b">"].concat())
        .collect();
    assert_eq!(fs::read(home.path("arguments")).unwrap(), expected);
}

#[test]
fn exit_codes_are_those_of_the_command_or_of_shells() {
    let (home, _demo) = demo();
    for code in [0, 1, 2, 42, 255] {
        let exit = format!("exit {code}");
        let ended = home.run(&["exec", WORKING, "--", "sh", "-c", &exit]);
        assert_eq!((ended.code, ended.err.as_str()), (code, ""));
    }
    let fault = home
        .run(&["exec", WORKING, "--", "no-such-command"])
        .failed(127);
    assert_eq!(
        fault,
        "grantd: `no-such-command` can not be run: it was not found\n"
    );
    home.write("no-program", "echo it ran\n");
    for program in ["./no-program", "./state"] {
        let fault = home.run(&["exec", WORKING, "--", program]).failed(126);
        let begin = format!("grantd: `{program}` can not be run: ");
        assert!(fault.starts_with(&begin), "{fault}");
        assert_eq!(fault.lines().count(), 1, "{fault}");
    }
    set_mode(&home.path("no-program"), 0o700);
    let ended = home.run(&["exec", WORKING, "--", "./no-program"]);
    assert_eq!(ended.succeeded(), "it ran\n");
}

#[test]
fn without_a_token_nothing_is_run() {
    let (home, _demo) = demo();
    let fault = home
        .run(&["exec", FAILING, "--", "touch", "it-ran"])
        .failed(1);
    assert!(fault.contains("invalid_client"), "{fault}");
    assert!(!home.path("it-ran").exists());
    let fault = home.run(&["exec", WORKING]).failed(2);
    assert!(fault.contains("COMMAND"), "{fault}");
}

#[test]
fn a_command_may_run_grantd_itself() {
    let (home, _demo) = demo();
    let grantd = env!("CARGO_BIN_EXE_grantd");
    let inner = format!("exec {grantd} --state-dir state token {WORKING}");
    let out = home
        .run(&["exec", WORKING, "--", "sh", "-c", &inner])
        .succeeded();
    assert!(out.starts_with("sbx_"), "{out}");
}
