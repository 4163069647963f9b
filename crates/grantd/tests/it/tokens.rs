//! What people can do about tokens at hand, and what they see of their use.

use std::time::Duration;

use serde_json::Value;

use crate::stage::Stage;

const SLUG: &str = "sales";

#[test]
fn a_token_is_renewed_and_not_shown() {
    let stage = Stage::new();
    stage.add_named("Sales");
    let home = &stage.home;
    let before = home.run(&["token", SLUG]).succeeded();
    let shown = home.run(&["credential", "renew", SLUG]).succeeded();
    for part in [
        "token_type      Bearer\n",
        "secret_version  1\n",
        "expires_at      20",
        " s\n",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let json = home.run(&["credential", "renew", SLUG, "--output", "json"]);
    let json = json.succeeded();
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["secret_version"], 1);
    assert!(
        !shown.contains("sbx_") && !json.contains("sbx_"),
        "{shown}{json}"
    );
    assert_ne!(home.run(&["token", SLUG]).succeeded(), before);

    stage.switch_fault(r#"{"kind":"error_in_200"}"#);
    home.run(&["credential", "renew", SLUG]).failed(1);
    home.run(&["credential", "disable", SLUG]).succeeded();
    let fault = home.run(&["credential", "renew", SLUG]).failed(1);
    assert!(fault.contains("the credential is disabled"), "{fault}");
}

#[test]
fn tokens_are_dropped_and_counted() {
    let stage = Stage::new();
    stage.add_named("Sales");
    let home = &stage.home;
    let drop = ["credential", "drop-tokens", SLUG];
    let ended = home.run(&drop);
    assert_eq!(ended.err, "grantd: there was no token to drop\n");
    let before = home.run(&["token", SLUG]).succeeded();
    let ended = home.run(&drop);
    assert_eq!((ended.code, ended.out.as_str()), (0, ""));
    assert_eq!(ended.err, "grantd: 1 token was dropped\n");
    assert_ne!(home.run(&["token", SLUG]).succeeded(), before);
    let json = home.run(&[&drop[..], &["--output", "json"]].concat());
    assert_eq!(json.succeeded(), "{\n  \"dropped\": 1\n}\n");
}

#[test]
fn use_is_counted_by_minute_and_actor() {
    let stage = Stage::new();
    stage.add_named("Sales");
    let home = &stage.home;
    for _ in 0..3 {
        home.run(&["token", SLUG]).succeeded();
    }
    let usage = ["credential", "usage", SLUG];
    let mut text = String::new();
    for _ in 0..300 {
        text = home.run(&usage).succeeded();
        if text.lines().count() > 1 {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    for part in ["MINUTE", "local admin (key_", "handed out", ":00Z"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json = home.run(&[&usage[..], &["--output", "json"]].concat());
    let document: Value = serde_json::from_str(&json.succeeded()).unwrap();
    assert_eq!(document["items"][0]["result"], "handed_out");
    let later = [&usage[..], &["--from", "2100-01-01T00:00:00Z"]].concat();
    assert_eq!(home.run(&later).succeeded().lines().count(), 1);
    let earlier = [&usage[..], &["--until", "2000-01-01T00:00:00Z"]].concat();
    assert_eq!(home.run(&earlier).succeeded().lines().count(), 1);
    for flag in ["--from", "--until"] {
        let fault = home.run(&[&usage[..], &[flag, "soon"]].concat()).failed(2);
        assert!(fault.contains(&format!("  {flag}: ")), "{fault}");
    }
}

#[test]
fn credentials_that_are_not_there_are_told() {
    let stage = Stage::new();
    for verb in ["renew", "drop-tokens", "usage"] {
        let fault = stage.home.run(&["credential", verb, "absent"]).failed(1);
        assert!(
            fault.contains("there is no credential `absent`"),
            "{verb}: {fault}"
        );
        let fault = stage.home.run(&["credential", verb, "A B"]).failed(2);
        assert!(fault.contains("'A B'"), "{verb}: {fault}");
        stage.home.run(&["credential", verb]).failed(2);
    }
}
