//! grantd with its sandbox, and a key that may only get tokens.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use super::process::{self, Running};
use super::wrk::Request;
use crate::run;

/// Where it listens.
const PORT: u16 = 18_710;

/// The sandbox credential that works.
const CREDENTIAL: &str = "sales-email-credentials";

/// grantd while it runs.
pub(super) struct Grantd {
    running: Running,
    program: PathBuf,
    state: PathBuf,
    key: String,
}

impl Grantd {
    /// Starts `grantd demo`, whose state is in a new folder below this one.
    pub(super) fn start(program: &Path, folder: &Path) -> Result<Self> {
        let state = folder.join("state");
        if state.exists() {
            std::fs::remove_dir_all(&state)?;
        }
        let child = Command::new(program)
            .args([
                "demo",
                "--listen",
                &format!("127.0.0.1:{PORT}"),
                "--no-traffic",
                "--keep",
            ])
            .arg(&state)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("grantd does not start")?;
        let running = Running(child);
        process::listening(PORT)?;
        let mut grantd = Self {
            running,
            program: program.to_owned(),
            state,
            key: String::new(),
        };
        grantd.key = grantd.make_key()?;
        Ok(grantd)
    }

    /// The answer to one request.
    pub(super) fn token_answer(&self) -> Result<String> {
        run::captured(Command::new("curl").args([
            "--silent",
            "--fail",
            "--config",
            &self.curl_configuration()?,
        ]))
    }

    pub(super) fn request(&self) -> Request {
        Request {
            url: url(),
            headers: vec![("Authorization".to_owned(), format!("Bearer {}", self.key))],
            ..Request::default()
        }
    }

    pub(super) fn processes(&self) -> Vec<u32> {
        vec![self.running.0.id()]
    }

    fn curl_configuration(&self) -> Result<String> {
        let file = self.state.join("bench.curl");
        let text = format!(
            "url = \"{}\"\nheader = \"Authorization: Bearer {}\"\n",
            url(),
            self.key
        );
        std::fs::write(&file, text)?;
        Ok(file.display().to_string())
    }

    /// A key, once the server has told where it is: it listens a moment before.
    fn make_key(&self) -> Result<String> {
        for _ in 0..50 {
            if let Ok(key) = self.try_make_key() {
                return Ok(key);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        self.try_make_key()
    }

    fn try_make_key(&self) -> Result<String> {
        let mut command = Command::new(&self.program);
        command.args(["--output", "json", "--state-dir"]);
        command.arg(&self.state);
        command.args(["key", "create", "--name", "bench", "--grant", "token"]);
        let made: serde_json::Value = serde_json::from_str(&run::captured(&mut command)?)?;
        let key = made["key"].as_str();
        Ok(key.context("no key was made")?.to_owned())
    }
}

fn url() -> String {
    format!("http://127.0.0.1:{PORT}/v1/credentials/{CREDENTIAL}/token")
}
