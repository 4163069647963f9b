//! `cargo xtask bench sources [COUNT]`: so many credentials, each with a secret of its own in one OpenBao,
//! after a cold start: all tokens are asked for at once. What the vault sees is bounded by what the source
//! says; the same without such a bound shows what that costs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::process::{self, Cpu, Running};
use crate::figures::{self, Figure};
use crate::workspace::Workspace;
use crate::{peers, run};

const VAULT: u16 = 18_720;
/// OpenBao takes the port behind its own as well.
const SERVER: u16 = 18_724;
const SANDBOX: u16 = 18_722;
const SMTP: u16 = 18_723;

/// How many there are where no other number is given.
const COUNT: u32 = 10_000;

/// Callers at once.
const CALLERS: u32 = 300;

/// Reads in a second: the default, and as good as no bound.
const RATES: [u32; 2] = [200, 10_000];

/// Measures and prints; true when every caller got a token, each secret was read once, and not faster than the
/// source allows.
pub(crate) fn run(workspace: &Workspace, count: Option<&str>) -> Result<bool> {
    let count = count.map_or(Ok(COUNT), str::parse)?;
    ensure!(peers::install(workspace), "a peer is missing");
    let build = "build --release --locked -p grantd";
    run::must_succeed(&mut workspace.cargo(build), "the release binary")?;
    let stage = Stage::start(workspace)?;
    println!("putting {count} secrets and {count} credentials there");
    stage.fill(count)?;
    println!(
        "\n{count} credentials over one source, cold, {CALLERS} callers at once\n\
         {:>8} {:>8} {:>8} {:>9} {:>10} {:>10} {:>9} {:>8}",
        "reads/s", "allowed", "seconds", "tokens", "p50 s", "p99 s", "reads", "CPU s"
    );
    let mut is_good = true;
    let mut measured = Vec::new();
    for rate in RATES {
        let figures = stage.measure(count, rate)?;
        let per_second = f64::from(figures.reads) / figures.seconds;
        println!(
            "{per_second:>8.0} {rate:>8} {:>8.1} {:>9} {:>10.2} {:>10.2} {:>9} {:>8.2}",
            figures.seconds, figures.tokens, figures.p50, figures.p99, figures.reads, figures.cpu
        );
        is_good &= figures.tokens == count && figures.reads == count;
        measured.push(Figure {
            name: format!("{count} tokens over one vault, cold, {rate} reads a second allowed"),
            value: format!(
                "{:.1} s, p99 {:.2} s, {per_second:.0} reads a second",
                figures.seconds, figures.p99
            ),
            wanted: "each secret read once, within what is allowed".to_owned(),
        });
        // the first ones come at once
        is_good &= per_second <= f64::from(rate) * 1.05;
    }
    println!(
        "\n{}",
        if is_good {
            "within bounds"
        } else {
            "OUT OF BOUNDS"
        }
    );
    figures::record(workspace, "bench sources", &measured)?;
    Ok(is_good)
}

struct Figures {
    seconds: f64,
    tokens: u32,
    p50: f64,
    p99: f64,
    reads: u32,
    cpu: f64,
}

struct Stage {
    folder: PathBuf,
    program: PathBuf,
    _vault: Running,
    _sandbox: Running,
}

