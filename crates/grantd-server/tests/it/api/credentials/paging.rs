//! `GET /v1/credentials` page by page.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{TestApp, drafts};

const COUNT: usize = 120;

async fn filled() -> TestApp {
    let app = TestApp::start().await;
    for number in 0..COUNT {
        app.add(&drafts::minimal(&format!("Credential {number:03}")))
            .await;
    }
    app
}

/// The slugs of all pages, and how many there are on each.
async fn pages(app: &TestApp, query: &str) -> (Vec<String>, Vec<usize>) {
    let (mut slugs, mut sizes, mut cursor) = (Vec::new(), Vec::new(), String::new());
    loop {
        let path = format!("/v1/credentials?{query}{cursor}");
        let page = app.as_viewer().get(&path).await.expect(200).json();
        let items = page["items"].as_array().unwrap();
        sizes.push(items.len());
        slugs.extend(
            items
                .iter()
                .map(|item| item["slug"].as_str().unwrap().to_owned()),
        );
        match &page["next_cursor"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => return (slugs, sizes),
        }
    }
}

#[tokio::test]
async fn every_one_comes_once_and_in_order() {
    let app = filled().await;
    let wanted: Vec<_> = (0..COUNT)
        .map(|number| format!("credential-{number:03}"))
        .collect();
    for (query, sizes) in [
        ("", &[50, 50, 20][..]),
        ("limit=50", &[50, 50, 20]),
        ("limit=60", &[60, 60]),
        ("limit=119", &[119, 1]),
        ("limit=120", &[120]),
        ("limit=200", &[120]),
    ] {
        assert_eq!(
            pages(&app, query).await,
            (wanted.clone(), sizes.to_vec()),
            "{query}"
        );
    }
    let mut backwards = wanted.clone();
    backwards.reverse();
    assert_eq!(pages(&app, "limit=7&sort=-name").await.0, backwards);
    // all were made in the same second: the id decides
    for query in ["limit=9&sort=created_at", "limit=9&sort=-updated_at"] {
        let (slugs, _) = pages(&app, query).await;
        assert_eq!(slugs.len(), COUNT, "{query}");
        assert_eq!(
            slugs.into_iter().collect::<BTreeSet<_>>().len(),
            COUNT,
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_page_goes_on_where_it_ended_whatever_is_added_or_deleted() {
    let app = filled().await;
    let first = app
        .as_viewer()
        .get("/v1/credentials?limit=10")
        .await
        .expect(200);
    let cursor = first.member("next_cursor");
    app.add(&drafts::minimal("Credential 000a")).await;
    let path = "/v1/credentials/credential-009";
    app.as_admin()
        .delete(path)
        .header("if-match", "*")
        .await
        .expect(204);
    let path = format!("/v1/credentials?limit=10&cursor={cursor}");
    let second = app.as_viewer().get(&path).await.expect(200).json();
    assert_eq!(second["items"][0]["slug"], "credential-010");
}

#[tokio::test]
async fn a_cursor_belongs_to_its_filter_and_order() {
    let app = filled().await;
    let first = app
        .as_viewer()
        .get("/v1/credentials?limit=5&q=cred&sort=name")
        .await;
    let cursor = first.member("next_cursor");
    for query in [
        "sort=name",
        "q=cred&sort=-name",
        "q=cre&sort=name",
        "q=cred&enabled=true",
    ] {
        let path = format!("/v1/credentials?{query}&cursor={cursor}");
        let answer = app.as_viewer().get(&path).await;
        answer.expect_error("/cursor", "invalid_cursor");
        assert!(
            answer.text().contains("another filter or order"),
            "{}",
            answer.text()
        );
    }
    // how many rows a page has may change on the way
    let path = format!("/v1/credentials?limit=3&q=cred&sort=name&cursor={cursor}");
    let second = app.as_viewer().get(&path).await.expect(200).json();
    assert_eq!(second["items"][0]["slug"], "credential-005");
}
