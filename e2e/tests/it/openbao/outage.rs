//! Tokens that end, a vault that is sealed, stopped and started again.

use std::time::Duration;

use anyhow::{Context, Result};
use e2e::peer::OpenBao;
use serde_json::json;

use super::{add, class, eventually, source, watched};

const SECRET: &str = "canary-secret-through-an-outage";

/// A vault with a secret and a role whose tokens end soon.
fn vault_with_role() -> Result<(OpenBao, serde_json::Value, String)> {
    let bao = OpenBao::start(false)?;
    bao.write("apps/one", &json!({"client_secret": SECRET}))?;
    bao.post("sys/auth/approle", &json!({"type": "approle"}))?;
    let role = json!({"token_policies": "grantd", "token_ttl": "3s", "token_max_ttl": "6s"});
    bao.post("auth/approle/role/grantd", &role)?;
    let id = bao.get("auth/approle/role/grantd/role-id")?;
    let secret_id = bao.post("auth/approle/role/grantd/secret-id", &json!({}))?;
    let secret_id = secret_id["data"]["secret_id"]
        .as_str()
        .context("a secret id")?;
    let login = json!({"method": "approle", "role_id": id["data"]["role_id"]});
    Ok((bao, login, secret_id.to_owned()))
}

#[test]
fn tokens_that_end_or_are_revoked_are_got_anew() -> Result<()> {
    let (bao, login, secret_id) = vault_with_role()?;
    let grantd = watched(&[SECRET, &secret_id])?;
    let api = grantd.api()?;
    add(&api, &source(&bao, "vault", &login, &secret_id))?;
    // renewed, and past the longest life got anew
    for _ in 0..9 {
        assert_eq!(class(&api, "vault", "apps/one")?, "ok");
        std::thread::sleep(Duration::from_secs(1));
    }
    for _ in 0..3 {
        bao.put("sys/leases/revoke-prefix/auth/approle/login", &json!({}))?;
        assert_eq!(
            class(&api, "vault", "apps/one")?,
            "ok",
            "after a revocation"
        );
    }
    Ok(())
}

#[test]
fn a_vault_that_is_sealed_or_gone_is_told_and_waited_for() -> Result<()> {
    let (mut bao, login, secret_id) = vault_with_role()?;
    let grantd = watched(&[SECRET, &secret_id])?;
    let api = grantd.api()?;
    add(&api, &source(&bao, "vault", &login, &secret_id))?;
    assert_eq!(class(&api, "vault", "apps/one")?, "ok");
    bao.seal()?;
    let within = Duration::from_mins(1);
    eventually(within, "sealed is told", || {
        Ok(class(&api, "vault", "apps/one")? == "sealed")
    })?;
    let shown = api.get("/v1/sources/vault")?.expect(200)?.json()?;
    assert_eq!(shown["health"]["last_fault"]["class"], "sealed", "{shown}");
    assert_ne!(shown["health"]["standing"], "working", "{shown}");
    bao.unseal()?;
    eventually(within, "unsealed, it goes on", || {
        Ok(class(&api, "vault", "apps/one")? == "ok")
    })?;
    bao.stop();
    eventually(within, "gone is told", || {
        Ok(class(&api, "vault", "apps/one")? == "unreachable")
    })?;
    bao.restart()?;
    bao.unseal()?;
    eventually(within, "started again, it goes on", || {
        Ok(class(&api, "vault", "apps/one")? == "ok")
    })?;
    let shown = api.get("/v1/sources/vault")?.expect(200)?.json()?;
    assert_eq!(shown["health"]["standing"], "working", "{shown}");
    grantd.assert_no_leak()
}
