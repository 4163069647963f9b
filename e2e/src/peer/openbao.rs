//! OpenBao, the open fork of Vault: the real server with its data in a folder, sealed and unsealed at will.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::certificate::{Authority, Validity};
use crate::http::{Request, Response};
use crate::process::Process;
use crate::{environment, port};

const PACKAGE: &str = "openbao";
const START: Duration = Duration::from_secs(30);

/// The policy of grantd: the least that reading below `apps/` needs.
const POLICY: &str = r#"path "secret/data/apps/*" { capabilities = ["read"] }
path "secret/metadata/apps/*" { capabilities = ["list"] }
path "kv1/apps/*" { capabilities = ["read", "list"] }
path "transit/encrypt/grantd" { capabilities = ["update"] }
path "transit/decrypt/grantd" { capabilities = ["update"] }
"#;

/// A running OpenBao.
#[derive(Debug)]
pub struct OpenBao {
    port: u16,
    authority: Option<String>,
    root: String,
    unseal: String,
    process: Process,
    folder: TempDir,
}

impl OpenBao {
    /// Starts it on new data, unsealed, with `secret/` (key-value, version 2), `kv1/` (version 1),
    /// `transit/` with the key `grantd`, and the policy `grantd`.
    pub fn start(tls: bool) -> Result<Self> {
        let (folder, port) = (TempDir::new()?, port::free()?);
        let authority = tls
            .then(|| Authority::new("e2e vault authority"))
            .transpose()?;
        let how = match &authority {
            Some(authority) => {
                let files = authority.issue(folder.path(), &["127.0.0.1"], Validity::Current)?;
                let (certificate, key) = (files.certificate.display(), files.key.display());
                format!("tls_cert_file = \"{certificate}\"\ntls_key_file = \"{key}\"")
            }
            None => "tls_disable = true".to_owned(),
        };
        let listener = format!("address = \"127.0.0.1:{port}\"\n{how}\n");
        let authority = authority.map(|authority| authority.pem());
        let data = folder.path().join("data");
        fs::create_dir(&data)?;
        let scheme = if tls { "https" } else { "http" };
        let cluster = port::free()?;
        let configuration = format!(
            "storage \"raft\" {{\n path = \"{}\"\n node_id = \"one\"\n}}\nlistener \"tcp\" {{\n{listener}}}\n\
             api_addr = \"{scheme}://127.0.0.1:{port}\"\ncluster_addr = \"https://127.0.0.1:{cluster}\"\n",
            data.display()
        );
        fs::write(folder.path().join("bao.hcl"), configuration)?;
        let process = serve(&folder)?;
        let mut bao = Self {
            port,
            authority,
            root: String::new(),
            unseal: String::new(),
            process,
            folder,
        };
        bao.wait()?;
        let keys = bao.put(
            "sys/init",
            &json!({"secret_shares": 1, "secret_threshold": 1}),
        )?;
        let text = |value: &Value| value.as_str().map(str::to_owned).context("no key");
        bao.root = text(&keys["root_token"])?;
        bao.unseal = text(&keys["keys_base64"][0])?;
        bao.unseal()?;
        bao.post(
            "sys/mounts/secret",
            &json!({"type": "kv", "options": {"version": "2"}}),
        )?;
        bao.post(
            "sys/mounts/kv1",
            &json!({"type": "kv", "options": {"version": "1"}}),
        )?;
        bao.post("sys/mounts/transit", &json!({"type": "transit"}))?;
        bao.post("transit/keys/grantd", &json!({}))?;
        bao.put("sys/policies/acl/grantd", &json!({"policy": POLICY}))?;
        Ok(bao)
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.authority.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// The certificate of the authority that vouches for it, where it speaks TLS.
    #[must_use]
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// The token that may do everything.
    #[must_use]
    pub fn root(&self) -> &str {
        &self.root
    }

    /// Ends it as `kill -9` does and starts it again on the same data and port; it is sealed then.
    pub fn restart(&mut self) -> Result<()> {
        self.stop();
        self.process = serve(&self.folder)?;
        self.wait()
    }

    /// Ends it as `kill -9` does.
    pub fn stop(&mut self) {
        self.process.kill();
    }

    /// Seals it.
    pub fn seal(&self) -> Result<()> {
        self.put("sys/seal", &json!({})).map(drop)
    }

    /// Unseals it, and waits until it serves.
    pub fn unseal(&self) -> Result<()> {
        self.put("sys/unseal", &json!({"key": self.unseal}))?;
        for _ in 0..200 {
            if self.ask("GET", "sys/health", None)?.status == 200 {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        anyhow::bail!("it stays sealed")
    }

    /// Writes a secret of version 2; tells its version.
    pub fn write(&self, path: &str, members: &Value) -> Result<u64> {
        let done = self.post(&format!("secret/data/{path}"), &json!({"data": members}))?;
        done["data"]["version"].as_u64().context("no version")
    }

    /// POST with the root token.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.done("POST", path, Some(body))
    }

    /// PUT with the root token.
    pub fn put(&self, path: &str, body: &Value) -> Result<Value> {
        self.done("PUT", path, Some(body))
    }

    /// GET with the root token.
    pub fn get(&self, path: &str) -> Result<Value> {
        self.done("GET", path, None)
    }

    /// POST in a namespace.
    pub fn post_in(&self, namespace: &str, path: &str, body: &Value) -> Result<Value> {
        let request = self
            .request("POST", path)
            .header("x-vault-namespace", namespace);
        answered(&request.json(body).send()?, path)
    }

    /// POST for which the answer comes wrapped; tells the wrapping token.
    pub fn wrapped(&self, path: &str) -> Result<String> {
        let request = self.request("POST", path).header("x-vault-wrap-ttl", "60s");
        let answer = answered(&request.json(&json!({})).send()?, path)?;
        let token = answer["wrap_info"]["token"].as_str();
        token.map(str::to_owned).context("no wrapping token")
    }

    fn done(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        answered(&self.ask(method, path, body)?, path)
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Response> {
        let request = self.request(method, path);
        match body {
            Some(body) => request.json(body).send(),
            None => request.send(),
        }
    }

    fn request(&self, method: &str, path: &str) -> Request {
        let request = Request::new(method, &format!("{}/v1/{path}", self.url()));
        let request = request.header("x-vault-token", &self.root);
        match &self.authority {
            Some(authority) => request.trusting(authority),
            None => request,
        }
    }

    fn wait(&mut self) -> Result<()> {
        let health = self.request("GET", "sys/seal-status");
        self.process.wait_for(START, |_| health.send().ok())?;
        Ok(())
    }
}

fn serve(folder: &TempDir) -> Result<Process> {
    let mut command = Command::new(environment::openbao()?);
    command
        .arg("server")
        .arg(format!(
            "-config={}",
            folder.path().join("bao.hcl").display()
        ))
        .env("HOME", folder.path());
    Process::start(PACKAGE, &mut command)
}

fn answered(response: &Response, path: &str) -> Result<Value> {
    let text = response.body.as_str();
    ensure!(
        (200..300).contains(&response.status),
        "{path}: status {}: {text}",
        response.status
    );
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    Ok(serde_json::from_str(text)?)
}
