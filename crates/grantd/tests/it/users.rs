//! Users by the commands.

use std::fs;

use crate::support::{Home, between, mode};

#[test]
fn the_first_admin_finds_a_link_in_the_state_folder_and_makes_another_one() {
    let home = Home::new();
    let served = home.serve(&[]);
    served.wait_for(|served| served.err().contains("setup.link"));
    let file = home.state().join("setup.link");
    assert_eq!(mode(&file), 0o600);
    let link = fs::read_to_string(&file).unwrap();
    assert!(link.contains("/console/link#gl_"), "{link}");
    let made = home.run(&["user", "setup"]);
    assert!(made.err.contains("shown this once"), "{made:?}");
    let shown = made.succeeded();
    let another = between(&shown, "#gl_", "\n");
    assert!(!link.contains(another), "{link}");
    let log = format!("{}{}", served.out(), served.err());
    assert!(!log.contains("gl_"), "{log}");
}

#[test]
fn a_user_is_made_changed_and_deleted() {
    let home = Home::new();
    let _served = home.serve(&[]);
    let run = |arguments: &[&str]| home.run(&[&["user"], arguments].concat());
    let made = run(&["create", "jane", "--role", "editor"]).succeeded();
    assert!(made.contains("/console/link#gl_"), "{made}");
    let listed = run(&["list"]).succeeded();
    assert!(listed.contains("has no password yet"), "{listed}");
    assert!(!listed.contains("gl_"), "{listed}");
    let changed = run(&["update", "jane", "--role", "viewer"]).succeeded();
    assert!(changed.contains("viewer"), "{changed}");
    run(&["disable", "jane"]).succeeded();
    assert!(run(&["list"]).succeeded().contains("disabled"));
    run(&["enable", "jane"]).succeeded();
    assert!(run(&["link", "jane"]).succeeded().contains("#gl_"));
    run(&["remove-factor", "jane"]).succeeded();
    let fault = run(&["delete", "jane"]).failed(2);
    assert!(fault.contains("--yes"), "{fault}");
    run(&["delete", "jane", "--yes"]).succeeded();
    let fault = run(&["show", "jane"]).failed(1);
    assert!(fault.contains("jane"), "{fault}");
    let fault = run(&["create", "two words", "--role", "editor"]).failed(2);
    assert!(fault.contains("white space"), "{fault}");
    let log = home.run(&["audit", "--action", "user.update"]).succeeded();
    assert!(log.contains("editor → viewer"), "{log}");
    let none = ["audit", "--from", "2999-01-01T00:00:00Z"];
    assert!(!home.run(&none).succeeded().contains("user.update"));
}
