//! `grantd credential validate`: settings tried at the sandbox, step by step.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::stage::Stage;
use crate::support::{Ended, SECRET};

const SLUG: &str = "sales";

/// What a validation printed, after it ended with this code.
fn printed(ended: &Ended, code: i32) -> &str {
    assert_eq!(ended.code, code, "{ended:?}");
    for text in [&ended.out, &ended.err] {
        assert!(!text.contains("sbx_"), "a token was shown: {text}");
        assert!(!text.contains("jhyun"), "a secret was shown: {text}");
    }
    &ended.out
}

/// The marks and names of the steps, without times and details.
fn steps(out: &str) -> Vec<&str> {
    let lines = out.lines().take_while(|line| !line.is_empty());
    let steps = lines.filter(|line| !line.starts_with(' '));
    steps.map(|line| line.split("  ").next().unwrap()).collect()
}

#[test]
fn a_credential_that_works_is_told_step_by_step() {
    let stage = Stage::new();
    stage.add_named("Sales");
    let ended = stage.home.run(&["credential", "validate", SLUG]);
    let out = printed(&ended, 0);
    assert_eq!(ended.err, "");
    assert_eq!(
        steps(out),
        [
            "✓ secret",
            "✓ egress policy",
            "✓ TCP",
            "✓ token request",
            "✓ token response"
        ]
    );
    for part in [
        " ms  version 1, sealed here\n",
        " ms  200\n",
        " ms  Bearer, 60 s\n",
        "\ntoken type      Bearer\n",
        "\nlifetime        60 s, by expires_in\n",
        "\nasked scopes    https://outlook.office365.com/.default\n",
        "\ngranted scopes  https://outlook.office365.com/.default\n",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }

    let ended = stage
        .home
        .run(&["credential", "validate", SLUG, "--output", "json"]);
    let document: Value = serde_json::from_str(printed(&ended, 0)).unwrap();
    assert_eq!(document["result"], "done");
    assert_eq!(document["steps"][4]["step"], "token_response");
    assert_eq!(document["token"]["lifetime_s"], 60);
}

