//! The demo: what it prints works, and nothing of it stays.

use std::fs;

use rustix::process::Signal;

use crate::support::{Home, Running, SECRET, between, set_mode};

fn demo(home: &Home, arguments: &[&str]) -> Running {
    let mut command = home.command(&["demo", "--no-traffic"]);
    command.args(arguments);
    let running = home.start(command);
    running.wait_for(|running| running.out().contains("Ctrl-C ends"));
    running
}

/// A command that the demo printed, with the lines that it goes on in, run by a shell.
fn run_printed(home: &Home, text: &str, part: &str) -> (i32, String, String) {
    let mut lines = text.lines().skip_while(|line| !line.contains(part));
    let mut command = lines.next().unwrap().to_owned();
    while command.ends_with(['\\', '|']) {
        command = format!("{command}\n{}", lines.next().unwrap());
    }
    let output = std::process::Command::new("sh")
        .args(["-c", command.trim()])
        .env_clear()
        .env("HOME", home.path(""))
        .env("PATH", "/usr/bin:/bin")
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

    let (code, out, _) = run_printed(&home, &text, " validate sales-email-credentials");
    assert_eq!(code, 0);
    assert!(out.contains("✓ token response"), "{out}");
    let (code, out, _) = run_printed(&home, &text, " validate billing-reports");
    assert_eq!(code, 1);
    assert!(out.contains("what to do: "), "{out}");

    let (code, out, err) = run_printed(&home, &text, " exec ");
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("\"hello\""), "{out}");
    let (code, out, err) = run_printed(&home, &text, "     sed ");
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("\"access_token\":\"sbx_"), "{out}");

    let (code, ..) = run_printed(&home, &text, " -X PUT ");
    assert_eq!(code, 0);
    let (code, _, err) = run_printed(&home, &text, " renew ");
    assert_eq!(code, 1);
    assert!(err.contains("try again in 5 s"), "{err}");
    let (code, out, _) = run_printed(&home, &text, " events ");
    assert_eq!(code, 0);
    assert!(out.contains("rate_limited"), "{out}");

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
