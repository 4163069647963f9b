//! kubectl, whose kubeconfig names grantd as credential plugin.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use e2e::environment;
use e2e::http::{Asked, Reply, Server};
use serde_json::{Value, json};

use super::{Person, block};

const V1: &str = "client.authentication.k8s.io/v1";
/// The first minor version that knows it.
const KNOWS_V1: u32 = 22;

#[test]
fn the_server_of_the_kubeconfig_gets_the_token() -> Result<()> {
    let (person, kubectl) = (Person::new()?, kubectl()?);
    let (api, ca) = api(&person)?;
    let mut versions = vec![format!("{V1}beta1")];
    if minor(&person, &kubectl)? >= KNOWS_V1 {
        versions.push(V1.to_owned());
    }
    for version in versions {
        let config = kubeconfig(&api, &ca)?.replace(V1, &version);
        let config = person.write("kubeconfig", &config)?;
        let ended = person
            .run(&kubectl, &arguments(&config.to_string_lossy()))?
            .expect(0)?;
        assert_eq!(
            (ended.stdout.as_str(), ended.stderr.as_str()),
            ("pod/orders\n", "")
        );
        let asked = api.take_asked();
        ensure!(
            !asked.is_empty() && asked.iter().all(|it| shows(it, &person.token)),
            "{asked:?}"
        );
    }
    person.has_a_token()
}

#[test]
fn without_a_token_it_asks_nobody_and_says_why() -> Result<()> {
    let (person, kubectl) = (Person::new()?, kubectl()?);
    let (api, ca) = api(&person)?;
    let config = kubeconfig(&api, &ca)?.replace(V1, &format!("{V1}beta1"));
    let config = person.write("kubeconfig", &config)?;
    person.spoils_the_credential()?;
    let ended = person
        .run(&kubectl, &arguments(&config.to_string_lossy()))?
        .expect(1)?;
    ensure!(
        ended.stderr.contains("grantd: the credential is disabled"),
        "{ended:?}"
    );
    assert_eq!(api.take_asked().len(), 0);
    Ok(())
}

fn kubectl() -> Result<PathBuf> {
    environment::client_of_helper("kubectl", "kubernetes-client")
}

fn minor(person: &Person, kubectl: &Path) -> Result<u32> {
    let told = person
        .run(kubectl, &["version", "--client", "--output", "json"])?
        .expect(0)?;
    let told: Value = serde_json::from_str(&told.stdout)?;
    let minor = told["clientVersion"]["minor"]
        .as_str()
        .context("no version")?;
    Ok(minor.trim_end_matches('+').parse()?)
}

fn arguments(config: &str) -> [&str; 6] {
    ["--kubeconfig", config, "get", "pods", "--output", "name"]
}

/// That of the book, for this server.
fn kubeconfig(api: &Server, ca: &Path) -> Result<String> {
    let text = block("apiVersion: v1")?;
    Ok(text
        .replace("https://kubernetes.example.com:6443", &api.url())
        .replace("/etc/ssl/kubernetes.pem", &ca.to_string_lossy()))
}

fn shows(asked: &Asked, token: &str) -> bool {
    asked.header("authorization") == Some(&format!("Bearer {token}"))
}

/// A server of Kubernetes' API, as far as a list of pods needs one.
fn api(person: &Person) -> Result<(Server, PathBuf)> {
    let (certificate, ca) = person.certificate()?;
    let token = person.token.clone();
    let api = Server::start(Some(&certificate), move |_, asked| {
        if !shows(asked, &token) {
            return Reply::json(401, &status(401, "Unauthorized"));
        }
        match asked.path() {
            "/api" => Reply::json(200, &json!({"kind": "APIVersions", "versions": ["v1"]})),
            "/apis" => Reply::json(
                200,
                &json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": []}),
            ),
            "/api/v1" => Reply::json(200, &resources()),
            "/api/v1/namespaces/default/pods" => Reply::json(200, &pods()),
            _ => Reply::json(404, &status(404, "NotFound")),
        }
    })?;
    Ok((api, ca))
}

fn status(code: u16, reason: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code})
}

fn resources() -> Value {
    json!({
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "v1",
        "resources": [{
            "name": "pods", "singularName": "pod", "namespaced": true, "kind": "Pod", "verbs": ["get", "list"],
        }],
    })
}

fn pods() -> Value {
    json!({
        "kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"},
        "items": [{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "orders", "namespace": "default"}}],
    })
}
