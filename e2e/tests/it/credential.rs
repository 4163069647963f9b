//! Credentials by the API: added, read, changed, deleted, listed.

use anyhow::{Context, Result};
use e2e::grantd::Grantd;
use serde_json::json;

use crate::{clients, draft, expected};

/// Nothing is sent to it: adding a credential asks nobody.
const UNUSED: &str = "http://127.0.0.1:9/token";

#[test]
fn an_added_credential_is_shown_without_its_secret() -> Result<()> {
    let grantd = Grantd::start()?;
    let api = grantd.api()?;
    let client = clients::ordinary();
    let draft = draft::credential("Mail Reader", &client, UNUSED);
    let added = api.post_credential(&draft)?.expect(201)?;
    assert_eq!(added.header("etag"), Some("\"r1\""));
    let read = api.get("/v1/credentials/mail-reader")?.expect(200)?;
    assert_eq!(read.header("etag"), Some("\"r1\""));
    for shown in [added.json()?, read.json()?] {
        assert_eq!(shown["slug"], "mail-reader");
        assert!(
            shown["id"]
                .as_str()
                .is_some_and(|id| id.starts_with("cred_"))
        );
        for member in [
            "name",
            "client_id",
            "token_endpoint",
            "scope",
            "secret_source",
        ] {
            assert_eq!(shown[member], draft[member], "{member}");
        }
        assert_eq!(
            shown.get("client_secret").filter(|value| !value.is_null()),
            None
        );
    }
    let id = read.json()?["id"].as_str().context("no id")?.to_owned();
    let by_id = api.get(&format!("/v1/credentials/{id}"))?.expect(200)?;
    assert_eq!(by_id.json()?["slug"], "mail-reader");
    Ok(())
}

#[test]
fn a_change_needs_the_current_revision() -> Result<()> {
    let grantd = Grantd::start()?;
    let api = grantd.api()?;
    let slug = api.add(&draft::credential(
        "Mail Reader",
        &clients::ordinary(),
        UNUSED,
    ))?;
    let path = format!("/v1/credentials/{slug}");
    let change = json!({"description": "changed"});
    expected::NO_IF_MATCH.check_status(428, &api.patch(&path, None, &change)?)?;
    let changed = api.patch(&path, Some("\"r1\""), &change)?.expect(200)?;
    assert_eq!(changed.header("etag"), Some("\"r2\""));
    assert_eq!(changed.json()?["description"], "changed");
    expected::STALE.check_status(412, &api.patch(&path, Some("\"r1\""), &change)?)?;
    expected::NO_IF_MATCH.check_status(428, &api.delete(&path, None)?)?;
    expected::STALE.check_status(412, &api.delete(&path, Some("\"r1\""))?)?;
    api.delete(&path, Some("\"r2\""))?.expect(204)?;
    expected::NOT_FOUND.check_status(404, &api.get(&path)?)
}

#[test]
fn a_name_is_taken_without_regard_to_case() -> Result<()> {
    let grantd = Grantd::start()?;
    let api = grantd.api()?;
    let client = clients::ordinary();
    api.add(&draft::credential("Mail Reader", &client, UNUSED))?;
    let again = api.post_credential(&draft::credential("MAIL reader", &client, UNUSED))?;
    expected::NAME_TAKEN.check(&again)
}

#[test]
fn the_list_is_paged_and_searched() -> Result<()> {
    let grantd = Grantd::start()?;
    let api = grantd.api()?;
    let names = ["Post One", "Post Two", "Post Three", "Storage"];
    for name in names {
        api.add(&draft::credential(name, &clients::ordinary(), UNUSED))?;
    }
    let mut seen = Vec::new();
    let mut path = "/v1/credentials?q=POST&limit=2".to_owned();
    loop {
        let page = api.get(&path)?.expect(200)?.json()?;
        let items = page["items"].as_array().context("no items")?.clone();
        assert!(items.len() <= 2);
        seen.extend(
            items
                .iter()
                .filter_map(|item| item["name"].as_str().map(str::to_owned)),
        );
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!(
            "/v1/credentials?q=POST&limit=2&cursor={}",
            e2e::encoding::percent(cursor)
        );
    }
    seen.sort_unstable();
    assert_eq!(seen, ["Post One", "Post Three", "Post Two"]);
    Ok(())
}
