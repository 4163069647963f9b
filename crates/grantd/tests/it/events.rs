//! `grantd credential events`: what was asked of the authorization server, then and as it happens.

use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::stage::Stage;
use crate::support::Running;

const SLUG: &str = "sales";

/// Waits until something holds, whatever is noted on standard error.
fn until(running: &Running, holds: impl Fn(&Running) -> bool) {
    let begin = Instant::now();
    while !holds(running) {
        assert!(
            begin.elapsed() < Duration::from_secs(30),
            "out: {}\nerr: {}",
            running.out(),
            running.err()
        );
        sleep(Duration::from_millis(20));
    }
}

fn renew(stage: &Stage, times: usize) {
    for _ in 0..times {
        stage.home.run(&["credential", "renew", SLUG]).succeeded();
    }
}

#[test]
fn events_are_listed_newest_first() {
    let stage = Stage::new();
    stage.add_named("Sales");
    let home = &stage.home;
    let none = home.run(&["credential", "events", SLUG]).succeeded();
    assert_eq!(none.lines().count(), 1, "{none}");

    home.run(&["token", SLUG]).succeeded();
    stage.switch_fault(r#"{"kind":"rate_limited","retry_after_s":7}"#);
    let fault = home.run(&["credential", "renew", SLUG]).failed(1);
    assert!(fault.contains("try again in 7 s"), "{fault}");
    let text = home.run(&["credential", "events", SLUG]).succeeded();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    for (line, parts) in [
        (lines[0], ["TIME", "CAUSE", "RESULT", "DETAIL"]),
        (
            lines[1],
            ["person", "rate_limited", " ms ", "tried again from 20"],
        ),
        (lines[2], ["demand", "issued", " 60 s ", " v1"]),
    ] {
        for part in parts {
            assert!(line.contains(part), "{part}: {text}");
        }
    }

    let page = ["credential", "events", SLUG, "--limit", "1"];
    let ended = home.run(&page);
    assert!(
        ended.err.contains("--all shows them, --cursor "),
        "{ended:?}"
    );
    let json = home
        .run(&[&page[..], &["--output", "json"]].concat())
        .succeeded();
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["items"][0]["result"], "rate_limited");
    let cursor = document["next_cursor"].as_str().unwrap();
    let next = home.run(&["credential", "events", SLUG, "--cursor", cursor]);
    assert!(next.succeeded().contains("issued"));
    let all = home.run(&[&page[..], &["--all"]].concat()).succeeded();
    assert_eq!(all.lines().count(), 3, "{all}");
    assert!(!all.contains("sbx_"), "{all}");
}

#[test]
fn new_ones_are_followed_oldest_first() {
    let stage = Stage::new();
    stage.add_named("Sales");
    renew(&stage, 12);
    let mut table = stage.start(&["credential", "events", SLUG, "--follow"]);
    let mut json = stage.start(&["credential", "events", SLUG, "--follow", "--output", "json"]);
    // ten of twelve, and the heading
    until(&table, |it| it.out().lines().count() == 11);
    until(&json, |it| it.out().lines().count() == 10);
    stage.switch_fault(r#"{"kind":"server_error","remaining":1}"#);
    stage.home.run(&["credential", "renew", SLUG]).failed(1);
    renew(&stage, 2);
    until(&table, |it| it.out().lines().count() == 14);
    until(&json, |it| it.out().lines().count() == 13);

    let out = json.out();
    let events: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let ids: Vec<&str> = events.iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    assert_eq!(events[10]["result"], "server_error");
    assert!(
        table
            .out()
            .lines()
            .nth(11)
            .unwrap()
            .contains("server_error")
    );
    for following in [&mut table, &mut json] {
        assert_eq!(following.end_by(Signal::INT), 0);
        assert_eq!(following.err(), "");
    }
}

#[test]
fn a_restart_of_the_server_is_survived_with_a_note() {
    let mut stage = Stage::new();
    stage.add_named("Sales");
    renew(&stage, 1);
    let mut following = stage.start(&["credential", "events", SLUG, "--follow"]);
    until(&following, |it| it.out().lines().count() == 2);
    assert_eq!(stage.served.end_by(Signal::TERM), 0);
    until(&following, |it| it.err().contains("; waiting for it\n"));
    stage.serve_again();
    renew(&stage, 1);
    until(&following, |it| it.out().lines().count() == 3);
    let err = following.err();
    assert!(err.ends_with("grantd: grantd answers again\n"), "{err}");
    assert_eq!(err.lines().count(), 2, "{err}");
    assert_eq!(following.end_by(Signal::INT), 0);
}

#[test]
fn following_ends_with_the_credential_and_with_the_reader() {
    let stage = Stage::new();
    stage.add_named("Sales");
    let mut following = stage.start(&["credential", "events", SLUG, "--follow"]);
    until(&following, |it| it.out().lines().count() == 1);

    let mut command = stage.command(&["credential", "events", SLUG, "--follow"]);
    command.stdout(Stdio::piped());
    let mut unread = command.spawn().unwrap();
    drop(unread.stdout.take());
    renew(&stage, 1);
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = unread.try_wait().unwrap() {
            break status;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "it goes on");
        sleep(Duration::from_millis(20));
    };
    assert!(status.success(), "{status}");

    stage
        .home
        .run(&["credential", "delete", SLUG, "--yes"])
        .succeeded();
    assert_eq!(following.wait(), 1);
    assert!(
        following.err().contains("there is no credential"),
        "{}",
        following.err()
    );
}

#[test]
fn what_can_not_be_shown_is_told() {
    let stage = Stage::new();
    stage.add_named("Sales");
    for (arguments, code, expected) in [
        (&["absent"][..], 1, "there is no credential `absent`"),
        (
            &["absent", "--follow"],
            1,
            "there is no credential `absent`",
        ),
        (&["A B"], 2, "'A B'"),
        (&[SLUG, "--limit", "500"], 2, "  --limit: "),
        (&[SLUG, "--limit", "many"], 2, "--limit"),
        (&[SLUG, "--cursor", "abc"], 2, "  --cursor: "),
        (
            &[SLUG, "--follow", "--limit", "5"],
            2,
            "cannot be used with",
        ),
        (&[SLUG, "--follow", "--all"], 2, "cannot be used with"),
        (
            &[SLUG, "--follow", "--cursor", "a"],
            2,
            "cannot be used with",
        ),
    ] {
        let fault = stage
            .home
            .run(&[&["credential", "events"], arguments].concat())
            .failed(code);
        assert!(fault.contains(expected), "{arguments:?}: {fault}");
    }
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = stage.command(&["credential", "events", SLUG, "--follow"]);
    command.stdout(full);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let fault = String::from_utf8(output.stderr).unwrap();
    assert!(fault.contains("standard output: "), "{fault}");
}
