//! nginx: with two workers and no log, which answers from its configuration; and with another one.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::process::Running;
use super::wrk::Request;

/// Where it listens.
const PORT: u16 = 18_780;

/// An nginx of any configuration, while it runs.
pub(super) struct Server(Running);

impl Server {
    /// Starts it in the foreground, with its files in this folder; `listens` is a port of the configuration.
    pub(super) fn start(prefix: &Path, configuration: &str, listens: u16) -> Result<Self> {
        std::fs::create_dir_all(prefix)?;
        let file = prefix.join("nginx.conf");
        std::fs::write(&file, configuration)?;
        let child = Command::new("/usr/sbin/nginx")
            .arg("-p")
            .arg(prefix)
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("nginx does not start")?;
        let server = Self(Running(child));
        super::process::listening(listens)?;
        Ok(server)
    }

    /// Its workers; the master only waits.
    pub(super) fn processes(&self) -> Result<Vec<u32>> {
        let id = self.0.0.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"))?;
        let workers = children.split_whitespace().map(str::parse);
        Ok(workers.collect::<Result<_, _>>()?)
    }
}

/// The nginx that answers from its configuration, while it runs.
pub(super) struct Nginx {
    server: Server,
    url: String,
}

impl Nginx {
    /// Starts it with this answer, letters replaced so that no token stands in the file.
    pub(super) fn start(folder: &Path, body: &str) -> Result<Self> {
        let prefix = folder.join("nginx");
        let answer = "x".repeat(body.len());
        let configuration = format!(
            "daemon off; worker_processes 2; pid {pid}; error_log stderr crit;
             events {{ worker_connections 1024; }}
             http {{
               access_log off; keepalive_requests 1000000000; default_type application/json;
               server {{
                 listen 127.0.0.1:{PORT} reuseport;
                 location / {{ add_header Cache-Control no-store; return 200 '{answer}'; }}
               }}
             }}",
            pid = prefix.join("pid").display(),
        );
        Ok(Self {
            server: Server::start(&prefix, &configuration, PORT)?,
            url: format!("http://127.0.0.1:{PORT}/"),
        })
    }

    pub(super) fn request(&self) -> Request {
        Request {
            url: self.url.clone(),
            ..Request::default()
        }
    }

    pub(super) fn processes(&self) -> Result<Vec<u32>> {
        self.server.processes()
    }
}
