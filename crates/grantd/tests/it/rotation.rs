//! A secret that is replaced: the next one is added, tried, and made the only one.

use serde_json::Value;

use crate::stage::Stage;
use crate::support::SECRET;

const SLUG: &str = "sales";
const NEXT: &str = "the-next-secret";

fn rotate(stage: &Stage, flags: &[&str], input: &str) -> crate::support::Ended {
    let basic = ["credential", "rotate", SLUG];
    stage.home.run_with_input(&[&basic, flags].concat(), input)
}

fn secrets(stage: &Stage) -> Vec<u64> {
    let show = ["credential", "show", SLUG, "--output", "json"];
    let json = stage.home.run(&show).succeeded();
    let document: Value = serde_json::from_str(&json).unwrap();
    let secrets = document["secrets"].as_array().unwrap().iter();
    secrets.map(|it| it["version"].as_u64().unwrap()).collect()
}

#[test]
fn the_next_secret_is_added_tried_and_made_the_only_one() {
    let stage = Stage::new();
    stage.add_named("Sales");
    let home = &stage.home;
    let ended = rotate(&stage, &["--secret-file", "-"], NEXT);
    assert!(
        ended.err.contains(
            "version 2 was added; `grantd credential promote sales` makes it the only one"
        ),
        "{ended:?}"
    );
    let shown = ended.succeeded();
    assert!(shown.contains("version 1, internal"), "{shown}");
    assert!(shown.contains("version 2, internal"), "{shown}");
    assert!(!shown.contains(NEXT), "{shown}");
    assert_eq!(secrets(&stage), [1, 2]);

    let fault = home.run(&["credential", "promote", SLUG]).failed(2);
    for part in [
        "version 2 of the secret becomes the only one, version 1 is forgotten",
        "has not accepted it yet",
        "--yes",
    ] {
        assert!(fault.contains(part), "{part}: {fault}");
    }
    assert_eq!(secrets(&stage), [1, 2]);

    // the authorization server changes over, and the next one is found to work
    stage.switch_fault(&format!(
        r#"{{"kind":"rotated_secret","client_id":"sales-email-listener","new_secret":"{NEXT}"}}"#
    ));
    let renewed = home.run(&["credential", "renew", SLUG]).succeeded();
    assert!(renewed.contains("secret_version  2"), "{renewed}");
    // Validate tries the one that works now
    let validated = home.run(&["credential", "validate", SLUG]).succeeded();
    assert!(validated.contains("version 2, sealed here"), "{validated}");
    let fault = home.run(&["credential", "promote", SLUG]).failed(2);
    assert!(!fault.contains("not accepted"), "{fault}");
    let ended = home.run(&["credential", "promote", SLUG, "--yes"]);
    assert!(
        ended
            .err
            .contains("version 2 of the secret is the only one now"),
        "{ended:?}"
    );
    ended.succeeded();
    assert_eq!(secrets(&stage), [2]);
    home.run(&["credential", "renew", SLUG]).succeeded();
    let audit = home.run(&["audit", "--all"]).succeeded();
    assert!(!audit.contains(NEXT) && !audit.contains(SECRET), "{audit}");
}

#[test]
fn the_next_secret_may_be_one_of_a_source() {
    let stage = Stage::new();
    stage.add_named("Sales");
    let source = ["--secret-source", "files", "--secret-path"];
    let shown = rotate(
        &stage,
        &[&source[..], &["sales", "--secret-key", "/secret"]].concat(),
        "",
    );
    assert!(shown.succeeded().contains("version 2, external"));
    for (flags, place) in [
        (
            &["--secret-source", "absent", "--secret-path", "a"][..],
            "  --secret-source: ",
        ),
        (
            &["--secret-source", "files", "--secret-path", "../a"],
            "  --secret-",
        ),
        (
            &[
                "--secret-source",
                "files",
                "--secret-path",
                "a",
                "--secret-key",
                "b",
            ],
            "  --secret-key: ",
        ),
    ] {
        let fault = rotate(&stage, flags, "").failed(2);
        assert!(fault.contains(place), "{flags:?}: {fault}");
    }
}

#[test]
fn what_can_not_be_rotated_is_told() {
    let stage = Stage::new();
    stage.add_named("Sales");
    for (flags, input, code, expected) in [
        (&[][..], "", 2, "no client secret is given"),
        (&["--secret-file", "-"], "", 2, "--secret-file: - is empty"),
        (
            &["--secret-file", "absent"],
            "",
            2,
            "--secret-file: absent: ",
        ),
        (
            &["--secret", "hunter2"],
            "",
            2,
            "not taken from the command line",
        ),
        (
            &["--client-secret=hunter2"],
            "",
            2,
            "not taken from the command line",
        ),
        (&["--secret-source", "files"], "", 2, "--secret-path"),
        (&["--secret-path", "a"], "", 2, "--secret-source"),
        (
            &["--secret-file", "-", "--secret-source", "files"],
            "",
            2,
            "cannot be used with",
        ),
        (
            &["--secret-file", "-", "--revision", "7"],
            NEXT,
            1,
            "its revision now is r1",
        ),
    ] {
        let fault = rotate(&stage, flags, input).failed(code);
        assert!(fault.contains(expected), "{flags:?}: {fault}");
        assert!(
            !fault.contains("hunter2") && !fault.contains(NEXT),
            "{fault}"
        );
    }
    assert_eq!(secrets(&stage), [1]);

    let home = &stage.home;
    let fault = home
        .run(&["credential", "promote", SLUG, "--yes"])
        .failed(2);
    assert!(
        fault.contains("has version 1 of its secret alone"),
        "{fault}"
    );
    assert!(fault.contains("grantd credential rotate sales"), "{fault}");
    rotate(&stage, &["--secret-file", "-"], NEXT).succeeded();
    let outdated = ["credential", "promote", SLUG, "--yes", "--revision", "1"];
    let fault = home.run(&outdated).failed(1);
    assert!(fault.contains("its revision now is r2"), "{fault}");
    assert_eq!(secrets(&stage), [1, 2]);
    for verb in ["rotate", "promote"] {
        let gone = ["credential", verb, "absent", "--secret-file", "-"];
        let gone = if verb == "rotate" {
            &gone[..]
        } else {
            &gone[..3]
        };
        let fault = home.run_with_input(gone, NEXT).failed(1);
        assert!(fault.contains("there is no credential `absent`"), "{fault}");
        let fault = home.run(&["credential", verb, "A B"]).failed(2);
        assert!(fault.contains("'A B'"), "{fault}");
    }
}
