//! Answers to a validation that grantd would not give: told, bounded, and never taken for a success.

use std::time::Duration;

use crate::stand_in::{KEY, StandIn};
use crate::support::{Ended, Home};

const STREAM: &str = "200 OK\r\nContent-Type: text/event-stream";
const STEP: &str = "event: step\ndata: {\"step\":\"dns\",\"outcome\":\"done\",\"duration_s\":0.001,\
                    \"detail\":\"::1\"}\n\n";

fn validated(head: &str, body: &str) -> Ended {
    let server = StandIn::start(head, body, Duration::ZERO);
    let home = Home::new();
    home.write("key", KEY);
    let mut command = home.command(&["credential", "validate", "sales", "--api-key-file", "key"]);
    command.args(["--url", &server.url()]);
    home.to_end(command)
}

#[test]
fn a_stream_without_a_result_is_a_failure() {
    let ended = validated(STREAM, STEP);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert_eq!(ended.out, "✓ DNS                  1 ms  ::1\n");
    assert_eq!(
        ended.err,
        "grantd: the answer of grantd ended before its result\n"
    );
    let ended = validated(STREAM, "");
    assert_eq!((ended.code, ended.out.as_str()), (1, ""));
    let ended = validated(STREAM, "event: result\ndata: no JSON\n\n");
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.err.contains("does not say"), "{ended:?}");
}

#[test]
fn a_problem_within_the_stream_is_a_failure() {
    let problem = r#"event: problem
data: {"type":"urn:grantd:problem:store_failed","title":"T","status":503,"detail":"no store","remedy":"Wait."}

"#;
    let ended = validated(STREAM, &format!("{STEP}{problem}"));
    assert_eq!(ended.code, 1, "{ended:?}");
    assert_eq!(ended.err, "grantd: no store\n  Wait.\n");
    let ended = validated(STREAM, "event: problem\ndata: 7\n\n");
    assert!(ended.err.contains("not as grantd does"), "{ended:?}");
}

#[test]
fn an_answer_that_is_no_stream_is_the_result() {
    let body = r#"{"result":"failed","steps":[{"step":"tcp","outcome":"failed","duration_s":1,
        "detail":"refused\u001b[2J","remedy":"Start it."}]}"#;
    let ended = validated("200 OK\r\nContent-Type: application/json", body);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert_eq!(
        ended.out,
        "✗ TCP               1000 ms  refused\\u{1b}[2J\n    what to do: Start it.\n"
    );
    for (head, body) in [
        ("200 OK\r\nContent-Type: text/html", "<html>"),
        (
            "302 Found\r\nLocation: /\r\nContent-Type: text/event-stream",
            STEP,
        ),
    ] {
        let fault = validated(head, body).failed(1);
        assert!(fault.contains("not as grantd does"), "{fault}");
    }
}

#[test]
fn a_stream_without_measure_is_not_read_on() {
    let flood = "event: begun\ndata: 1\n\n".repeat(800_000);
    let fault = validated(STREAM, &flood).failed(1);
    assert!(fault.contains("no answer of grantd at"), "{fault}");
    assert!(fault.contains("16777216"), "{fault}");
}
