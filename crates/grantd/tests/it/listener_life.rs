//! An email listener from adding to deleting, by command, on the demo's mailbox.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::support::{Ended, Home, Running, between};

struct Stage {
    home: Home,
    demo: Running,
}

impl Stage {
    fn start() -> Self {
        let home = Home::new();
        let command = home.command(&["demo", "--no-traffic", "--keep", "kept"]);
        let demo = home.start(command);
        demo.wait_for(|running| running.out().contains("Ctrl-C ends"));
        Self { home, demo }
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let mut all = vec!["--state-dir", "kept", "listener"];
        all.extend(arguments);
        self.home.to_end(self.home.command(&all))
    }

    /// Does something with the credential of the listeners.
    fn credential(&self, arguments: &[&str]) -> Ended {
        let mut all = vec!["--state-dir", "kept", "credential"];
        all.extend(arguments);
        all.push("sales-email-credentials");
        self.home.to_end(self.home.command(&all))
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let mut command = vec!["--state-dir", "kept", "listener"];
        command.extend(arguments);
        command.extend(["--output", "json"]);
        let told = self.home.to_end(self.home.command(&command)).succeeded();
        serde_json::from_str(&told).unwrap()
    }

    /// Sends a mail as a program does.
    fn send(&self, subject: &str) {
        let text = self.demo.out();
        let address = between(&text, "mail comes in by SMTP at ", ")").to_owned();
        let mut stream = TcpStream::connect(address).unwrap();
        let mut answers = BufReader::new(stream.try_clone().unwrap());
        let mut answer = || {
            let mut line = String::new();
            answers.read_line(&mut line).unwrap();
            line
        };
        assert!(answer().starts_with("220"));
        for (said, expected) in [
            ("HELO me\r\n".to_owned(), "250"),
            ("MAIL FROM:<me@example.org>\r\n".to_owned(), "250"),
            ("RCPT TO:<sales@example.com>\r\n".to_owned(), "250"),
            ("DATA\r\n".to_owned(), "354"),
            (
                format!(
                    "From: me@example.org\r\nSubject: {subject}\r\n\r\nhello\r\n..dots\r\n.\r\n"
                ),
                "250",
            ),
            ("QUIT\r\n".to_owned(), "221"),
        ] {
            stream.write_all(said.as_bytes()).unwrap();
            let told = answer();
            assert!(told.starts_with(expected), "{said}: {told}");
        }
    }

