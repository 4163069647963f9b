//! An HTTP consumer from adding to deleting, by command.

use std::fs;

use serde_json::{Value, json};

use crate::stage::Stage;
use crate::stand_in::{KEY, StandIn};
use crate::support::{Ended, Home, SECRET};

/// The value of the secret header.
const HEADER_SECRET: &str = "canary-header-Zt6";

/// A served grantd with a credential `crm` that may send its tokens to this machine.
fn stage() -> Stage {
    let stage = Stage::new();
    stage.home.write("api.key", &format!("{HEADER_SECRET}\n"));
    let flags = [
        "--name",
        "CRM",
        "--secret-file",
        "-",
        "--bound-host",
        "127.0.0.1",
    ];
    stage.add(&flags, SECRET).succeeded();
    stage
}

fn run(stage: &Stage, arguments: &[&str]) -> Ended {
    stage.home.run(&[&["consumer"], arguments].concat())
}

/// The consumer as the API has it.
fn shown(stage: &Stage) -> Value {
    let told = run(stage, &["show", "customers", "--output", "json"]);
    serde_json::from_str(&told.succeeded()).unwrap()
}

/// Adds the consumer `customers`, whose secret header comes from a file.
fn add(stage: &Stage) -> Ended {
    let base = format!("{}/customers", stage.sandbox);
    let arguments = [
        "add",
        "--name",
        "Customers",
        "--credential",
        "crm",
        "--base-url",
        &base,
        "--secret-header",
        "x-api-key=@api.key",
        "--header",
        "accept=application/json",
        "--label",
        "team=sales",
        "--allow-path",
        "/all",
    ];
    run(stage, &arguments)
}

#[test]
fn a_consumer_is_added_changed_disabled_and_deleted() {
    let stage = stage();
    let added = add(&stage).succeeded();
    for part in [
        "customers",
        "serving",
        "x-api-key (secret)",
        "accept=application/json",
        "team=sales",
    ] {
        assert!(added.contains(part), "{part}: {added}");
    }
    let list = run(&stage, &["list", "--q", "CUST", "--credential", "crm"]).succeeded();
    assert_eq!(list.lines().count(), 2, "{list}");
    let none = run(&stage, &["list", "--q", "other"]).succeeded();
    assert_eq!(none.lines().count(), 1, "{none}");

    let changes = [
        "update",
        "customers",
        "--answer-timeout-s",
        "9",
        "--allow-method",
        "GET",
        "--label",
        "env=prod",
        "--clear",
        "paths",
    ];
    let updated = run(&stage, &changes).succeeded();
    assert!(updated.contains("answer_s 9"), "{updated}");
    let kept = shown(&stage);
    assert_eq!(kept["labels"], json!({"team": "sales", "env": "prod"}));
    assert_eq!(kept["methods"], json!(["GET"]));
    assert_eq!(kept["paths"], json!([]));
    assert_eq!(kept["headers"][1]["name"], "x-api-key");

    // what is shown can be given back, with the secret that is kept
    fs::write(stage.home.path("kept.json"), kept.to_string()).unwrap();
    let same = ["update", "customers", "--from-file", "kept.json"];
    run(&stage, &same).succeeded();
    assert_eq!(shown(&stage), kept);
    let old = ["update", "customers", "--name", "x", "--revision", "1"];
    let fault = run(&stage, &old).failed(1);
    assert!(fault.contains("its revision now is r2"), "{fault}");
    let nothing = run(&stage, &["update", "customers"]).failed(2);
    assert!(nothing.contains("nothing to change"), "{nothing}");

    run(&stage, &["disable", "customers"]).succeeded();
    assert_eq!(shown(&stage)["standing"], "disabled");
    run(&stage, &["enable", "customers"]).succeeded();
    let disabled = stage.home.run(&["credential", "disable", "crm"]);
    let told = "These HTTP consumers let nothing through until it is enabled: customers";
    assert!(disabled.err.contains(told), "{disabled:?}");
    let list = run(&stage, &["list"]).succeeded();
    assert!(list.contains("credential disabled"), "{list}");
    let in_use = stage.home.run(&["credential", "delete", "crm", "--yes"]);
    assert!(in_use.err.contains("customers"), "{in_use:?}");

    let unasked = run(&stage, &["delete", "customers"]).failed(2);
    assert!(unasked.contains("--yes"), "{unasked}");
    let deleted = run(&stage, &["delete", "customers", "--yes"]);
    assert!(deleted.err.contains("was deleted"), "{deleted:?}");
    run(&stage, &["show", "customers"]).failed(1);
    let log = stage.served.err();
    for text in [added, updated, kept.to_string(), log] {
        assert!(!text.contains(HEADER_SECRET), "{text}");
    }
}

