//! grantd with its consumers, and a key that may only use them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{stage, streams, upstream};
use crate::bench::process::{self, Running};
use crate::run;

/// Where consumers are reached.
pub(super) const PORT: u16 = 18_731;
/// Where the API is.
const API: u16 = 18_730;
/// Where it is told what was counted, as it is in operation.
const METRICS: u16 = 18_732;

/// The credential of all consumers.
const CREDENTIAL: &str = "bench";

/// grantd while it runs.
pub(super) struct Grantd {
    /// Only absent while it is started again.
    running: Option<Running>,
    program: PathBuf,
    folder: PathBuf,
    key: String,
}

/// A consumer as all are: whoever shows a key, two fields set, one of them a secret, and one removed.
pub(super) fn draft(slug: &str, base_url: &str) -> Value {
    json!({
        "name": slug, "slug": slug, "credential": CREDENTIAL, "base_url": base_url,
        "headers": [
            {"name": "x-set-one", "value": "one"},
            {"name": "x-set-two", "value": "two", "secret": false},
        ],
        "remove_headers": ["x-removed"],
    })
}

/// That in front of the upstream as it is.
pub(super) fn plain(slug: &str) -> Value {
    draft(slug, &format!("http://127.0.0.1:{}", upstream::PLAIN))
}

/// The consumers that the others have as well.
pub(super) fn common(authority: &str) -> [Value; 3] {
    let over_tls = |slug: &str, port: u16, http: &str| {
        let mut draft = draft(slug, &format!("https://127.0.0.1:{port}"));
        draft["ca_bundle"] = json!(authority);
        draft["http"] = json!(http);
        draft
    };
    [
        plain("plain"),
        over_tls("tls", upstream::TLS, "http1"),
        over_tls("http2", upstream::HTTP2, "http2"),
    ]
}

impl Grantd {
    /// Starts it over a new state, with the credential and a key.
    pub(super) fn start(program: &Path, folder: &Path) -> Result<Self> {
        let allowed = [
            stage::SANDBOX,
            upstream::PLAIN,
            upstream::TLS,
            upstream::HTTP2,
            streams::SINK,
        ];
        let allowed = allowed
            .map(|port| format!("\"127.0.0.1:{port}\""))
            .join(", ");
        let configuration = format!(
            "[server]\nlisten = \"127.0.0.1:{API}\"\n\
             [consumers]\nlisten = \"127.0.0.1:{PORT}\"\nthreads = 2\n\
             [metrics]\nlisten = \"127.0.0.1:{METRICS}\"\n\
             [egress]\nallow = [{allowed}]\n[log]\nlevel = \"warn\"\n"
        );
        std::fs::write(folder.join("grantd.toml"), configuration)?;
        let mut grantd = Self {
            running: None,
            program: program.to_owned(),
            folder: folder.to_owned(),
            key: String::new(),
        };
        grantd.restart()?;
        grantd.post(
            "credentials",
            &json!({
                "name": CREDENTIAL, "slug": CREDENTIAL, "client_id": stage::CLIENT_ID,
                "client_secret": stage::CLIENT_SECRET, "token_endpoint": stage::token_endpoint(),
                "scope": stage::SCOPE, "bound_hosts": ["127.0.0.1"],
            }),
        )?;
        let wanted = json!({"name": "bench", "grants": [{"action": "use", "on": "all"}]});
        let made = grantd.post("keys", &wanted)?;
        let key = made["key"].as_str().context("no key was made")?;
        key.clone_into(&mut grantd.key);
        Ok(grantd)
    }

    /// Ends it, if it runs, and starts it over what it had, so that no memory is left of what was before.
    pub(super) fn restart(&mut self) -> Result<()> {
        self.running = None;
        let child = Command::new(&self.program)
            .arg("serve")
            .arg("--state-dir")
            .arg(self.folder.join("state"))
            .arg("--config")
            .arg(self.folder.join("grantd.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("grantd does not start")?;
        self.running = Some(Running(child));
        process::listening(API)?;
        process::listening(PORT)
    }

    /// Adds a consumer.
    pub(super) fn add(&self, draft: &Value) -> Result<()> {
        self.post("consumers", draft).map(|_| ())
    }

    /// What a caller shows.
    pub(super) fn authorization(&self) -> String {
        format!("Bearer {}", self.key)
    }

    pub(super) fn processes(&self) -> Vec<u32> {
        self.running.iter().map(|running| running.0.id()).collect()
    }

    /// Posts to the API with all rights.
    fn post(&self, to: &str, body: &Value) -> Result<Value> {
        // by files: an argument is seen by everybody on the machine
        let (data, configuration) = (self.folder.join("body"), self.folder.join("curl"));
        std::fs::write(&data, body.to_string())?;
        let key = self.admin_key()?;
        let text = format!(
            "url = \"http://127.0.0.1:{API}/v1/{to}\"\nheader = \"Authorization: Bearer {key}\"\n\
             header = \"Content-Type: application/json\"\ndata-binary = \"@{}\"\n\
             silent\nshow-error\nwrite-out = \"\\n%{{http_code}}\"\n",
            data.display()
        );
        std::fs::write(&configuration, text)?;
        let mut curl = Command::new("curl");
        let answer = run::captured(curl.arg("--config").arg(&configuration))?;
        let (document, status) = answer.rsplit_once('\n').context("curl told no status")?;
        ensure!(
            status == "201",
            "POST /v1/{to} is answered {status}: {document}"
        );
        Ok(serde_json::from_str(document)?)
    }

    /// The first key, which stands in the state a moment after it listens.
    fn admin_key(&self) -> Result<String> {
        let file = self.folder.join("state/admin.key");
        for _ in 0..50 {
            if let Ok(key) = std::fs::read_to_string(&file) {
                return Ok(key.trim().to_owned());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let key = std::fs::read_to_string(&file).context("grantd made no key")?;
        Ok(key.trim().to_owned())
    }
}
