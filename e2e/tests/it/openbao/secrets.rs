//! What is read: versions, the older engine, namespaces, and what is none.

use anyhow::Result;
use e2e::peer::OpenBao;
use serde_json::json;

use super::{add, class, read, source, token, watched};

#[test]
fn versions_engines_and_namespaces() -> Result<()> {
    let bao = OpenBao::start(false)?;
    let grantd = watched(&["canary-first", "canary-second"])?;
    let api = grantd.api()?;
    bao.write(
        "apps/one",
        &json!({"client_secret": "canary-first", "other": {"deep": "x"}}),
    )?;
    bao.write("apps/one", &json!({"client_secret": "canary-second"}))?;
    let login = json!({"method": "token"});
    add(&api, &source(&bao, "two", &login, &token(&bao, "1h")?))?;
    for (version, expected) in [(None, "2"), (Some("1"), "1"), (Some("2"), "2")] {
        let test = read(&api, "two", "apps/one", "/client_secret", version)?;
        assert_eq!(test["found"]["version"], expected, "{test}");
        assert!(test["found"]["changed_at"].is_string(), "{test}");
    }
    let deep = read(&api, "two", "apps/one", "/other/deep", Some("1"))?;
    assert_eq!(deep["class"], "ok", "{deep}");
    for (path, key, version, expected) in [
        ("apps/one", "/client_secret", Some("9"), "missing"),
        ("apps/one", "/client_secret", Some("x"), "wrong_version"),
        ("apps/one", "/nothing", None, "key_missing"),
        ("apps/none", "/client_secret", None, "missing"),
        ("root", "/client_secret", None, "outside"),
        ("apps/../root", "/client_secret", None, "outside"),
    ] {
        let test = read(&api, "two", path, key, version)?;
        assert_eq!(test["class"], expected, "{path}: {test}");
    }
    // a version that was deleted, and one that is no text
    bao.post("secret/delete/apps/one", &json!({"versions": [1]}))?;
    let gone = read(&api, "two", "apps/one", "/client_secret", Some("1"))?;
    assert_eq!(gone["class"], "missing", "{gone}");
    bao.write(
        "apps/number",
        &json!({"client_secret": 7, "empty": "", "line": "s\n"}),
    )?;
    assert_eq!(class(&api, "two", "apps/number")?, "key_missing");
    assert_eq!(
        read(&api, "two", "apps/number", "/empty", None)?["class"],
        "empty"
    );
    let line = read(&api, "two", "apps/number", "/line", None)?;
    assert_eq!(line["found"]["ends_with_line_end"], true, "{line}");
    bao.write(
        "apps/large",
        &json!({"client_secret": "x".repeat(1_000_000)}),
    )?;
    assert_eq!(class(&api, "two", "apps/large")?, "too_large");
    let entries = api
        .get("/v1/sources/two/entries?below=apps")?
        .expect(200)?
        .json()?;
    let names: Vec<&str> = entries["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it["name"].as_str())
        .collect();
    assert_eq!(names, ["large", "number", "one"]);

    // denied by the policy, though within the bounds
    bao.write("other/one", &json!({"client_secret": "x"}))?;
    let mut wide = source(&bao, "wide", &login, &token(&bao, "1h")?);
    wide["paths"] = json!(["*"]);
    add(&api, &wide)?;
    assert_eq!(class(&api, "wide", "other/one")?, "denied");

    bao.post("kv1/apps/one", &json!({"client_secret": "canary-first"}))?;
    let mut one = source(&bao, "one", &login, &token(&bao, "1h")?);
    one["vault"]["mount"] = json!("kv1");
    // the wrong version is told as what it is
    add(&api, &one)?;
    let wrong = read(&api, "one", "apps/one", "/client_secret", None)?;
    assert!(
        ["missing", "strange", "denied"].contains(&wrong["class"].as_str().unwrap_or("")),
        "{wrong}"
    );
    one["name"] = json!("one-1");
    one["vault"]["kv_version"] = json!(1);
    add(&api, &one)?;
    assert_eq!(class(&api, "one-1", "apps/one")?, "ok");
    let versioned = read(&api, "one-1", "apps/one", "/client_secret", Some("1"))?;
    assert_eq!(versioned["class"], "wrong_version", "{versioned}");

    bao.post("sys/namespaces/teams", &json!({}))?;
    let mount = json!({"type": "kv", "options": {"version": "2"}});
    bao.post_in("teams", "sys/mounts/secret", &mount)?;
    let members = json!({"data": {"client_secret": "canary-first"}});
    bao.post_in("teams", "secret/data/apps/one", &members)?;
    let mut inside = source(&bao, "inside", &login, bao.root());
    inside["vault"]["namespace"] = json!("teams");
    add(&api, &inside)?;
    assert_eq!(class(&api, "inside", "apps/one")?, "ok");
    assert_eq!(class(&api, "inside", "apps/number")?, "missing");
    grantd.assert_no_leak()
}
