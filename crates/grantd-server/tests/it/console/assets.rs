//! The files of the console, pinned by their digests: whoever changes one says so here.

use std::fmt::Write;

use data_encoding::HEXLOWER;

use crate::support::TestApp;

const PINNED: &str = include_str!("assets.sha256");

#[tokio::test]
async fn they_are_what_they_were_and_are_not_sent_twice() {
    let app = TestApp::start().await;
    let mut found = String::new();
    for (name, media_type) in [
        ("console.css", "text/css"),
        ("console.js", "text/javascript"),
        ("grantd.svg", "image/svg+xml"),
        ("icons.svg", "image/svg+xml"),
    ] {
        let path = format!("/console/assets/{name}");
        let answer = app.anonymous().get(&path).await.expect(200);
        let shown = answer.header("content-type").unwrap();
        assert!(shown.starts_with(media_type), "{name}: {shown}");
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &answer.body);
        writeln!(found, "{}  {name}", HEXLOWER.encode(digest.as_ref())).unwrap();
        let tag = answer.header("etag").unwrap();
        let again = app
            .anonymous()
            .get(&path)
            .header("if-none-match", tag)
            .await;
        assert!(again.expect(304).body.is_empty());
    }
    assert_eq!(
        found, PINNED,
        "of the files; when that is meant, put it into assets.sha256"
    );
}
