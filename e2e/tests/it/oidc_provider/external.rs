//! Secrets that stay where they are: read from a file at each need.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::slice;

use anyhow::Result;
use e2e::grantd::{Grantd, Settings};
use e2e::peer::{self, OidcProvider};
use serde_json::json;

use crate::{clients, draft};

#[test]
fn a_secret_in_a_file_is_read_at_each_need() -> Result<()> {
    let client = clients::ordinary();
    let provider = OidcProvider::start(slice::from_ref(&client), peer::Settings::default())?;
    let folder = tempfile::tempdir()?;
    let grantd = Grantd::start_with(&Settings {
        more: format!(
            "[sources.team]\nkind = \"file\"\nfolder = {:?}\norigins = [{:?}]\n",
            folder.path(),
            provider.url("").trim_end_matches('/'),
        ),
        ..Settings::default()
    })?;
    let api = grantd.api()?;
    let members = json!({
        "secret_source": "external",
        "client_secret": null,
        "client_secret_reference": {"source": "team", "path": "mail.json", "key": "/client_secret"},
    });
    let credential = draft::credential("Mail Reader", &client, &provider.token_endpoint());
    let slug = api.add(&draft::with(credential, &members))?;
    let missing = api.post_token(&slug)?.expect(502)?.json()?;
    assert_eq!(missing["type"], "urn:grantd:problem:secret_source_failed");
    put(
        folder.path(),
        &json!({"client_secret": "not yet"}).to_string(),
    )?;
    // nothing is asked again before the pause that a failure brings is over, or somebody says so
    let renew = format!("/v1/credentials/{slug}/renew");
    let refused = api.post_empty(&renew)?.expect(502)?.json()?;
    assert_eq!(
        refused["type"],
        "urn:grantd:problem:authorization_server_refused"
    );
    put(
        folder.path(),
        &json!({"client_secret": client.secret}).to_string(),
    )?;
    api.post_empty(&renew)?.expect(200)?;
    let token = api.token(&slug)?;
    assert_eq!(provider.introspect(&token)?["active"], true);
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the file is what the source reads"
)]
fn put(folder: &Path, content: &str) -> Result<()> {
    let path = folder.join("mail.json");
    fs::write(&path, content)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    Ok(())
}
