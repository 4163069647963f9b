//! mitmproxy between grantd and an authorization server: it does to token requests what it is told, as
//! `faults.py` has it.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tempfile::TempDir;

use crate::certificate::{Authority, Validity};
use crate::http::Request;
use crate::process::Process;
use crate::{environment, port};

const START: Duration = Duration::from_secs(30);

/// A running mitmproxy.
#[derive(Debug)]
pub struct Mitmproxy {
    folder: TempDir,
    authority: String,
    upstream: String,
    port: u16,
    process: Process,
}

impl Mitmproxy {
    /// Starts it in front of the authorization server at this URL. Its certificates: `good`; `stranger`, of
    /// another authority; `other_name`; `expired`.
    pub fn start(upstream: &str) -> Result<Self> {
        let (folder, port) = (TempDir::new()?, port::free()?);
        let authority = Authority::new("e2e authority")?;
        let stranger = Authority::new("another e2e authority")?;
        for (name, authority, host, validity) in [
            ("good", &authority, "127.0.0.1", Validity::Current),
            ("stranger", &stranger, "127.0.0.1", Validity::Current),
            ("other_name", &authority, "other.example", Validity::Current),
            ("expired", &authority, "127.0.0.1", Validity::Expired),
        ] {
            let own = folder.path().join(name);
            fs::create_dir(&own)?;
            authority.issue(&own, &[host], validity)?;
        }
        let process = serve(&folder, upstream, port)?;
        Ok(Self {
            folder,
            authority: authority.pem(),
            upstream: upstream.to_owned(),
            port,
            process,
        })
    }

    /// The authority that has issued its good certificate.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The way to the token endpoint `/token` for those whose faults go by this name.
    #[must_use]
    pub fn token_endpoint(&self, name: &str) -> String {
        format!("https://127.0.0.1:{}/{name}/token", self.port)
    }

    /// Has it inject a fault, or none (`""`), into what goes these ways, and show a certificate.
    pub fn inject(&self, fault: &str, ways: &[&str], certificate: &str) -> Result<()> {
        let at: Vec<String> = ways.iter().map(|name| format!("/{name}/")).collect();
        control(self.port)
            .json(&json!({"fault": fault, "at": at, "certificate": certificate}))
            .send()?
            .expect(204)?;
        Ok(())
    }

    /// Ends it as `kill -9` does.
    pub fn stop(&mut self) {
        self.process.kill();
    }

    /// Starts it again at the same port, without a fault.
    pub fn start_again(&mut self) -> Result<()> {
        self.process = serve(&self.folder, &self.upstream, self.port)?;
        Ok(())
    }
}

fn control(port: u16) -> Request {
    Request::new("POST", &format!("http://127.0.0.1:{port}/e2e/fault"))
}

fn serve(folder: &TempDir, upstream: &str, port: u16) -> Result<Process> {
    let mut command = Command::new(environment::mitmproxy()?);
    command
        .env("CERTIFICATES", folder.path())
        .args(["--quiet", "--mode", &format!("reverse:{upstream}")])
        .args(["--listen-host", "127.0.0.1", "--listen-port"])
        .arg(port.to_string())
        .args(["--set", "connection_strategy=lazy", "--set"])
        .arg(format!("confdir={}", folder.path().display()))
        .arg("--scripts")
        .arg(environment::scripts().join("faults.py"));
    let mut process = Process::start("mitmproxy", &mut command)?;
    let none = control(port).json(&json!({"fault": "", "at": [], "certificate": "good"}));
    process.wait_for(START, |_| {
        none.send().ok().filter(|answer| answer.status == 204)
    })?;
    Ok(process)
}
