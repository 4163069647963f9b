//! The list of credentials, page by page: every row once, whatever the order.

use std::collections::BTreeSet;
use std::time::Duration;

use grantd_model::Role;
use grantd_testkit::Answer as Given;
use serde_json::json;

use super::{Browser, signed_in};
use crate::support::{TOKEN, TestApp, drafts};

const COUNT: usize = 120;

async fn filled() -> TestApp {
    let app = TestApp::start().await;
    for number in 0..COUNT {
        let more = json!({"labels": {"team": format!("team-{}", number % 3)}});
        app.add(&drafts::with(&format!("Number {number:03}"), more))
            .await;
    }
    // two that were used, at the same time
    for slug in ["number-017", "number-100"] {
        app.answers(Given::token(TOKEN));
        let path = format!("/v1/credentials/{slug}/token");
        app.as_workload().get(&path).await.expect(200);
    }
    // use is written down some seconds later
    app.engine.clock.advance(Duration::from_secs(30));
    app
}

/// The slugs of all pages from here on, in order.
async fn walked(browser: &Browser<'_>, first: &str) -> Vec<String> {
    let (mut path, mut slugs) = (first.to_owned(), Vec::new());
    loop {
        let page = browser.get(&path).await.expect(200).text();
        let rows = page.split("<small class=\"mono\">").skip(1);
        slugs.extend(rows.map(|rest| rest.split('<').next().unwrap().to_owned()));
        let next = page.split("rel=\"next\"").next().unwrap();
        if next.len() == page.len() {
            return slugs;
        }
        let address = next.rsplit("href=\"").next().unwrap();
        path = address.split('"').next().unwrap().replace("&amp;", "&");
        path = path.replace("&#38;", "&");
        assert!(slugs.len() <= COUNT, "pages without end: {path}");
    }
}

#[tokio::test]
async fn every_order_has_every_credential_once() {
    let app = filled().await;
    let cookie = signed_in(&app, "ops", Role::Admin).await;
    let browser = Browser::new(&app, &cookie);
    for sort in ["attention", "name", "last_used", "secret_end"] {
        let slugs = walked(&browser, &format!("/console/credentials?sort={sort}")).await;
        let once: BTreeSet<&String> = slugs.iter().collect();
        assert_eq!((slugs.len(), once.len()), (COUNT, COUNT), "{sort}");
    }
    let by_name = walked(
        &browser,
        "/console/credentials?sort=name&label=team%3Dteam-1",
    )
    .await;
    assert_eq!(by_name.len(), COUNT / 3);
    assert!(by_name.is_sorted());
    let found = walked(&browser, "/console/credentials?q=number+10").await;
    assert_eq!(found.len(), 10);
}
