//! Those who get alerts: a receiver of webhooks that checks them with the published library, and a mail
//! server with TLS and a user.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;
use tempfile::TempDir;

use crate::certificate::{Authority, Validity};
use crate::process::Process;
use crate::{environment, port};

const START: Duration = Duration::from_secs(30);

/// How long an alert may take.
const ARRIVES: Duration = Duration::from_secs(40);

/// The user of the mail server, and its password.
pub const USER: (&str, &str) = ("grantd", "pass w\u{f6}rd");

/// Running receivers.
#[derive(Debug)]
pub struct AlertReceivers {
    folder: TempDir,
    authority: String,
    web: u16,
    smtp: u16,
    _process: Process,
}

impl AlertReceivers {
    /// Starts them; mail comes by `starttls` or `tls`.
    pub fn start(how: &str) -> Result<Self> {
        let peers = environment::alert_receivers()?;
        let folder = TempDir::new()?;
        let authority = Authority::new("e2e mail authority")?;
        let names = ["localhost", "127.0.0.1"];
        authority.issue(folder.path(), &names, Validity::Current)?;
        fs::write(folder.path().join("secret"), "")?;
        fs::write(folder.path().join("received"), "")?;
        fs::write(folder.path().join("takes"), "0")?;
        let (web, smtp) = (port::free()?, port::free()?);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut command = Command::new(peers.join("alerts-venv/bin/python"));
        command
            .arg(environment::scripts().join("alert_receivers.py"))
            .arg(folder.path())
            .arg(root.join("docs/schemas/alert-v1.json"))
            .args([web.to_string(), smtp.to_string(), how.to_owned()]);
        let mut process = Process::start("receivers of alerts", &mut command)?;
        process.wait_for(START, |process| {
            process.output().contains("ready").then_some(())
        })?;
        Ok(Self {
            folder,
            authority: authority.pem(),
            web,
            smtp,
            _process: process,
        })
    }

    /// Where webhooks go.
    #[must_use]
    pub fn webhook(&self) -> String {
        format!("http://127.0.0.1:{}/in?team=1", self.web)
    }

    /// The port of the mail server.
    #[must_use]
    pub const fn smtp_port(&self) -> u16 {
        self.smtp
    }

    /// The authority of the mail server's certificate.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Tells the receiver of webhooks the signing secret.
    pub fn knows(&self, secret: &str) -> Result<()> {
        Ok(fs::write(self.folder.path().join("secret"), secret)?)
    }

    /// From now on each webhook takes so long once it is written down that it came.
    pub fn takes(&self, each: Duration) -> Result<()> {
        let seconds = each.as_secs_f64().to_string();
        Ok(fs::write(self.folder.path().join("takes"), seconds)?)
    }

    /// What came so far.
    pub fn received(&self) -> Result<Vec<Value>> {
        let text = fs::read_to_string(self.folder.path().join("received"))?;
        text.lines()
            .map(|line| serde_json::from_str(line).context("a line of what came"))
            .collect()
    }

    /// What came once it is so much.
    pub fn wait_for(&self, number: usize) -> Result<Vec<Value>> {
        let begun = Instant::now();
        loop {
            let came = self.received()?;
            if came.len() >= number {
                return Ok(came);
            }
            anyhow::ensure!(
                begun.elapsed() < ARRIVES,
                "{number} were expected: {came:?}"
            );
            thread::sleep(Duration::from_millis(100));
        }
    }
}
