//! The demo: what it prints works, and nothing of it stays.

use std::fs;

use rustix::process::Signal;

use crate::support::{Home, Running, SECRET, between, set_mode};

fn demo(home: &Home, arguments: &[&str]) -> Running {
    let mut command = home.command(&["demo"]);
    command.args(arguments);
    let running = home.start(command);
    running.wait_for(|running| running.out().contains("Ctrl-C ends"));
    running
}

/// A command that the demo printed, run by a shell.
fn run_printed(home: &Home, text: &str, part: &str) -> (i32, String, String) {
    let line = text.lines().find(|line| line.contains(part)).unwrap();
    let output = std::process::Command::new("sh")
        .args(["-c", line.trim()])
        .env_clear()
        .env("HOME", home.path(""))
        .current_dir("/")
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap_or(-1);
    (code, text(output.stdout), text(output.stderr))
}

#[test]
fn printed_commands_work_and_hold_no_secret() {
    let home = Home::new();
    let mut running = demo(&home, &[]);
    let text = running.out();
    let folder = between(&text, "State folder", "(").trim().to_owned();
    let key = fs::read_to_string(format!("{folder}/admin.key")).unwrap();
    assert!(
        !text.contains(key.trim()) && !text.contains(SECRET),
        "{text}"
    );

    let (code, out, _) = run_printed(&home, &text, " credential list");
    assert_eq!(code, 0);
    assert!(out.contains("Sales Email Credentials"), "{out}");

    let (code, out, _) = run_printed(&home, &text, " token sales-email-credentials");
    assert_eq!(code, 0);
    assert!(out.starts_with("sbx_") && out.lines().count() == 1, "{out}");

    let (code, out, err) = run_printed(&home, &text, " token billing-reports");
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("invalid_client"), "{err}");

    let (code, out, _) = run_printed(&home, &text, " audit");
    assert_eq!(code, 0);
    assert!(out.contains("token.fetch"), "{out}");

    assert_eq!(running.end_by(Signal::INT), 0);
    assert!(!fs::exists(&folder).unwrap(), "{folder} stays behind");
    assert_eq!(running.err(), "");
    let nothing =
        fs::exists(home.path(".local")).unwrap() || fs::exists(home.path(".config")).unwrap();
    assert!(!nothing, "the demo wrote into the home folder");
}

#[test]
fn a_kept_folder_stays_and_is_not_used_twice() {
    let home = Home::new();
    let mut running = demo(&home, &["--keep", "kept"]);
    assert_eq!(running.end_by(Signal::TERM), 0);
    assert!(home.path("kept/grantd.db").exists());
    let fault = home
        .to_end(home.command(&["demo", "--keep", "kept"]))
        .failed(2);
    assert!(fault.contains("kept is in use already"), "{fault}");
    home.write("used/notes.txt", "mine");
    set_mode(&home.path("used"), 0o700);
    let fault = home
        .to_end(home.command(&["demo", "--keep", "used"]))
        .failed(2);
    assert!(fault.contains("used holds files already"), "{fault}");
    assert_eq!(fault.lines().count(), 1, "{fault}");
    assert!(!home.path("used/grantd.db").exists());
    let fault = home
        .to_end(home.command(&["demo", "--listen", "0.0.0.0:0"]))
        .failed(2);
    assert!(fault.contains("no loopback address"), "{fault}");
}