#[test]
fn what_is_wrong_is_told_by_its_flag() {
    let stage = stage();
    add(&stage).succeeded();
    for (arguments, expected) in [
        (
            &["update", "customers", "--base-url", "http://127.0.0.1:1/"][..],
            "  --header or --secret-header: the value is expected again",
        ),
        (
            &["update", "customers", "--base-url", "https://evil.example/"],
            "  --base-url: ",
        ),
        (
            &["update", "customers", "--header", "te=x"],
            "  --header te: ",
        ),
        (
            &["update", "customers", "--secret-header", "te=@api.key"],
            "  --secret-header te: ",
        ),
        (
            &["update", "customers", "--allow-method", "G T"],
            "  --allow-method: ",
        ),
        (&["test", "customers", "--method", "G T"], "  --method: "),
        (&["test", "customers", "--path", "all"], "  --path: "),
        (
            &["test", "customers", "--rejected-status", "99"],
            "  --rejected-status: ",
        ),
        (
            &["test", "--name", "x", "--base-url", "ftp://x"],
            "  --base-url: ",
        ),
        (
            &["add", "--name", "x", "--credential", "none"],
            "  --credential: ",
        ),
        (
            &[
                "update",
                "customers",
                "--secret-header",
                "x-api-key=hunter2",
            ],
            "NAME=@FILE is expected",
        ),
        (&["update", "customers", "--clear", "base_url"], "--clear"),
        (&["show", "No Slug"], "CONSUMER"),
    ] {
        let fault = run(&stage, arguments).failed(2);
        assert!(fault.contains(expected), "{arguments:?}: {fault}");
        assert!(!fault.contains("hunter2"), "{fault}");
    }
}

#[test]
fn a_secret_header_comes_from_standard_input() {
    let stage = stage();
    add(&stage).succeeded();
    let arguments = [
        "consumer",
        "update",
        "customers",
        "--base-url",
        "http://127.0.0.1:1/",
        "--secret-header",
        "x-api-key=@-",
    ];
    let input = format!("{HEADER_SECRET}\n");
    let moved = stage.home.run_with_input(&arguments, &input).succeeded();
    assert!(moved.contains("http://127.0.0.1:1/"), "{moved}");
    assert!(moved.contains("x-api-key (secret)"), "{moved}");
}

/// A server that answers every request with this report, and the end of a command that is sent there.
fn tested(report: &Value, arguments: &[&str]) -> (Ended, String) {
    let server = StandIn::grantd(report);
    let home = Home::new();
    home.write("key", KEY);
    let url = server.url();
    let server_flags = ["--api-key-file", "key", "--url", url.as_str()];
    let all = [&["consumer", "test"], arguments, &server_flags].concat();
    let ended = home.to_end(home.command(&all));
    server.wait_for_requests(1);
    (ended, server.requests().concat())
}

#[test]
fn a_request_is_tried_and_told_step_by_step() {
    let step =
        json!({"name": "answer", "ok": true, "took_s": 0.02, "detail": "answered", "remedy": null});
    let mut report = json!({
        "ok": true, "status": 200, "took_s": 0.02, "steps": [step],
        "headers": [{"name": "content-type", "value": "text/plain"}],
    });
    let arguments = ["crm", "--path", "/all?limit=1", "--cookies", "true"];
    let (ended, request) = tested(&report, &arguments);
    let told = ended.succeeded();
    for part in ["ok", "answered", "status 200", "content-type: text/plain"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(request.starts_with("POST /v1/consumer_tests "), "{request}");
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    let expected =
        json!({"consumer": "crm", "path": "/all?limit=1", "overrides": {"cookies": true}});
    assert_eq!(body, expected);

    report["ok"] = json!(false);
    let (ended, request) = tested(&report, &["--base-url", "https://api.crm.example"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.err.contains("did not go through"), "{ended:?}");
    let draft = r#"{"draft":{"base_url":"https://api.crm.example"}}"#;
    assert!(request.ends_with(draft), "{request}");
}
