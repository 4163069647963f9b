//! Glewlwyd (Debian, written in C): never decodes Basic, so it accepts id and secret only raw;
//! answers a wrong secret with 403 and an empty body, and writes `token_type` as `bearer`.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Client, SCOPES};
use crate::http::{Request, Response};
use crate::process::Process;
use crate::{encoding, environment, port};

const PACKAGE: &str = "glewlwyd";
const START: Duration = Duration::from_secs(30);
/// Where the Debian package keeps the schema of a new database.
const SCHEMA: &str = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3";
/// The first administrator of that schema.
const ADMINISTRATOR: (&str, &str) = ("admin", "password");

/// A running Glewlwyd.
#[derive(Debug)]
pub struct Glewlwyd {
    port: u16,
    _process: Process,
    _folder: TempDir,
}

impl Glewlwyd {
    /// Starts it on a new database with these clients; each may use Basic and the body.
    pub fn start(clients: &[Client]) -> Result<Self> {
        let binary = environment::glewlwyd()?;
        let (folder, port) = (TempDir::new()?, port::free()?);
        let database = folder.path().join("glewlwyd.db");
        create_database(&database)?;
        let file = folder.path().join("glewlwyd.conf");
        fs::write(&file, configuration(port, &database))?;
        let mut command = Command::new(binary);
        command.arg(format!("--config-file={}", file.display()));
        let mut process = Process::start(PACKAGE, &mut command)?;
        let ready = format!("http://127.0.0.1:{port}/config");
        process.wait_for(START, |_| Request::new("GET", &ready).send().ok())?;
        provision(&format!("http://127.0.0.1:{port}/api"), clients)?;
        Ok(Self {
            port,
            _process: process,
            _folder: folder,
        })
    }

    /// The token endpoint.
    #[must_use]
    pub fn token_endpoint(&self) -> String {
        self.url("/token")
    }

    /// Asks for a token with this `Authorization` header.
    pub fn request_token(&self, authorization: &str, scope: &str) -> Result<Response> {
        Request::new("POST", &self.token_endpoint())
            .header("authorization", authorization)
            .form(&[("grant_type", "client_credentials"), ("scope", scope)])
            .send()
    }

    /// The introspection response for a token; only its own client may ask.
    pub fn introspect(&self, client: &Client, token: &str) -> Result<Value> {
        Request::new("POST", &self.url("/introspect"))
            .header(
                "authorization",
                &encoding::basic_raw(&client.id, &client.secret),
            )
            .form(&[("token", token)])
            .send()?
            .expect(200)?
            .json()
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/api/oidc{path}", self.port)
    }
}

fn create_database(database: &Path) -> Result<()> {
    let schema = File::open(SCHEMA).with_context(|| {
        format!("the Debian package {PACKAGE} is missing: run `cargo xtask test`")
    })?;
    let made = Command::new(environment::program("sqlite3", "sqlite3")?)
        .arg(database)
        .stdin(Stdio::from(schema))
        .output()?;
    let said = String::from_utf8_lossy(&made.stderr);
    ensure!(
        made.status.success(),
        "sqlite3 does not create the database: {said}"
    );
    Ok(())
}

fn configuration(port: u16, database: &Path) -> String {
    let modules = ["user", "client", "plugin"]
        .map(|kind| format!("{kind}_module_path = \"/usr/lib/glewlwyd/{kind}\"\n"));
    format!(
        r#"
port = {port}
bind_address = "127.0.0.1"
external_url = "http://127.0.0.1:{port}/"
login_url = "login.html"
api_prefix = "api"
log_mode = "console"
log_level = "WARNING"
cookie_secure = 0
session_key = "session"
admin_scope = "g_admin"
profile_scope = "g_profile"
user_auth_scheme_module_path = "/usr/lib/glewlwyd/scheme"
hash_algorithm = "SHA512"
database = {{ type = "sqlite3"; path = "{}"; }};
{}"#,
        database.display(),
        modules.concat()
    )
}

/// Adds the protocol, the scopes and the clients by the administrator's API.
fn provision(api: &str, clients: &[Client]) -> Result<()> {
    let (username, password) = ADMINISTRATOR;
    let signed_in = Request::new("POST", &format!("{api}/auth/"))
        .json(&json!({"username": username, "password": password}))
        .send()?
        .expect(200)?;
    let cookie = signed_in.header("set-cookie").context("no session")?;
    let cookie = cookie.split(';').next().unwrap_or(cookie);
    let add = |path: &str, value: &Value| {
        let url = format!("{api}/{path}/");
        Request::new("POST", &url)
            .header("cookie", cookie)
            .json(value)
            .send()?
            .expect(200)
    };
    add("mod/plugin", &protocol(api))?;
    for scope in SCOPES {
        add("scope", &json!({"name": scope, "display_name": scope}))?;
    }
    for client in clients {
        add("client", &registration(client))?;
    }
    Ok(())
}

fn registration(client: &Client) -> Value {
    json!({
        "client_id": client.id,
        "name": client.id,
        "password": client.secret,
        "confidential": true,
        "enabled": true,
        "scope": SCOPES,
        "authorization_type": ["client_credentials"],
        "token_endpoint_auth_method": ["client_secret_basic", "client_secret_post"],
    })
}

fn protocol(api: &str) -> Value {
    json!({
        "module": "oidc",
        "name": "oidc",
        "display_name": "oidc",
        "parameters": {
            "iss": format!("{api}/oidc"),
            "jwt-type": "sha",
            "jwt-key-size": "256",
            "key": "a key for tests, nothing is protected by it",
            "access-token-duration": 600,
            "refresh-token-duration": 600,
            "code-duration": 60,
            "refresh-token-rolling": false,
            "allow-non-oidc": true,
            "auth-type-code-enabled": false,
            "auth-type-token-enabled": false,
            "auth-type-id-token-enabled": false,
            "auth-type-none-enabled": false,
            "auth-type-password-enabled": false,
            "auth-type-client-enabled": true,
            "auth-type-refresh-enabled": false,
            "auth-type-device-enabled": false,
            "introspection-revocation-allowed": true,
            "introspection-revocation-allow-target-client": true,
        },
    })
}