impl Stage {
    fn start(workspace: &Workspace) -> Result<Self> {
        let folder = workspace.target().join("bench-sources");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        let program = workspace.target().join("release/grantd");
        let vault = Command::new(workspace.peers().join("bao-venv/bin/bao"))
            .args([
                "server",
                "-dev",
                "-dev-no-store-token",
                "-dev-root-token-id=root",
                &format!("-dev-listen-address=127.0.0.1:{VAULT}"),
            ])
            .env("HOME", &folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("OpenBao does not start")?;
        let secret = folder.join("secret");
        std::fs::write(&secret, "a-secret")?;
        let sandbox = Command::new(&program)
            .args(["sandbox", "--client-id", "bench", "--scope", "a"])
            .arg("--client-secret-file")
            .arg(&secret)
            .args(["--listen", &format!("127.0.0.1:{SANDBOX}")])
            .args(["--smtp", &format!("127.0.0.1:{SMTP}")])
            .stdout(Stdio::null())
            .spawn()
            .context("the sandbox does not start")?;
        let stage = Self {
            folder,
            program,
            _vault: Running(vault),
            _sandbox: Running(sandbox),
        };
        process::listening(VAULT)?;
        process::listening(SANDBOX)?;
        let configuration = format!(
            "[server]\nlisten = \"127.0.0.1:{SERVER}\"\n[egress]\nallow = [\"127.0.0.1:{VAULT}\", \
             \"127.0.0.1:{SANDBOX}\"]\n[log]\nlevel = \"warn\"\n"
        );
        std::fs::write(stage.folder.join("grantd.toml"), configuration)?;
        Ok(stage)
    }

    fn serve(&self) -> Result<Running> {
        let child = Command::new(&self.program)
            .arg("serve")
            .arg("--state-dir")
            .arg(self.folder.join("state"))
            .arg("--config")
            .arg(self.folder.join("grantd.toml"))
            .stdout(Stdio::null())
            .spawn()
            .context("grantd does not start")?;
        let running = Running(child);
        process::there(&self.folder.join("state/server.url"))?;
        Ok(running)
    }

    fn fill(&self, count: u32) -> Result<()> {
        let running = self.serve()?;
        let key = self.key()?;
        let mut secrets = Requests::default();
        let mut credentials = Requests::default();
        for number in 0..count {
            let secret = json!({"data": {"client_secret": "a-secret"}});
            let url = format!("http://127.0.0.1:{VAULT}/v1/secret/data/apps/{number}");
            secrets.post(&url, "X-Vault-Token: root", &secret)?;
            let credential = json!({
                "name": format!("Credential number {number}"), "slug": format!("c{number}"),
                "client_id": "bench", "token_endpoint": format!("http://127.0.0.1:{SANDBOX}/token"),
                "scope": "a", "secret_source": "external",
                "client_secret_reference": {
                    "source": "vault", "path": format!("apps/{number}"), "key": "/client_secret",
                },
            });
            let url = format!("http://127.0.0.1:{SERVER}/v1/credentials");
            credentials.post(&url, &format!("Authorization: Bearer {key}"), &credential)?;
        }
        secrets.send(&self.folder.join("secrets.curl"), 16)?;
        let source = json!({
            "name": "vault", "secret": "root", "paths": ["*"], "origins": ["*"],
            "vault": {"address": format!("http://127.0.0.1:{VAULT}")},
        });
        let mut sources = Requests::default();
        let url = format!("http://127.0.0.1:{SERVER}/v1/sources");
        sources.post(&url, &format!("Authorization: Bearer {key}"), &source)?;
        sources.send(&self.folder.join("source.curl"), 1)?;
        credentials.send(&self.folder.join("credentials.curl"), 4)?;
        drop(running);
        Ok(())
    }

    fn measure(&self, count: u32, rate: u32) -> Result<Figures> {
        let key = {
            let running = self.serve()?;
            let key = self.key()?;
            let mut command = Command::new(&self.program);
            command.arg("--state-dir").arg(self.folder.join("state"));
            command.args(["source", "update", "vault", "--reads-per-second"]);
            run::captured(command.arg(rate.to_string()))?;
            drop(running);
            key
        };
        let running = self.serve()?;
        let mut tokens = Requests::default();
        for number in 0..count {
            let url = format!("http://127.0.0.1:{SERVER}/v1/credentials/c{number}/token");
            tokens.get(&url, &format!("Authorization: Bearer {key}"))?;
        }
        let before = Cpu::of(&[running.0.id()])?;
        #[expect(clippy::disallowed_methods, reason = "it measures")]
        let begun = Instant::now();
        let answers = tokens.send(&self.folder.join("tokens.curl"), CALLERS)?;
        #[expect(clippy::disallowed_methods, reason = "it measures")]
        let seconds = begun.elapsed().as_secs_f64();
        let used = Cpu::of(&[running.0.id()])?.since(before);
        let mut waited = Vec::new();
        for line in answers.lines() {
            if let Some(time) = line.strip_prefix("200 ") {
                waited.push(time.parse::<f64>()?);
            }
        }
        waited.sort_by(f64::total_cmp);
        let at = |part: usize| waited.get(waited.len() * part / 100).copied();
        let mut command = Command::new(&self.program);
        command.args(["--output", "json", "--state-dir"]);
        command.arg(self.folder.join("state"));
        let shown: Value =
            serde_json::from_str(&run::captured(command.args(["source", "show", "vault"]))?)?;
        let reads = shown["health"]["reads"].as_u64().context("no reads")?;
        Ok(Figures {
            seconds,
            tokens: u32::try_from(waited.len())?,
            p50: at(50).unwrap_or_default(),
            p99: at(99).unwrap_or_default(),
            reads: u32::try_from(reads)?,
            cpu: used.as_secs_f64(),
        })
    }

    /// A key with all rights.
    fn key(&self) -> Result<String> {
        let file = self.folder.join("state/admin.key");
        for _ in 0..50 {
            if let Ok(key) = std::fs::read_to_string(&file) {
                return Ok(key.trim().to_owned());
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        Ok(std::fs::read_to_string(&file)?.trim().to_owned())
    }
}

/// Requests that curl sends.
#[derive(Default)]
struct Requests(String);

impl Requests {
    fn post(&mut self, url: &str, header: &str, body: &Value) -> Result<()> {
        let body = body.to_string().replace('"', "\\\"");
        self.get(url, header)?;
        writeln!(
            self.0,
            "header = \"Content-Type: application/json\"\ndata = \"{body}\"\nfail"
        )?;
        Ok(())
    }

    fn get(&mut self, url: &str, header: &str) -> Result<()> {
        if !self.0.is_empty() {
            self.0.push_str("next\n");
        }
        writeln!(
            self.0,
            "url = \"{url}\"\nheader = \"{header}\"\nsilent\noutput = \"/dev/null\"\n\
             write-out = \"%{{http_code}} %{{time_total}}\\n\""
        )?;
        Ok(())
    }

    /// Sends them, so many at once, and tells what curl writes.
    fn send(&self, file: &Path, at_once: u32) -> Result<String> {
        std::fs::write(file, &self.0)?;
        let mut command = Command::new("curl");
        command.args(["--parallel", "--parallel-immediate", "--parallel-max"]);
        command.arg(at_once.to_string()).arg("--config").arg(file);
        run::captured(&mut command)
    }
}
