//! oidc-provider (npm, certified): decodes Basic as RFC 6749 section 2.3.1 says, refuses it
//! raw, introspects (RFC 7662), knows resource indicators (RFC 8707), speaks HTTP and HTTPS.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Client, Method, SCOPES};
use crate::certificate::ServerCertificate;
use crate::http::{Request, Response};
use crate::process::Process;
use crate::{encoding, environment};

const START: Duration = Duration::from_secs(30);
const INTROSPECTOR: (&str, &str) = ("introspector", "introspector-secret");

/// A running oidc-provider.
#[derive(Debug)]
pub struct OidcProvider {
    _process: Process,
    token_path: &'static str,
    http: u64,
    https: Option<u64>,
    _folder: TempDir,
}

/// How an [`OidcProvider`] behaves.
#[derive(Debug)]
pub struct Settings {
    /// Path of its token endpoint.
    pub token_path: &'static str,
    /// Lifetime of its tokens in seconds.
    pub token_lifetime_s: u32,
    /// How long it thinks before it answers a token request, in milliseconds.
    pub token_delay_ms: u32,
    /// Resources it knows (RFC 8707): `{identifier: {"scope": "...", "format": "jwt"}}`.
    pub resources: Option<Value>,
    /// Its certificate; HTTPS is off without.
    pub tls: Option<ServerCertificate>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token_path: "/token",
            token_lifetime_s: 600,
            token_delay_ms: 0,
            resources: None,
            tls: None,
        }
    }
}

/// One token request that reached it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The client that authenticated, or tried to.
    pub client_id: Option<String>,
    /// How it sent its secret.
    pub method: Method,
    /// The error code it got instead of a token.
    pub error: Option<String>,
}

impl OidcProvider {
    /// Starts it with these clients, beside one that introspects.
    pub fn start(clients: &[Client], settings: Settings) -> Result<Self> {
        let peers = environment::oidc_provider()?;
        let folder = TempDir::new()?;
        let (file, token_path) = (folder.path().join("config.json"), settings.token_path);
        fs::write(&file, configuration(clients, settings).to_string())?;
        let mut command = Command::new(peers.join("bin/node"));
        command
            .arg(environment::scripts().join("oidc-provider.mjs"))
            .arg(&file);
        command.env("GRANTD_PEERS", &peers);
        let mut process = Process::start("oidc-provider", &mut command)?;
        let ports = process.wait_for(START, |process| {
            let line: Value = serde_json::from_str(process.stdout().first()?).ok()?;
            line.get("ready").cloned()
        })?;
        Ok(Self {
            _process: process,
            token_path,
            http: ports["http"].as_u64().context("no HTTP port")?,
            https: ports["https"].as_u64(),
            _folder: folder,
        })
    }

    /// The token endpoint over HTTP.
    #[must_use]
    pub fn token_endpoint(&self) -> String {
        self.url(self.token_path)
    }

    /// The token endpoint over HTTPS, by address.
    pub fn https_token_endpoint(&self) -> Result<String> {
        let port = self
            .https
            .context("this peer was started without a certificate")?;
        Ok(format!("https://127.0.0.1:{port}{}", self.token_path))
    }

    /// A URL of this server over HTTP.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.http)
    }

    /// Asks for a token, as the client is registered; `scope` may be empty.
    pub fn request_token(&self, client: &Client, scope: &str) -> Result<Response> {
        token_request(&self.token_endpoint(), client, scope).send()
    }

    /// The introspection response for a token.
    pub fn introspect(&self, token: &str) -> Result<Value> {
        let (id, secret) = INTROSPECTOR;
        Request::new("POST", &self.url("/token/introspection"))
            .header("authorization", &encoding::basic_percent(id, secret))
            .form(&[("token", token)])
            .send()?
            .expect(200)?
            .json()
    }

    /// The token with this SHA-256, in hexadecimal, among those it has issued and not forgotten.
    pub fn token_of(&self, sha256: &str) -> Result<String> {
        let tokens = Request::new("GET", &self.url("/e2e/tokens"))
            .send()?
            .expect(200)?
            .json()?;
        let token = tokens[sha256].as_str();
        Ok(token
            .with_context(|| format!("no token of the SHA-256 {sha256} was issued"))?
            .to_owned())
    }

    /// Registers a client, also in the place of the one of its id.
    pub fn register(&self, client: &Client) -> Result<()> {
        let request = Request::new("POST", &self.url("/e2e/clients"));
        request.json(&registration(client)).send()?.expect(204)?;
        Ok(())
    }

    /// Every token request so far, in order.
    pub fn grants(&self) -> Result<Vec<Grant>> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let grant = |grant: &Value| Grant {
            client_id: text(&grant["client_id"]),
            method: if grant["method"] == Method::Basic.name() {
                Method::Basic
            } else {
                Method::Post
            },
            error: text(&grant["error"]),
        };
        let grants = Request::new("GET", &self.url("/e2e/grants"))
            .send()?
            .expect(200)?
            .json()?;
        Ok(grants
            .as_array()
            .context("no list of grants")?
            .iter()
            .map(grant)
            .collect())
    }
}

/// A token request with the client authenticated by its own method, Basic percent-encoded.
fn token_request(endpoint: &str, client: &Client, scope: &str) -> Request {
    let request = Request::new("POST", endpoint);
    let mut fields = vec![("grant_type", "client_credentials")];
    if !scope.is_empty() {
        fields.push(("scope", scope));
    }
    if client.method == Method::Basic {
        let header = encoding::basic_percent(&client.id, &client.secret);
        return request.header("authorization", &header).form(&fields);
    }
    fields.extend([
        ("client_id", client.id.as_str()),
        ("client_secret", &client.secret),
    ]);
    request.form(&fields)
}

fn configuration(clients: &[Client], settings: Settings) -> Value {
    let mut registered: Vec<Value> = clients.iter().map(registration).collect();
    let (id, secret) = INTROSPECTOR;
    registered.push(json!({"client_id": id, "client_secret": secret, "introspects": true}));
    let mut configuration = json!({
        "clients": registered,
        "scopes": SCOPES,
        "token_path": settings.token_path,
        "token_lifetime_s": settings.token_lifetime_s,
        "token_delay_ms": settings.token_delay_ms,
    });
    if let Some(resources) = settings.resources {
        configuration["resources"] = resources;
    }
    if let Some(tls) = settings.tls {
        configuration["tls"] = json!({"certificate": tls.certificate, "key": tls.key});
    }
    configuration
}

fn registration(client: &Client) -> Value {
    json!({
        "client_id": client.id,
        "client_secret": client.secret,
        "token_endpoint_auth_method": client.method.name(),
    })
}
