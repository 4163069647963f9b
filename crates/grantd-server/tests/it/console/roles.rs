//! Who may what: the engine decides, and no page offers more.

use grantd_model::{Actor, Role};

use super::routes::ALL;
use super::{Browser, entries, signed_in, user};
use crate::support::{TestApp, drafts};

/// What everybody does with the own account and its sessions.
fn is_own(path: &str) -> bool {
    path.starts_with("/console/account") || path == "/console/sign-out"
}

#[tokio::test]
async fn a_viewer_changes_nothing_and_an_editor_makes_no_users_and_keys() {
    for (role, may) in [
        (Role::Viewer, &[][..]),
        (
            Role::Editor,
            &[
                "/console/new-credential",
                "/console/validate",
                "/console/credentials/",
                "/console/new-listener",
                "/console/listeners/",
                "/console/new-consumer",
                "/console/consumers/",
                "/console/import/",
            ],
        ),
    ] {
        let app = TestApp::start().await;
        app.add(&drafts::minimal("Mail")).await;
        let other = user(&app, "jane", Role::Viewer).await.id.to_string();
        let cookie = signed_in(&app, "ops", role).await;
        let browser = Browser::new(&app, &cookie);
        let before = entries(&app).await;
        let changes = ALL.iter().filter(|route| route.changes && !route.is_door);
        for route in changes {
            let path = route.path.replace("USER", &other);
            let path = path.replace("KEY", "key_00000000000000000000000000");
            if is_own(&path) || may.iter().any(|part| path.starts_with(part)) {
                continue;
            }
            let form = [
                ("revision", "1"),
                ("role", "admin"),
                ("name", "x"),
                ("credential", "mail"),
                ("saved", "on"),
                ("may", "everything"),
                ("on", "all"),
                ("ends", "0"),
            ];
            let answer = browser.post(&path, &form).await;
            assert!(
                [403, 404].contains(&answer.status),
                "{role:?} {path}: {}",
                answer.status
            );
        }
        assert_eq!(entries(&app).await, before, "{role:?}");
        // pages that are for those who may do it alone
        for path in [
            "/console/activity",
            "/console/access",
            "/console/access/keys/new",
        ] {
            browser.get(path).await.expect(403);
        }
        for path in ["edit", "rotate", "delete", "disable"] {
            let path = format!("/console/credentials/mail/{path}");
            let status = browser.get(&path).await.status;
            assert_eq!(status == 403, may.is_empty(), "{role:?} {path}: {status}");
        }
    }
}

#[tokio::test]
async fn links_of_two_people_from_one_page_are_two() {
    let app = TestApp::start().await;
    let admin = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &admin);
    let mut links = Vec::new();
    for name in ["vi", "bob", "vi"] {
        let id = match app.engine.get_user(&Actor::System, name).await {
            Ok(user) => user.id,
            Err(_) => user(&app, name, Role::Viewer).await.id,
        };
        let path = format!("/console/access/users/{id}/link");
        let form = [("form_id", "abcdefghijklmnopqrstuvwx")];
        let page = browser.post(&path, &form).await.expect(200).text();
        assert!(
            page.contains(&format!("A link for <bdi>{name}</bdi>")),
            "{name}"
        );
        let link = page.split("id=\"link\">").nth(1).unwrap();
        links.push(link.split('<').next().unwrap().to_owned());
    }
    assert_ne!(links[0], links[1]);
    assert_eq!(links[0], links[2], "sent twice");
}

#[tokio::test]
async fn a_form_of_one_person_answers_nobody_else() {
    let app = TestApp::start().await;
    let form = [
        ("form_id", "abcdefghijklmnopqrstuvwx"),
        ("name", "all"),
        ("may", "everything"),
        ("on", "all"),
        ("ends", "30"),
    ];
    let admin = signed_in(&app, "ops", Role::Admin).await;
    let made = Browser::new(&app, &admin)
        .post("/console/access/keys/new", &form)
        .await
        .expect(200);
    let text = made.text();
    let key = text.split("id=\"key\">").nth(1).unwrap();
    let key = key.split('<').next().unwrap();
    assert!(key.starts_with("gk_"), "{key}");
    // the same form of the same person shows the same key, and makes no other
    let again = Browser::new(&app, &admin)
        .post("/console/access/keys/new", &form)
        .await
        .expect(200);
    assert!(again.text().contains(key));
    app.watch("a key that was shown", key);
    let viewer = signed_in(&app, "vera", Role::Viewer).await;
    Browser::new(&app, &viewer)
        .post("/console/access/keys/new", &form)
        .await
        .expect(403);
    let other = signed_in(&app, "adam", Role::Admin).await;
    let of_other = Browser::new(&app, &other)
        .get("/console/access")
        .await
        .expect(200);
    assert_eq!(
        of_other.text().matches("/revoke\"").count(),
        5,
        "one key more than at first"
    );
}
