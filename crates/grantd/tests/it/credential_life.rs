//! A credential from adding to deleting, on a server of its own, with tokens from the sandbox.

use rustix::process::Signal;

use crate::stage::Stage;
use crate::support::SECRET;

#[test]
fn a_credential_is_added_used_and_changed() {
    let stage = Stage::new();
    let home = &stage.home;
    let added = stage.add(
        &[
            "--name",
            "Sales Email Credentials",
            "--secret-file",
            "-",
            "--label",
            "team=sales",
            "--description",
            "Reads the mail of sales.",
            "--secret-header",
            "x-canary=@secrets/sales",
        ],
        &format!("{SECRET}\n"),
    );
    assert!(
        added
            .err
            .contains("line end behind the secret was taken off"),
        "{added:?}"
    );
    let shown = added.succeeded();
    assert!(shown.contains("sales-email-credentials"), "{shown}");
    assert!(shown.contains("x-canary (secret)"), "{shown}");

    let slug = "sales-email-credentials";
    let list = home.run(&["credential", "list", "--label", "team=sales", "--q", "MAIL"]);
    assert_eq!(list.succeeded().lines().count(), 2);
    let none = home
        .run(&["credential", "list", "--enabled", "false"])
        .succeeded();
    assert_eq!(none.lines().count(), 1, "{none}");
    let json = home
        .run(&["credential", "show", slug, "--output", "json"])
        .succeeded();
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["client_id"], "sales-email-listener");
    assert_eq!(document["revision"], 1);

    let token = home.run(&["token", slug]).succeeded();
    assert!(
        token.starts_with("sbx_") && token.lines().count() == 1,
        "{token}"
    );
    let whole = home.run(&["--output", "json", "token", slug]).succeeded();
    // the token at hand, from a moment ago
    assert!(whole.contains(token.trim()), "{whole}");
    assert!(whole.contains("\"expires_in\": 5"), "{whole}");

    let updated = home.run(&[
        "credential",
        "update",
        slug,
        "--owner",
        "sales@example.com",
        "--clear",
        "description",
        "--label",
        "env=prod",
    ]);
    let updated = updated.succeeded();
    for part in ["sales@example.com", "team=sales", "env=prod"] {
        assert!(updated.contains(part), "{part}: {updated}");
    }
    assert!(!updated.contains("Reads the mail"), "{updated}");
    let fault = home
        .run(&[
            "credential",
            "update",
            slug,
            "--owner",
            "x",
            "--revision",
            "1",
        ])
        .failed(1);
    assert!(fault.contains("its revision now is r2"), "{fault}");
    let fault = home
        .run(&[
            "credential",
            "update",
            slug,
            "--auth-method",
            "client_secret_post",
        ])
        .failed(2);
    assert!(
        fault.contains("  --secret-file: the secret is expected again"),
        "{fault}"
    );

    let log = stage.served.err();
    for text in [&shown, &json, &whole, &updated, &log] {
        assert!(!text.contains(SECRET) && !text.contains("jhyun"), "{text}");
    }
    assert!(!log.contains(token.trim()), "{log}");
}

#[test]
fn a_credential_is_disabled_enabled_and_deleted() {
    let mut stage = Stage::new();
    let home = &stage.home;
    let slug = "sales";
    stage
        .add(&["--name", "Sales", "--secret-file", "-"], SECRET)
        .succeeded();
    home.run(&["credential", "disable", slug]).succeeded();
    let fault = home.run(&["token", slug]).failed(1);
    assert!(fault.contains("the credential is disabled"), "{fault}");
    home.run(&["credential", "enable", slug]).succeeded();
    home.run(&["token", slug]).succeeded();

    let fault = home.run(&["credential", "delete", slug]).failed(2);
    assert!(fault.contains("--yes"), "{fault}");
    home.run(&["credential", "delete", slug, "--yes"])
        .succeeded();
    let fault = home.run(&["credential", "show", slug]).failed(1);
    assert_eq!(fault, format!("grantd: there is no credential `{slug}`\n"));

    let audit = home.run(&["audit", "list", "--all"]).succeeded();
    assert!(audit.contains("credential.delete"), "{audit}");
    assert_eq!(stage.served.end_by(Signal::TERM), 0);
    let log = stage.served.err();
    for text in [&audit, &log] {
        assert!(!text.contains(SECRET), "{text}");
    }
}

#[test]
fn a_secret_of_a_source_and_a_draft_file_work() {
    let stage = Stage::new();
    let home = &stage.home;
    let sources = home.run(&["source", "list"]).succeeded();
    assert!(sources.contains("files  file"), "{sources}");
    home.write(
        "draft.toml",
        "name = \"Draft\"\nno_scope = true\n[client_secret_reference]\nsource = \"files\"\n\
         path = \"sales\"\nkey = \"/secret\"\n",
    );
    let shown = stage.add(&["--from-file", "draft.toml"], "").succeeded();
    assert!(shown.contains("external"), "{shown}");
    assert!(
        home.run(&["token", "draft"])
            .succeeded()
            .starts_with("sbx_")
    );

    let flags = [
        "--name",
        "Flags",
        "--secret-source",
        "files",
        "--secret-path",
        "sales",
        "--secret-key",
        "/absent",
    ];
    stage.add(&flags, "").succeeded();
    let fault = home.run(&["token", "flags"]).failed(1);
    assert!(fault.contains("/absent"), "{fault}");
    home.run(&[
        "credential",
        "update",
        "flags",
        "--secret-source",
        "files",
        "--secret-path",
        "sales",
        "--secret-key",
        "/secret",
    ])
    .succeeded();
    home.run(&["token", "flags"]).succeeded();
}