#[test]
fn what_fails_is_told_with_its_meaning_and_what_to_do() {
    let stage = Stage::new();
    stage
        .add(&["--name", "Sales", "--secret-file", "-"], "wrong")
        .succeeded();
    let ended = stage.home.run(&["credential", "validate", SLUG]);
    let out = printed(&ended, 1);
    assert_eq!(ended.err, "grantd: the step `token response` failed\n");
    assert_eq!(steps(out).last(), Some(&"✗ token response"));
    for part in [
        "invalid_client",
        "\n    what it means: ",
        "\n    what to do: ",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert!(!out.contains("token type"), "{out}");

    let ended = stage
        .home
        .run(&["credential", "validate", SLUG, "--output", "json"]);
    let document: Value = serde_json::from_str(printed(&ended, 1)).unwrap();
    assert_eq!(document["result"], "failed");
}

#[test]
fn each_step_is_printed_as_it_ends() {
    let stage = Stage::new();
    stage.add_named("Sales");
    stage.switch_fault(r#"{"kind":"slow","delay_ms":3000}"#);
    let mut validating = stage.start(&["credential", "validate", SLUG]);
    let begin = Instant::now();
    validating.wait_for(|it| it.out().contains("✓ TCP"));
    assert!(!validating.out().contains("token request"));
    assert!(begin.elapsed() < Duration::from_millis(2500));
    sleep(Duration::from_millis(100));
    assert_eq!(validating.wait(), 0, "{}", validating.err());
    assert!(validating.out().contains("✓ token request"));
}

#[test]
fn a_draft_is_tried_and_not_kept() {
    let stage = Stage::new();
    let home = &stage.home;
    let draft = format!(
        "name = \"Draft\"\nclient_id = \"sales-email-listener\"\n\
         token_endpoint = \"{}/tenant/oauth2/authorize-service\"\nscope = \"wrong\"\n",
        stage.sandbox
    );
    home.write("draft.toml", &draft);
    let validate = |flags: &[&str]| {
        let basic = [
            "credential",
            "validate",
            "--from-file",
            "draft.toml",
            "--secret-file",
            "-",
        ];
        home.run_with_input(&[&basic, flags].concat(), SECRET)
    };
    let ended = validate(&[]);
    assert!(printed(&ended, 1).contains("invalid_scope"), "{ended:?}");
    let ended = validate(&["--scope", "https://outlook.office365.com/.default"]);
    printed(&ended, 0);
    // a slug as `credential add` takes it is no reason to stop
    printed(&validate(&["--no-scope", "--slug", "draft"]), 0);
    let list = home.run(&["credential", "list"]).succeeded();
    assert_eq!(list.lines().count(), 1, "{list}");

    let fault = validate(&["--token-endpoint", "http://login.example.com"]).failed(2);
    assert!(
        fault.contains("  --token-endpoint: an https URL"),
        "{fault}"
    );
    home.write("draft.toml", "nam = \"a\"\n");
    let fault = validate(&[]).failed(2);
    assert!(
        fault.contains("  --from-file: draft.toml: /nam: unknown field `nam`"),
        "{fault}"
    );
    home.write("draft.toml", &draft.replace("Draft", " "));
    let fault = validate(&[]).failed(2);
    assert!(
        fault.contains("  --from-file: draft.toml: /name: "),
        "{fault}"
    );
}

#[test]
fn changes_of_a_credential_are_tried_and_not_kept() {
    let stage = Stage::new();
    stage.add_named("Sales");
    let home = &stage.home;
    let post = [
        "credential",
        "validate",
        SLUG,
        "--auth-method",
        "client_secret_post",
    ];
    let fault = home.run(&post).failed(2);
    assert!(
        fault.contains("  --secret-file: the secret is expected again"),
        "{fault}"
    );
    let ended = home.run_with_input(&[&post[..], &["--secret-file", "-"]].concat(), SECRET);
    printed(&ended, 0);
    let ended = home.run(&["credential", "validate", SLUG, "--scope", "wrong"]);
    assert!(printed(&ended, 1).contains("invalid_scope"), "{ended:?}");
    printed(
        &home.run(&["credential", "validate", SLUG, "--clear", "owner"]),
        0,
    );
    let shown = home.run(&["credential", "show", SLUG]).succeeded();
    assert!(shown.contains("client_secret_basic"), "{shown}");
    assert!(!shown.contains("wrong"), "{shown}");

    let fault = home
        .run(&["credential", "validate", SLUG, "--scope", "a\"b"])
        .failed(2);
    assert!(fault.contains("  --scope: "), "{fault}");
    let fault = home
        .run(&["credential", "validate", SLUG, "--connect-timeout-s", "900"])
        .failed(2);
    assert!(fault.contains("  --connect-timeout-s: "), "{fault}");
}

#[test]
fn a_resource_is_tried_with_the_token() {
    let stage = Stage::new();
    stage.add_named("Sales");
    let home = &stage.home;
    let probe = |url: &str| home.run(&["credential", "validate", SLUG, "--probe-url", url]);
    let resource = format!("{}/resource", stage.sandbox);
    let fault = probe(&resource).failed(2);
    assert!(
        fault.contains("  --probe-url: a host that an admin has bound"),
        "{fault}"
    );
    home.run(&["credential", "update", SLUG, "--bound-host", "127.0.0.1"])
        .succeeded();
    let ended = probe(&resource);
    assert!(printed(&ended, 0).contains("✓ probe"), "{ended:?}");
    let ended = probe(&format!("{}/nowhere", stage.sandbox));
    let out = printed(&ended, 1);
    assert!(
        out.contains("✗ probe") && out.contains("status 404"),
        "{out}"
    );
    assert!(out.contains("what to do: Check the URL"), "{out}");
    // the token was got, and is told of
    assert!(out.contains("token type"), "{out}");
    for url in ["nowhere", "http://example.com/", "https://me:pw@127.0.0.1/"] {
        let fault = probe(url).failed(2);
        assert!(fault.contains("  --probe-url: "), "{url}: {fault}");
        assert!(!fault.contains("pw@"), "{fault}");
    }
}

#[test]
fn what_can_not_be_validated_is_told() {
    let stage = Stage::new();
    stage.add_named("Sales");
    let home = &stage.home;
    home.write("draft.toml", "name = \"Draft\"\n");
    for (arguments, code, expected) in [
        (&[][..], 2, "nothing to validate is given"),
        (
            &["--probe-url", "https://a.example/"],
            2,
            "nothing to validate is given",
        ),
        (
            &[SLUG, "--from-file", "draft.toml"],
            2,
            "cannot be used with",
        ),
        (&[SLUG, "--slug", "a"], 2, "cannot be used with"),
        (&["--clear", "audience"], 2, "CREDENTIAL"),
        (&[SLUG, "--clear", "audienc"], 2, "did you mean `audience`?"),
        (
            &[SLUG, "--clear", "audience", "--audience", "a"],
            2,
            "set and cleared at once",
        ),
        (&["A B"], 2, "'A B'"),
        (&["absent"], 1, "there is no credential `absent`"),
        (
            &["--from-file", "draft.toml"],
            2,
            "no client secret is given",
        ),
        (
            &["--from-file", "absent.toml"],
            2,
            "--from-file: absent.toml: ",
        ),
        (
            &["--from-file", "draft.toml", "--secret-file", "absent"],
            2,
            "--secret-file: absent: ",
        ),
        (
            &[SLUG, "--secret", "hunter2"],
            2,
            "not taken from the command line",
        ),
        (
            &[SLUG, "--client-secret=hunter2"],
            2,
            "not taken from the command line",
        ),
    ] {
        let fault = home
            .run(&[&["credential", "validate"], arguments].concat())
            .failed(code);
        assert!(fault.contains(expected), "{arguments:?}: {fault}");
        assert!(!fault.contains("hunter2"), "{fault}");
    }
    home.run(&[
        "key",
        "create",
        "--name",
        "viewer",
        "--role",
        "viewer",
        "--key-file",
        "v.key",
    ])
    .succeeded();
    let fault = home
        .run(&["credential", "validate", SLUG, "--api-key-file", "v.key"])
        .failed(1);
    assert!(fault.contains("a grant to manage is needed"), "{fault}");
}

#[test]
fn too_many_validations_are_refused() {
    let stage = Stage::new();
    stage.add_named("Sales");
    for _ in 0..30 {
        stage
            .home
            .run(&["credential", "validate", SLUG])
            .succeeded();
    }
    let fault = stage.home.run(&["credential", "validate", SLUG]).failed(1);
    assert!(fault.contains("at most 30 validations"), "{fault}");
}
