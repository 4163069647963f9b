//! Flows through the console in a real browser: the scripts in `browser/flows`, each with a grantd of
//! its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{fs, thread};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::canary::Canaries;
use crate::environment;
use crate::grantd::{Grantd, Settings};
use crate::process::Process;

const START: Duration = Duration::from_mins(1);

/// A flow that lasts longer hangs.
const DEADLINE: Duration = Duration::from_mins(8);

/// Walks a flow through a grantd that nobody can sign in to yet.
pub fn walk_from_the_beginning(flow: &str) -> Result<()> {
    let secrets = TempDir::new()?;
    let grantd = Grantd::start_with(&Settings {
        more: format!(
            "[sources.team-files]\nkind = \"file\"\nfolder = \"{}\"\n\
             origins = [\"https://login.example.com\"]\n",
            secrets.path().display()
        ),
        ..Settings::default()
    })?;
    let link = fs::read_to_string(grantd.state().join("setup.link"))
        .context("serve wrote no setup.link into its state folder")?;
    // no password or code of the flow may stay anywhere
    grantd
        .canaries()
        .watch("a password", "a sentence that is long enough");
    walk(flow, link.trim(), None)
}

/// Walks a flow through a demo, signed in by its link.
pub fn walk_demo(flow: &str) -> Result<()> {
    let demo = Demo::start()?;
    walk(flow, &demo.link, Some(&demo.sandbox))?;
    demo.assert_no_leak()
}

/// A demo with its sandbox.
struct Demo {
    folder: TempDir,
    process: Process,
    link: String,
    sandbox: String,
}

impl Demo {
    fn start() -> Result<Self> {
        let folder = TempDir::new()?;
        let mut command = Command::new(environment::binary()?);
        command
            .env_clear()
            .env("HOME", folder.path())
            .env("PATH", "/usr/bin:/bin")
            .current_dir(folder.path())
            .args(["demo", "--keep", "state"]);
        let mut process = Process::start("grantd demo", &mut command)?;
        let printed = process.wait_for(START, |process| {
            let lines = process.stdout();
            let is_whole = lines.iter().any(|line| line.contains("Ctrl-C ends"));
            is_whole.then_some(lines)
        })?;
        let word = |part: &str| {
            let mut words = printed.iter().flat_map(|line| line.split_whitespace());
            let found = words.find(|word| word.contains(part));
            found
                .map(str::to_owned)
                .with_context(|| format!("the demo prints nothing with {part}: {printed:?}"))
        };
        let sandbox = printed
            .iter()
            .find(|line| line.contains("Authorization server"))
            .and_then(|line| {
                line.split_whitespace()
                    .find(|word| word.starts_with("http"))
            });
        Ok(Self {
            link: word("/console/link#")?,
            sandbox: sandbox
                .context("the demo names no authorization server")?
                .to_owned(),
            folder,
            process,
        })
    }

    /// What the flows type as secrets stands nowhere in the clear.
    fn assert_no_leak(&self) -> Result<()> {
        let canaries = Canaries::default();
        for secret in [
            "a sentence that is long enough",
            "a-secret-of-the-archive",
            "a-typed-header-secret",
            "the-secret-of-next-year",
            "jhyun/ku[ojubbj]/jhgfdrg^7*dfg&jkiu#bjshdm,ktttdg",
        ] {
            canaries.watch("a typed secret", secret);
        }
        // the link is printed, it is what the demo is for
        let log = self.process.output();
        canaries.assert_absent("the demo's output", &log);
        canaries.assert_absent_below(&self.folder.path().join("state"), &["admin.key"])
    }
}

/// Where pictures of pages go.
#[must_use]
pub fn screenshots() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.join("target/screenshots")
}

fn walk(flow: &str, link: &str, sandbox: Option<&str>) -> Result<()> {
    let peers = environment::chromium()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("browser/flows/{flow}.mjs"));
    ensure!(script.exists(), "there is no {}", script.display());
    let home = TempDir::new()?;
    let mut command = Command::new(peers.join("bin/node"));
    command
        .arg(&script)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", home.path())
        .env("TMPDIR", home.path())
        .env("GRANTD_PEERS", &peers)
        .env("GRANTD_BIN", environment::binary()?)
        .env("SCREENSHOTS", screenshots())
        .env("CONSOLE_LINK", link)
        .env("SANDBOX_URL", sandbox.unwrap_or_default());
    let mut walking = Process::start(flow, &mut command)?;
    match walking.end(DEADLINE)? {
        Some(status) if status.success() => Ok(()),
        Some(status) => bail!("the flow {flow} failed, {status}\n{}", walking.output()),
        None => {
            // its last lines come a moment later
            thread::sleep(Duration::from_millis(100));
            bail!("the flow {flow} hangs\n{}", walking.output())
        }
    }
}