#[test]
fn faults_of_a_credential_name_flags_or_places_of_the_file() {
    let stage = Stage::new();
    let home = &stage.home;
    home.write("draft.json", r#"{"name": "", "audience": "a"}"#);
    let fault = stage
        .add(
            &[
                "--from-file",
                "draft.json",
                "--scope",
                "a\"b",
                "--secret-file",
                "-",
            ],
            "s",
        )
        .failed(2);
    assert!(fault.contains("--scope"), "{fault}");

    let fault = home
        .run_with_input(
            &[
                "credential",
                "add",
                "--from-file",
                "draft.json",
                "--secret-file",
                "-",
                "--token-endpoint",
                "http://login.example.com/token",
            ],
            "s",
        )
        .failed(2);
    for part in [
        "  --from-file: draft.json: /name: ",
        "  --client-id: ",
        "  --token-endpoint: an https URL",
        "  --scope: ",
    ] {
        assert!(fault.contains(part), "{part}: {fault}");
    }
}

#[test]
fn a_draft_that_can_not_be_read_is_named_with_the_place_in_it() {
    let stage = Stage::new();
    for (draft, expected) in [
        (
            "connect_timeout_s = \"soon\"",
            "  --from-file: draft.toml: /connect_timeout_s: invalid type: string, expected ",
        ),
        (
            "connect_timeout_s = -1",
            "  --from-file: draft.toml: /connect_timeout_s: a whole number of seconds from 1 to 60",
        ),
        (
            "clientid = \"a\"",
            "  --from-file: draft.toml: /clientid: unknown field `clientid`, expected one of ",
        ),
        (
            "[[parameters]]\nnam = \"a\"",
            "  --from-file: draft.toml: /parameters/0/nam: unknown field `nam`",
        ),
    ] {
        stage.home.write("draft.toml", draft);
        let flags = [
            "--name",
            "n",
            "--from-file",
            "draft.toml",
            "--secret-file",
            "-",
        ];
        let fault = stage.add(&flags, "s").failed(2);
        assert!(fault.contains(expected), "{draft}: {fault}");
        assert!(!fault.contains(" column "), "{fault}");
    }
}

#[test]
fn a_wrong_pair_is_named_by_its_own_flag_and_its_name() {
    let stage = Stage::new();
    stage.home.write("value", "hunter2");
    let fault = stage
        .add(
            &[
                "--name",
                "n",
                "--secret-file",
                "-",
                "--header",
                "x-plain=1",
                "--secret-header",
                "host=@value",
                "--parameter",
                "tenant=7",
                "--secret-parameter",
                "Client_Secret=@value",
            ],
            "s",
        )
        .failed(2);
    for part in [
        "  --secret-header host: a header that grantd does not set itself",
        "  --secret-parameter Client_Secret: a parameter that grantd does not set itself",
    ] {
        assert!(fault.contains(part), "{part}: {fault}");
    }
    assert!(!fault.contains("hunter2"), "{fault}");
}

#[test]
fn a_wait_that_is_asked_for_is_told() {
    let stage = Stage::new();
    stage
        .add(&["--name", "Busy", "--secret-file", "-"], SECRET)
        .succeeded();
    stage.switch_fault(r#"{"kind":"rate_limited","retry_after_s":30}"#);
    let fault = stage.home.run(&["token", "busy"]).failed(1);
    assert!(fault.contains("; try again in 30 s\n"), "{fault}");
}

#[test]
fn a_secret_is_never_taken_from_the_command_line() {
    let stage = Stage::new();
    for flags in [
        &["--secret", "hunter2"][..],
        &["--secret=hunter2"],
        &["--client-secret", "hunter2"],
        &["--client-secret=hunter2", "--secret-file", "-"],
        &["--secret-header", "x-key=hunter2"],
        &["--secret-parameter", "key=hunter2"],
    ] {
        let fault = stage
            .add(&[&["--name", "n"], flags].concat(), "s")
            .failed(2);
        assert!(fault.contains("command line"), "{flags:?}: {fault}");
        assert!(!fault.contains("hunter2"), "{fault}");
    }
    let fault = stage.add(&["--name", "n"], "").failed(2);
    assert!(fault.contains("--secret-file FILE"), "{fault}");
    let fault = stage
        .add(&["--name", "n", "--secret-file", "absent"], "")
        .failed(2);
    assert!(fault.contains("--secret-file: absent: "), "{fault}");
}

#[test]
fn a_request_that_runs_is_ended_well_after_the_signal() {
    let mut stage = Stage::new();
    stage
        .add(&["--name", "Slow", "--secret-file", "-"], SECRET)
        .succeeded();
    stage.switch_fault(r#"{"kind":"slow","delay_ms":1500}"#);
    let folder = stage.home.state();
    let mut command = stage.home.command(&["token", "slow", "--state-dir"]);
    command.arg(folder);
    let mut asking = stage.home.start(command);
    stage.wait_for_token_requests(1);
    assert_eq!(stage.served.end_by(Signal::TERM), 0);
    assert_eq!(asking.wait(), 0, "{}", asking.err());
    assert!(asking.out().starts_with("sbx_"), "{}", asking.out());
}
