//! grantd as a process, with a state folder and a home folder of its own.

mod api;
mod cli;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
pub use api::Api;
pub use cli::Finished;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tempfile::TempDir;

use crate::canary::Canaries;
use crate::certificate::{Authority, Validity};
use crate::http::{self, Request};
use crate::process::Process;
use crate::{environment, port};

const START: Duration = Duration::from_secs(30);
/// The file of the authority that vouches for a grantd.
const AUTHORITY: &str = "authority.pem";
/// Lines of `[server]`; the paths begin at the folder of the configuration.
const TLS: &str = "tls_certificate = \"server.pem\"\ntls_key = \"server.key\"\n";
/// Where it listens.
const ADDRESS: &str = "127.0.0.1";
/// The loopback address with every port, as an egress rule.
pub const LOOPBACK: &str = "127.0.0.1/32";

/// How a [`Grantd`] is configured.
#[derive(Debug)]
pub struct Settings {
    /// `[egress] allow`.
    pub egress: Vec<String>,
    /// More lines of its TOML file.
    pub more: String,
    /// Whether it speaks TLS, with a certificate of an authority of its own.
    pub tls: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            egress: vec![LOOPBACK.to_owned()],
            more: String::new(),
            tls: false,
        }
    }
}

/// A running grantd. When dropped, it is killed, and the test fails if a watched value stands in
/// its logs or, in the clear, in its state folder.
#[derive(Debug)]
pub struct Grantd {
    folder: TempDir,
    place: Place,
    process: Process,
    canaries: Canaries,
}

/// Where it listens, and who vouches for it there.
#[derive(Debug)]
struct Place {
    port: u16,
    authority: Option<Authority>,
}

impl Place {
    fn url(&self) -> String {
        let scheme = if self.authority.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{ADDRESS}:{}", self.port)
    }

    fn request(&self, method: &str, path: &str) -> Request {
        let request = Request::new(method, &format!("{}{path}", self.url()));
        match &self.authority {
            Some(authority) => request.trusting(&authority.pem()),
            None => request,
        }
    }
}

impl Grantd {
    /// Starts it on an empty state folder that may send to loopback.
    pub fn start() -> Result<Self> {
        Self::start_with(&Settings::default())
    }

    /// Starts it on an empty state folder.
    pub fn start_with(settings: &Settings) -> Result<Self> {
        let folder = TempDir::new()?;
        fs::create_dir(folder.path().join("home"))?;
        let place = Place {
            port: port::free()?,
            authority: settings.tls.then(|| certify(folder.path())).transpose()?,
        };
        fs::write(
            folder.path().join("grantd.toml"),
            configuration(place.port, settings)?,
        )?;
        let process = serve(folder.path(), &place)?;
        Ok(Self {
            folder,
            place,
            process,
            canaries: Canaries::default(),
        })
    }

    /// Kills it as `kill -9` does and starts it again on the same state and port.
    pub fn restart(&mut self) -> Result<()> {
        self.process.kill();
        self.assert_no_leak()?;
        self.process = serve(self.folder.path(), &self.place)?;
        Ok(())
    }

    /// Puts more lines in the place of those of its TOML file, for the next start.
    pub fn configure(&self, more: &str) -> Result<()> {
        let settings = Settings {
            more: more.to_owned(),
            ..Settings::default()
        };
        let text = configuration(self.place.port, &settings)?;
        Ok(fs::write(self.folder.path().join("grantd.toml"), text)?)
    }

