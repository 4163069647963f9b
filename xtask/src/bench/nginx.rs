//! nginx with two workers and no log, which answers from its configuration.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::process::Running;
use super::wrk::Request;

/// Where it listens.
const PORT: u16 = 18_780;

/// nginx while it runs.
pub(super) struct Nginx {
    running: Running,
    url: String,
}

impl Nginx {
    /// Starts it with this answer, letters replaced so that no token stands in the file.
    pub(super) fn start(folder: &Path, body: &str) -> Result<Self> {
        let prefix = folder.join("nginx");
        std::fs::create_dir_all(&prefix)?;
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
        let file = prefix.join("nginx.conf");
        std::fs::write(&file, configuration)?;
        let child = Command::new("/usr/sbin/nginx")
            .arg("-p")
            .arg(&prefix)
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("nginx does not start")?;
        let nginx = Self {
            running: Running(child),
            url: format!("http://127.0.0.1:{PORT}/"),
        };
        super::process::listening(PORT)?;
        Ok(nginx)
    }

    pub(super) fn request(&self) -> Request {
        Request {
            url: self.url.clone(),
            headers: Vec::new(),
        }
    }

    /// Its workers; the master only waits.
    pub(super) fn processes(&self) -> Result<Vec<u32>> {
        let id = self.running.0.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"))?;
        let workers = children.split_whitespace().map(str::parse);
        Ok(workers.collect::<Result<_, _>>()?)
    }
}
