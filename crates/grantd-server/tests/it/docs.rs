//! The browsable page: the only answers with a policy of their own.

use crate::support::TestApp;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

#[tokio::test]
async fn it_loads_from_here_alone() {
    let app = TestApp::start().await;
    let page = app.anonymous().get("/docs/").await.expect(200);
    assert!(
        page.header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    assert_eq!(page.header("content-security-policy"), Some(POLICY));
    let text = page.text();
    for remote in ["http://", "https://", "src=\"//"] {
        assert!(!text.contains(remote), "{remote}: {text}");
    }
    // every script is a file of its own, as the policy demands
    for part in text.split("<script").skip(1) {
        let (tag, rest) = part.split_once('>').unwrap();
        assert!(
            tag.contains("src=") && rest.trim_start().starts_with("</script>"),
            "{part}"
        );
    }
    let mut loaded = 0;
    for name in ["src=\"", "href=\""] {
        for part in text.split(name).skip(1) {
            let file = part.split('"').next().unwrap().trim_start_matches("./");
            let answer = app
                .anonymous()
                .get(&format!("/docs/{file}"))
                .await
                .expect(200);
            assert_eq!(answer.header("content-security-policy"), Some(POLICY));
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            loaded += 1;
        }
    }
    assert!(loaded >= 4, "{loaded}");
}

#[tokio::test]
async fn it_reads_the_document_that_is_served() {
    let app = TestApp::start().await;
    let script = app
        .anonymous()
        .get("/docs/swagger-initializer.js")
        .await
        .expect(200);
    assert!(
        script.text().contains("\"/openapi.json\""),
        "{}",
        script.text()
    );
    let document = app.anonymous().get("/openapi.json").await.expect(200);
    assert_eq!(document.json(), grantd_server::openapi_json());
    assert_eq!(document.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn the_address_without_slash_leads_to_it() {
    let app = TestApp::start().await;
    let answer = app.anonymous().get("/docs").await.expect(303);
    assert_eq!(answer.header("location"), Some("/docs/"));
}