    /// The envelopes in the spool folder.
    fn envelopes(&self) -> Vec<Value> {
        let folder = self.home.path("kept/spool");
        let files = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
        let json = files.filter(|path| path.extension().is_some_and(|it| it == "json"));
        json.map(|path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
            .collect()
    }

    fn wait_for(&self, subject: &str, within: Duration) -> Value {
        let deadline = Instant::now() + within;
        loop {
            let all = self.envelopes();
            if let Some(found) = all.into_iter().find(|it| it["subject"] == subject) {
                return found;
            }
            assert!(Instant::now() < deadline, "{subject} is not there");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_mail_is_in_the_spool_and_in_the_list_within_two_seconds() {
    let mut stage = Stage::start();
    stage.run(&["resume", "sales-mailbox"]).succeeded();
    // the examples, which were there before
    stage.wait_for("Order 4711", Duration::from_secs(10));
    let arguments = ["--state-dir", "kept", "listener", "tail", "sales-mailbox"];
    let mut tail = stage.home.start(stage.home.command(&arguments));
    tail.wait_for(|running| running.out().contains("Order 4711"));
    for number in 0..3 {
        let subject = format!("Hello {number}");
        stage.send(&subject);
        let envelope = stage.wait_for(&subject, Duration::from_secs(2));
        assert_eq!(envelope["text"], "hello\r\n.dots\r\n");
        let key = envelope["key"].as_str().unwrap().to_owned();
        let deadline = Instant::now() + Duration::from_secs(2);
        loop {
            let list = stage.run(&["deliveries", "sales-mailbox"]).succeeded();
            if list.contains(&key) && list.contains(&subject) {
                break;
            }
            assert!(Instant::now() < deadline, "{list}");
        }
        tail.wait_for(|running| running.out().contains(&subject));
    }
    let told = tail.out();
    assert!(told.starts_with("DELIVERED"), "{told}");
    assert_eq!(told.matches("Hello 1").count(), 1, "{told}");
    assert_eq!(tail.end_by(Signal::INT), 0);
    assert_eq!(stage.demo.end_by(Signal::TERM), 0);
    assert_eq!(stage.demo.err(), "");
}

/// And what was set can be taken away.
fn what_is_shown_can_be_given_back(stage: &Stage) {
    let shown = stage.json(&["show", "orders"]);
    let file = stage.home.path("orders.json");
    fs::write(&file, shown.to_string()).unwrap();
    let same = ["update", "orders", "--from-file", "orders.json"];
    stage.run(&same).succeeded();
    assert_eq!(
        stage.json(&["show", "orders"])["revision"],
        shown["revision"]
    );
    let clear = [
        "update", "orders", "--clear", "move-to", "--clear", "filters",
    ];
    stage.run(&clear).succeeded();
    let shown = stage.json(&["show", "orders"]);
    assert_eq!(shown["afterwards"]["then"], "leave");
    assert_eq!(shown["filters"], serde_json::json!([]));
}

#[test]
fn a_listener_is_tested_added_changed_paused_and_deleted() {
    let mut stage = Stage::start();
    let shown = stage.json(&["show", "sales-mailbox"]);
    let endpoint = shown["endpoint"].as_str().unwrap().to_owned();
    let settings = [
        "--name",
        "Orders",
        "--credential",
        "sales-email-credentials",
        "--mailbox",
        "sales@example.com",
        "--endpoint",
        &endpoint,
        "--spool",
        "demo",
        "--start",
        "unread",
        "--interval",
        "1",
        "--filter",
        "subject contains order",
        "--filter",
        "not sender contains nobody",
    ];
    let with = |first: &'static str, more: &[&'static str]| -> Vec<&str> {
        let mut all = vec![first];
        all.extend(settings);
        all.extend(more);
        all
    };
    let tested = stage.run(&with("test", &[])).succeeded();
    for words in ["access token", "folder", "newest", "Order 4711", "spool"] {
        assert!(
            tested.to_lowercase().contains(&words.to_lowercase()),
            "{words}: {tested}"
        );
    }
    let failed = stage.run(&with("test", &["--folder", "inbox/Nowhere"]));
    let failed = failed.code;
    assert_eq!(failed, 1);
    let wrong = stage.run(&with("add", &["--mailbox", "other@example.com"]));
    let wrong = wrong.failed(2);
    assert!(wrong.contains("--mailbox"), "{wrong}");
    let wrong = stage.run(&with("add", &["--filter", "subject"])).failed(2);
    assert!(wrong.contains("FIELD TEST VALUE"), "{wrong}");

    let added = stage.run(&with("add", &["--slug", "orders"])).succeeded();
    assert!(added.contains("orders"), "{added}");
    let envelope = stage.wait_for("Order 4711", Duration::from_secs(10));
    let key = envelope["key"].as_str().unwrap().to_owned();
    let attachment = envelope["attachments"][0]["file"].as_str().unwrap();
    let file = stage.home.path("kept/spool").join(attachment);
    assert!(
        fs::read_to_string(file)
            .unwrap()
            .starts_with("article;count")
    );
    let place = stage.home.path("kept/spool").join(format!("{key}.json"));
    fs::remove_file(place).unwrap();
    stage.run(&["deliver", "orders", &key]).succeeded();
    let again = stage.wait_for("Order 4711", Duration::from_secs(10));
    assert_eq!(again["key"], key.as_str());
    let list = stage.run(&["list"]).succeeded();
    assert!(
        list.contains("sales-mailbox") && list.contains("orders"),
        "{list}"
    );
    let letters = stage.run(&["letters", "orders"]).succeeded();
    assert!(!letters.contains("given up"), "{letters}");
    let updated = stage.run(&["update", "orders", "--move-to", "inbox/Done"]);
    updated.succeeded();
    assert_eq!(
        stage.json(&["show", "orders"])["afterwards"]["then"],
        "move"
    );
    what_is_shown_can_be_given_back(&stage);
    let disabled = stage.credential(&["disable"]);
    assert!(disabled.err.contains("orders"), "{disabled:?}");
    stage.run(&["pause", "orders"]).succeeded();
    assert_eq!(stage.json(&["show", "orders"])["paused"], true);
    let unknown = stage.run(&["discard", "orders", &"0".repeat(32)]);
    assert_ne!(unknown.code, 0);
    let kept = stage.credential(&["delete", "--yes"]);
    assert!(kept.err.contains("orders"), "{kept:?}");
    stage.run(&["delete", "orders", "--yes"]).succeeded();
    let gone = stage.run(&["show", "orders"]);
    assert_ne!(gone.code, 0);
    stage
        .run(&with("add", &["--slug", "waiting", "--paused"]))
        .succeeded();
    assert_eq!(stage.json(&["show", "waiting"])["paused"], true);
    assert!(Path::exists(&stage.home.path("kept/spool")));
    assert_eq!(stage.demo.end_by(Signal::TERM), 0);
}
