//! The health of credentials, as lists and pages show it.

use crate::stage::Stage;
use crate::support::SECRET;

#[test]
fn health_is_shown_in_lists_and_pages() {
    let stage = Stage::new();
    let home = &stage.home;
    let add = |name: &str, flags: &[&str], secret: &str| {
        let basic = ["--name", name, "--secret-file", "-"];
        stage.add(&[&basic, flags].concat(), secret).succeeded();
    };
    add("Works", &[], SECRET);
    add("Fails", &[], "wrong");
    add(
        "New",
        &["--secret-expires-at", "2001-01-01T00:00:00Z"],
        SECRET,
    );
    add("Off", &[], SECRET);
    home.run(&["token", "works"]).succeeded();
    home.run(&["token", "fails"]).failed(1);
    home.run(&["credential", "disable", "off"]).succeeded();

    let list = home.run(&["credential", "list"]).succeeded();
    for (slug, health) in [
        ("works", "valid"),
        ("fails", "failing: invalid_client"),
        (
            "new",
            "never validated, secret has expired or expires within a day",
        ),
        ("off", "disabled"),
    ] {
        let line = list.lines().find(|line| line.starts_with(slug)).unwrap();
        assert!(line.contains(health), "{health}: {list}");
    }
    let shown = home.run(&["credential", "show", "fails"]).succeeded();
    for part in ["failing since 20", "Z: invalid_client\n", "what to do: "] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let shown = home.run(&["credential", "show", "works"]).succeeded();
    assert!(shown.contains("health "), "{shown}");
    assert!(shown.contains("last token 20"), "{shown}");
}
