//! Signing in: the cookie, where it may be done from, and what comes before.

use grantd_model::Role;

use super::{Browser, PASSWORD, signed_in, user};
use crate::support::{Answer, TestApp};

async fn sign_in(app: &TestApp, name: &str, password: &str) -> Answer {
    let form = [
        ("user", name),
        ("password", password),
        ("next", "/console/account"),
    ];
    Browser::new(app, "").post("/console/sign-in", &form).await
}

#[tokio::test]
async fn the_cookie_is_for_the_server_alone() {
    let app = TestApp::start().await;
    user(&app, "ops", Role::Admin).await;
    let cookie = |answer: &Answer| answer.header("set-cookie").unwrap().to_owned();
    let answer = sign_in(&app, "ops", PASSWORD).await.expect(303);
    let plain = cookie(&answer);
    assert!(plain.starts_with("grantd="), "{plain}");
    assert!(
        plain.ends_with("; Path=/; HttpOnly; SameSite=Lax"),
        "{plain}"
    );
    let to = answer.header("location").unwrap();
    assert!(to.contains("%2Fconsole%2Faccount"), "{to}");

    let app = app.served(|settings| settings.clients_use_tls = true);
    let secure = cookie(&sign_in(&app, "ops", PASSWORD).await.expect(303));
    assert!(secure.starts_with("__Host-grantd="), "{secure}");
    assert!(
        secure.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"),
        "{secure}"
    );
    // each has its own name: one that came by plain http is not taken with TLS
    let shown = plain.split(';').next().unwrap();
    Browser::new(&app, shown).get("/console/").await.expect(303);
    let shown = secure.split(';').next().unwrap();
    Browser::new(&app, shown).get("/console/").await.expect(200);
    Browser::new(&app, &shown.replace("__Host-", ""))
        .get("/console/")
        .await
        .expect(303);
}

#[tokio::test]
async fn a_new_session_takes_the_place_of_the_one_before() {
    let app = TestApp::start().await;
    let earlier = signed_in(&app, "ops", Role::Admin).await;
    let form = [("user", "ops"), ("password", PASSWORD)];
    let answer = Browser::new(&app, &earlier)
        .post("/console/sign-in", &form)
        .await
        .expect(303);
    assert_ne!(
        answer.header("set-cookie").unwrap().split(';').next(),
        Some(&*earlier)
    );
    Browser::new(&app, &earlier)
        .get("/console/")
        .await
        .expect(303);
}

#[tokio::test]
async fn by_plain_http_over_a_network_nobody_signs_in() {
    let app = TestApp::start().await;
    user(&app, "ops", Role::Admin).await;
    let app = app.served(|settings| settings.allowed_hosts.push("grantd.lan".to_owned()));
    let from = |path: &str| {
        let call = app.anonymous().get(path).without("host");
        call.header("host", "grantd.lan:8710")
    };
    for path in ["/console/sign-in", "/console/link"] {
        let page = from(path).await.expect(200).text();
        assert!(page.contains("Sign-in needs TLS here"), "{page}");
        assert!(page.contains("ssh -L "), "{page}");
        assert!(!page.contains("type=\"password\""), "{page}");
    }
    for (path, form) in [
        (
            "/console/sign-in",
            [("user", "ops"), ("password", PASSWORD)],
        ),
        ("/console/link", [("code", "gl_x"), ("x", "")]),
        (
            "/console/link/password",
            [("code", "gl_x"), ("password", PASSWORD)],
        ),
    ] {
        let call = app.anonymous().post(path).without("host");
        let call = call.header("host", "grantd.lan:8710");
        let answer = call.form(&form).await.expect(403);
        assert_eq!(answer.header("set-cookie"), None);
        assert!(answer.text().contains("Sign-in needs TLS here"));
    }
    // a proxy that terminates TLS makes it private
    let app = app.served(|settings| {
        settings.allowed_hosts.push("grantd.lan".to_owned());
        settings.clients_use_tls = true;
    });
    let call = app.anonymous().get("/console/sign-in").without("host");
    let page = call.header("host", "grantd.lan").await.expect(200);
    assert!(page.text().contains("type=\"password\""));
}

#[tokio::test]
async fn a_wrong_password_is_told_in_the_same_words_and_ends_in_waiting() {
    let app = TestApp::start().await;
    user(&app, "ops", Role::Admin).await;
    let mut words = Vec::new();
    for name in ["ops", "nobody"] {
        let page = sign_in(&app, name, "wrong wrong wrong").await.expect(401);
        words.push(page.text().replace(name, "NAME"));
    }
    assert_eq!(words[0], words[1]);
    for _ in 0..3 {
        sign_in(&app, "ops", "wrong wrong wrong").await.expect(401);
    }
    let last = sign_in(&app, "ops", "wrong wrong wrong").await.expect(401);
    assert!(
        last.text().contains("Too many tries"),
        "the last try says so"
    );
    let refused = sign_in(&app, "ops", PASSWORD).await.expect(429);
    assert!(refused.text().contains("15 minutes"), "{}", refused.text());
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let app = TestApp::start().await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    for next in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/console/",
        "/console/..//evil.example",
        "/console/\\..\\evil",
        "/console//evil.example",
        "/v1/credentials",
        "/console/sign-out",
        "javascript:alert(1)",
    ] {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("next", next);
        let path = format!("/console/sign-in?{}", query.finish());
        let answer = Browser::new(&app, &cookie).get(&path).await.expect(303);
        assert_eq!(answer.header("location"), Some("/console/"), "{next}");
    }
}

#[tokio::test]
async fn who_loads_the_answer_to_a_form_again_comes_to_the_page_of_the_form() {
    let app = TestApp::start().await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &cookie);
    for (path, page) in [
        (
            "/console/credentials/mail/validate",
            "/console/credentials/mail",
        ),
        (
            "/console/credentials/mail/promote",
            "/console/credentials/mail",
        ),
        ("/console/access/users", "/console/access"),
        ("/console/account/password", "/console/account"),
        (
            "/console/account/second-factor/codes",
            "/console/account/second-factor",
        ),
        ("/console/validate", "/console/"),
    ] {
        let answer = browser.get(path).await.expect(303);
        assert_eq!(answer.header("location"), Some(page), "{path}");
    }
}