    /// A line of `/proc/PID/status`, such as `VmHWM`, in KiB.
    pub fn memory(&self, name: &str) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find(|line| line.starts_with(name));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        let number = number.with_context(|| format!("no {name} in {status}"))?;
        Ok(number.parse()?)
    }

    /// The id of its process.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Sends it a signal, such as `ABRT`, and waits for its end.
    pub fn end_by(&mut self, signal: &str) -> Result<ExitStatus> {
        self.signal(signal)?;
        let ended = self.process.end(START)?;
        ended.context("it did not end")
    }

    /// Replaces its certificate, tells it so by `SIGHUP`, and waits until it shows the new one.
    pub fn renew_certificate(&self) -> Result<()> {
        let authority = self.place.authority.as_ref();
        let authority = authority.context("it speaks no TLS")?;
        let files = authority.issue(self.folder.path(), &[ADDRESS], Validity::Current)?;
        let issued = CertificateDer::from_pem_file(files.certificate)?;
        self.signal("HUP")?;
        let (place, pem) = (format!("{ADDRESS}:{}", self.place.port), authority.pem());
        let begun = Instant::now();
        while http::certificate_shown(&place, &pem)? != issued.as_ref() {
            ensure!(begun.elapsed() < START, "it shows the old certificate");
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// How many files and sockets it has open.
    pub fn descriptors(&self) -> Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.process.id()))?.count())
    }

    fn signal(&self, signal: &str) -> Result<()> {
        let id = self.process.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status()?;
        ensure!(sent.success(), "no signal {signal} was sent");
        Ok(())
    }

    /// Lets `VmHWM` begin anew.
    pub fn forget_peak(&self) -> Result<()> {
        fs::write(format!("/proc/{}/clear_refs", self.process.id()), "5")?;
        Ok(())
    }

    /// Kills it as `kill -9` does, and leaves it so until [`Grantd::start_again`].
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again on the same state and port.
    pub fn start_again(&mut self) -> Result<()> {
        self.process = serve(self.folder.path(), &self.place)?;
        Ok(())
    }

    /// The address of API and console.
    #[must_use]
    pub fn url(&self) -> String {
        self.place.url()
    }

    /// A file with the authority of its certificate, if it speaks TLS.
    #[must_use]
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join(AUTHORITY)
    }

    /// Where the state is.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The API as the administrator of the first start.
    pub fn api(&self) -> Result<Api> {
        let key = fs::read_to_string(self.state().join("admin.key"))
            .context("serve wrote no admin.key into its state folder")?;
        let authority = self.place.authority.as_ref().map(Authority::pem);
        Ok(Api::new(
            self.url(),
            authority,
            key.trim(),
            self.canaries.clone(),
        ))
    }

    /// Runs a command of the same binary with the administrator's key.
    pub fn cli(&self, arguments: &[&str], stdin: &str) -> Result<Finished> {
        let mut command = program(self.folder.path())?;
        command.env("GRANTD_API_KEY_FILE", self.state().join("admin.key"));
        command.args(["--url", &self.url()]);
        if self.place.authority.is_some() {
            command.arg("--ca-file").arg(self.ca_file());
        }
        command.args(arguments);
        let finished = cli::run(&mut command, stdin)?;
        self.canaries
            .assert_absent("the command's standard error", &finished.stderr);
        if arguments.first() != Some(&"token") {
            self.canaries
                .assert_absent("the command's standard output", &finished.stdout);
        }
        Ok(finished)
    }

    /// Writes a file beside the state folder, for a command to read.
    pub fn write_file(&self, name: &str, text: &str) -> Result<String> {
        let path = self.folder.path().join(name);
        fs::write(&path, text)?;
        Ok(path.to_string_lossy().into_owned())
    }

    /// Values that must not leak; add each secret and token here.
    #[must_use]
    pub fn canaries(&self) -> &Canaries {
        &self.canaries
    }

    /// Checks logs and state folder for watched values, in the middle of a test.
    pub fn assert_no_leak(&self) -> Result<()> {
        self.assert_no_leak_but(&["admin.key"])
    }

    /// The same, where files of these names may hold them.
    pub fn assert_no_leak_but(&self, names: &[&str]) -> Result<()> {
        self.canaries
            .assert_absent("grantd's output", &self.process.output());
        self.canaries.assert_absent_below(&self.state(), names)
    }
}

impl Drop for Grantd {
    fn drop(&mut self) {
        self.process.kill();
        if !thread::panicking() {
            let checked = self.assert_no_leak();
            assert!(
                checked.is_ok(),
                "the state folder can not be read: {checked:?}"
            );
        }
    }
}

fn serve(folder: &Path, place: &Place) -> Result<Process> {
    let mut command = program(folder)?;
    command
        .arg("serve")
        .arg("--state-dir")
        .arg(folder.join("state"));
    command.arg("--config").arg(folder.join("grantd.toml"));
    let mut process = Process::start("grantd", &mut command)?;
    let health = place.request("GET", "/healthz");
    process.wait_for(START, |_| {
        health.send().ok().filter(|answer| answer.status == 200)
    })?;
    Ok(process)
}

/// Writes a certificate for its address, its key, and the authority's.
fn certify(folder: &Path) -> Result<Authority> {
    let authority = Authority::new("authority of grantd")?;
    authority.issue(folder, &[ADDRESS], Validity::Current)?;
    fs::write(folder.join(AUTHORITY), authority.pem())?;
    Ok(authority)
}

/// The binary in an environment of its own: no `GRANTD_` variable and no home of this machine.
fn program(folder: &Path) -> Result<Command> {
    let mut command = Command::new(environment::binary()?);
    command.env_clear().current_dir(folder);
    command
        .env("HOME", folder.join("home"))
        .env("PATH", "/usr/bin:/bin");
    Ok(command)
}

fn configuration(port: u16, settings: &Settings) -> Result<String> {
    let allow: Vec<String> = settings
        .egress
        .iter()
        .map(|rule| format!("{rule:?}"))
        .collect();
    let mut text = format!("[server]\nlisten = \"127.0.0.1:{port}\"\n");
    if settings.tls {
        text.push_str(TLS);
    }
    text.push('\n');
    if !settings.more.contains("[consumers]") {
        // the port after its own may be somebody else's
        text.push_str("[consumers]\nlisten = \"127.0.0.1:0\"\n\n");
    }
    writeln!(
        text,
        "[egress]\nallow = [{}]\n\n{}",
        allow.join(", "),
        settings.more
    )?;
    Ok(text)
}
