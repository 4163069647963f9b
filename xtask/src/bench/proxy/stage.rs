//! Everything that runs while consumers are measured, and what is asked of each of the three.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::certificates::Certificates;
use super::grantd::Grantd;
use super::{envoy, grantd, nginx, upstream};
use crate::bench::nginx::Server;
use crate::bench::process::{self, Running};
use crate::bench::wrk::Request;
use crate::workspace::Workspace;
use crate::{debian, peers, run};

/// The authorization server.
pub(super) const SANDBOX: u16 = 18_733;
/// It takes mails as well.
const SMTP: u16 = 18_734;

/// The one client of the authorization server.
pub(super) const CLIENT_ID: &str = "bench";
pub(super) const CLIENT_SECRET: &str = "a-secret";
pub(super) const SCOPE: &str = "a";

/// How many consumers there are where there are many.
pub(super) const MANY: u32 = 1000;

/// Files and connections that one process holds open at most.
const OPEN_FILES: u32 = 10_500;

/// The field that grantd removes.
const REMOVED: &str = "X-Removed";

/// Those that are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proxy {
    Grantd,
    Nginx,
    Envoy,
}

/// One that is measured, and what it is asked.
pub(super) struct Contender {
    pub(super) name: String,
    pub(super) port: u16,
    pub(super) request: Request,
    pub(super) processes: Vec<u32>,
}

/// All that runs.
pub(super) struct Stage {
    pub(super) folder: PathBuf,
    pub(super) grantd: Grantd,
    nginx: Server,
    envoy: Running,
    _upstream: Server,
    _sandbox: Running,
}

/// The name of one of many consumers.
pub(super) fn nth(number: u32) -> String {
    format!("c{number}")
}

/// Where tokens are asked for.
pub(super) fn token_endpoint() -> String {
    format!("http://127.0.0.1:{SANDBOX}/token")
}

impl Stage {
    /// Installs what is missing and starts everything, with its files in a new folder.
    pub(super) fn start(workspace: &Workspace) -> Result<Self> {
        debian::require(&[&debian::WRK, &debian::NGINX, &debian::OPENSSL])?;
        let envoy = peers::envoy(workspace)?;
        let build = "build --release --locked -p grantd";
        run::must_succeed(&mut workspace.cargo(build), "the release binary")?;
        let program = workspace.target().join("release/grantd");
        let folder = workspace.target().join("bench-proxy");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        allow_open_files()?;
        let certificates = Certificates::make(&folder.join("certificates"))?;
        // the workers of nginx are somebody else otherwise, who may not read the folder
        let user = run::captured(Command::new("id").arg("-un"))?;
        let user = user.trim();
        let upstream = upstream::start(&folder, user, &certificates)?;
        let secret = folder.join("client-secret");
        std::fs::write(&secret, CLIENT_SECRET)?;
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600))?;
        let sandbox = Command::new(&program)
            .args(["sandbox", "--client-id", CLIENT_ID, "--scope", SCOPE])
            .arg("--client-secret-file")
            .arg(&secret)
            .args(["--listen", &format!("127.0.0.1:{SANDBOX}")])
            .args(["--smtp", &format!("127.0.0.1:{SMTP}")])
            // no token ends while it is measured
            .args(["--token-lifetime", "86400"])
            .stdout(Stdio::null())
            .spawn()
            .context("the sandbox does not start")?;
        let sandbox = Running(sandbox);
        process::listening(SANDBOX)?;
        let stage = Self {
            nginx: nginx::start(&folder, user, &certificates)?,
            envoy: envoy::start(&envoy, &folder, &certificates)?,
            grantd: Grantd::start(&program, &folder)?,
            folder,
            _upstream: upstream,
            _sandbox: sandbox,
        };
        let authority = std::fs::read_to_string(&certificates.authority)?;
        for draft in grantd::common(&authority) {
            stage.grantd.add(&draft)?;
        }
        Ok(stage)
    }

    /// One of them, asked for a path behind a consumer, once it answers as it should.
    pub(super) fn contender(&self, proxy: Proxy, consumer: &str, path: &str) -> Result<Contender> {
        let (name, port, processes) = match proxy {
            Proxy::Grantd => ("grantd", grantd::PORT, self.grantd.processes()),
            Proxy::Nginx => ("nginx", nginx::PORT, self.nginx.processes()?),
            Proxy::Envoy => ("Envoy", envoy::PORT, vec![self.envoy.0.id()]),
        };
        let contender = Contender {
            name: name.to_owned(),
            port,
            request: Request {
                url: format!("http://127.0.0.1:{port}/consumers/{consumer}/{path}"),
                // the same for all, so that as many bytes are read
                headers: vec![
                    ("Authorization".to_owned(), self.grantd.authorization()),
                    (REMOVED.to_owned(), "of the caller".to_owned()),
                ],
                paths: Vec::new(),
            },
            processes,
        };
        let echo = Contender {
            request: Request {
                url: format!(
                    "http://127.0.0.1:{port}/consumers/{consumer}/{}",
                    upstream::ECHO
                ),
                headers: contender.request.headers.clone(),
                paths: Vec::new(),
            },
            name: contender.name.clone(),
            processes: Vec::new(),
            ..contender
        };
        let arrived = echo.arrived()?;
        if proxy == Proxy::Grantd {
            let rules = (&arrived["set"], &arrived["removed"]);
            ensure!(
                rules == (&Value::from("one two"), &Value::from("")),
                "grantd sets and removes other fields than it was told: {arrived}"
            );
        }
        Ok(contender)
    }
}

impl Contender {
    /// What arrives at the upstream of a request for [`upstream::ECHO`]: with a token, and not with what the
    /// caller sent. It is waited for: Envoy has its token after some seconds.
    pub(super) fn arrived(&self) -> Result<Value> {
        let mut tried = self.ask();
        for _ in 0..150 {
            if tried.is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
            tried = self.ask();
        }
        let arrived = tried.with_context(|| self.name.clone())?;
        let token = arrived["token"].as_str().unwrap_or_default();
        let is_callers = self.request.headers.iter().any(|(_, sent)| sent == token);
        ensure!(
            token.starts_with("Bearer ") && !is_callers,
            "{} puts no token of its own into the request: {arrived}",
            self.name
        );
        Ok(arrived)
    }

    fn ask(&self) -> Result<Value> {
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--fail"]);
        for (name, value) in &self.request.headers {
            command.arg("--header").arg(format!("{name}: {value}"));
        }
        let answer = run::captured(command.arg(&self.request.url))?;
        serde_json::from_str(&answer).with_context(|| answer.clone())
    }
}

/// Thousands of connections are held in this process, and in those that it starts.
fn allow_open_files() -> Result<()> {
    let mut limit = Command::new("prlimit");
    limit.arg(format!("--pid={}", std::process::id()));
    // the hard limit stays
    limit.arg(format!("--nofile={OPEN_FILES}:"));
    run::captured(&mut limit).context("a process may not hold enough files open")?;
    Ok(())
}
