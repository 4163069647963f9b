//! The same by the command line.

use anyhow::{Context, Result, ensure};
use e2e::grantd::{Finished, Grantd};
use e2e::peer::{Client, SCOPES};
use serde_json::Value;

use crate::clients;

#[test]
fn the_list_shows_what_was_added() -> Result<()> {
    let (client, endpoint) = (clients::ordinary(), "http://127.0.0.1:9/token");
    let grantd = Grantd::start()?;
    for name in ["Mail One", "Mail Two"] {
        add(&grantd, name, &client, endpoint, &[])?.expect(0)?;
    }
    for output in ["json", "table"] {
        let listed = grantd
            .cli(&["credential", "list", "--output", output], "")?
            .expect(0)?;
        for slug in ["mail-one", "mail-two"] {
            assert!(listed.stdout.contains(slug), "{listed:?}");
        }
        if output == "json" {
            serde_json::from_str::<Value>(&listed.stdout)?;
        }
    }
    Ok(())
}

#[test]
fn wrong_usage_ends_with_2() -> Result<()> {
    let grantd = Grantd::start()?;
    for arguments in [
        vec!["token"],
        vec!["credential", "add", "--name", "Only a Name"],
        vec!["no-such"],
    ] {
        let ended = grantd.cli(&arguments, "")?.expect(2)?;
        ensure!(
            ended.stdout.is_empty() && !ended.stderr.is_empty(),
            "{ended:?}"
        );
    }
    Ok(())
}

/// Adds a credential of both scopes, its secret on standard input.
pub(crate) fn add(
    grantd: &Grantd,
    name: &str,
    client: &Client,
    endpoint: &str,
    more: &[&str],
) -> Result<Finished> {
    grantd.canaries().watch_client(&client.id, &client.secret);
    let scopes = SCOPES.join(" ");
    let mut arguments = arguments(name, client, endpoint, &scopes);
    arguments.extend(["--secret-file", "-"]);
    arguments.extend(more);
    grantd.cli(&arguments, &client.secret)
}

pub(crate) fn arguments<'a>(
    name: &'a str,
    client: &'a Client,
    endpoint: &'a str,
    scope: &'a str,
) -> Vec<&'a str> {
    let mut arguments = vec![
        "credential",
        "add",
        "--name",
        name,
        "--client-id",
        &client.id,
    ];
    arguments.extend(["--token-endpoint", endpoint, "--scope", scope]);
    arguments.extend(["--auth-method", client.method.name()]);
    arguments
}

/// `grantd token` prints the token and nothing else.
pub(crate) fn token(grantd: &Grantd, slug: &str) -> Result<String> {
    let printed = grantd.cli(&["token", slug], "")?.expect(0)?.stdout;
    let token = printed
        .strip_suffix('\n')
        .context("no new line at the end")?;
    ensure!(
        !token.is_empty() && !token.contains(char::is_whitespace),
        "more than a token"
    );
    grantd.canaries().watch("access token", token);
    Ok(token.to_owned())
}
