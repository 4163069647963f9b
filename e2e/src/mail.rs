//! The sandbox's mailbox server with what is said to it written down, and the judges of what is said.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::environment;
use crate::http::Request;
use crate::process::Process;

/// The secret of the sandbox's client.
pub const SECRET: &str = "secret-of-the-sandbox";
/// The client of the sandbox.
pub const CLIENT_ID: &str = "sandbox-client";
/// The scope that opens its mailboxes.
pub const SCOPE: &str = "https://outlook.office365.com/.default";

const START: Duration = Duration::from_secs(30);

/// A mailbox server, with a recorder before it or alone.
#[derive(Debug)]
pub struct MailServer {
    folder: TempDir,
    told: Value,
    port: u16,
    /// What stands before it and writes down, if anything.
    recorder: Option<Process>,
    _sandbox: Process,
}

impl MailServer {
    /// Starts it with these mailboxes, and a recorder before it.
    pub fn start(mailboxes: &[&str]) -> Result<Self> {
        let python = environment::mail_judges()?.join("mail-venv/bin/python");
        let mut server = Self::start_alone(mailboxes)?;
        let mut command = Command::new(python);
        command
            .arg(environment::client_scripts().join("record_mail.py"))
            .arg(format!("127.0.0.1:{}", server.port))
            .arg(server.folder.path().join("exchanges"))
            .env("PYTHONDONTWRITEBYTECODE", "1");
        let mut recorder = Process::start("the recorder", &mut command)?;
        server.port = recorder.wait_for(START, |it| it.stdout().first()?.parse().ok())?;
        server.recorder = Some(recorder);
        Ok(server)
    }

    /// Starts it with these mailboxes.
    pub fn start_alone(mailboxes: &[&str]) -> Result<Self> {
        let folder = TempDir::new()?;
        fs::create_dir(folder.path().join("exchanges"))?;
        let secret = folder.path().join("secret");
        fs::write(&secret, SECRET)?;
        let mut command = Command::new(environment::binary()?);
        command.args(["sandbox", "--output", "json", "--client-secret-file"]);
        command.arg(&secret);
        for mailbox in mailboxes {
            command.args(["--mailbox", mailbox]);
        }
        let mut sandbox = Process::start("grantd sandbox", &mut command)?;
        let told = sandbox.wait_for(START, |it| {
            serde_json::from_str::<Value>(&it.stdout().join("\n")).ok()
        })?;
        let url = told["url"].as_str().context("no url")?;
        let port = url.trim_end_matches('/').rsplit(':').next();
        let port = port.and_then(|it| it.parse().ok()).context("no port")?;
        Ok(Self {
            folder,
            told,
            port,
            recorder: None,
            _sandbox: sandbox,
        })
    }

    /// Where it is, through the recorder if there is one; without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The endpoint of its service.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("{}/EWS/Exchange.asmx", self.url())
    }

    /// The token endpoint.
    pub fn token_endpoint(&self) -> Result<&str> {
        self.told["token_endpoint"].as_str().context("no endpoint")
    }

    /// The file of the secret.
    #[must_use]
    pub fn secret_file(&self) -> PathBuf {
        self.folder.path().join("secret")
    }

    /// A mail comes in.
    pub fn put(&self, mailbox: &str, folder: &str, mime: &[u8]) -> Result<()> {
        let url = format!("{}/mailboxes/{mailbox}/{folder}", self.url());
        let answer = Request::new("PUT", &url).bytes(mime).send()?;
        ensure!(answer.status == 204, "{url}: {}", answer.status);
        Ok(())
    }

    /// What is in a folder.
    pub fn mails(&self, mailbox: &str, folder: &str) -> Result<Vec<Value>> {
        let url = format!("{}/mailboxes/{mailbox}/{folder}", self.url());
        let answer = Request::new("GET", &url).send()?;
        let mails = answer.json()?;
        Ok(mails.as_array().context("no list")?.clone())
    }

    /// The faults that strike next.
    pub fn set_faults(&self, faults: &Value) -> Result<()> {
        let url = format!("{}/mail-faults", self.url());
        let answer = Request::new("PUT", &url).json(faults).send()?;
        ensure!(answer.status == 204, "{url}: {}", answer.status);
        Ok(())
    }

    /// How often an operation was asked for.
    pub fn asked(&self, operation: &str) -> Result<u64> {
        let url = format!("{}/mail-faults", self.url());
        let answer = Request::new("GET", &url).send()?;
        Ok(answer.json()?["counts"][operation].as_u64().unwrap_or(0))
    }

    /// The faults that are still to strike.
    pub fn faults(&self) -> Result<Value> {
        let url = format!("{}/mail-faults", self.url());
        let answer = Request::new("GET", &url).send()?;
        Ok(answer.json()?["faults"].clone())
    }

    /// A credential of the sandbox's client, as grantd is told of one.
    pub fn credential(&self) -> Result<Value> {
        Ok(json!({
            "name": "Mailer", "client_id": CLIENT_ID, "client_secret": SECRET,
            "token_endpoint": self.token_endpoint()?, "scope": SCOPE,
            "token_endpoint_auth_method": "client_secret_post",
            "allowed_mailboxes": ["*@example.com"], "bound_hosts": ["127.0.0.1"],
        }))
    }

    /// Holds what was said against Microsoft's schemas; gives the operations that were asked for, with
    /// the status of their answers.
    pub fn judge(&self, whose: Whose) -> Result<BTreeSet<String>> {
        ensure!(self.recorder.is_some(), "nothing is written down");
        let mut operations = BTreeSet::new();
        let mut files = Vec::new();
        for entry in fs::read_dir(self.folder.path().join("exchanges"))? {
            let path = entry?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let is_request = name.ends_with("-request.xml");
            if is_request {
                let mut parts = name.splitn(4, '-').skip(1);
                let (operation, status) = (parts.next(), parts.next());
                operations.insert(format!(
                    "{} {}",
                    operation.unwrap_or_default(),
                    status.unwrap_or_default()
                ));
            }
            // the schemas know no SOAP faults, which are of another standard
            let is_fault = !is_request && fs::read_to_string(&path)?.contains("<s:Fault>");
            if is_request {
                name_the_version_of_the_schemas(&path)?;
            }
            if (!is_request || whose == Whose::Everybody) && !is_fault {
                files.push(path);
            }
        }
        ensure!(!files.is_empty(), "nothing was said");
        validate(&files)?;
        Ok(operations)
    }
}

/// Whose words are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The server's answers alone.
    TheServers,
    /// Requests as well.
    Everybody,
}

/// Waits until something is there, a minute at most.
pub fn until(what: &str, is_there: impl FnMut() -> Result<bool>) -> Result<()> {
    until_within(Duration::from_mins(1), what, is_there)
}

/// Waits until something is there, so long at most.
pub fn until_within(
    most: Duration,
    what: &str,
    mut is_there: impl FnMut() -> Result<bool>,
) -> Result<()> {
    let deadline = Instant::now() + most;
    while !is_there()? {
        ensure!(Instant::now() < deadline, "{what}: not within {most:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// The envelopes of a spool folder: what is delivered.
pub fn envelopes(spool: &Path) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(spool)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "json") {
            all.push(path);
        }
    }
    Ok(all)
}

/// The files below a folder whose name ends so; one that goes away meanwhile is not told.
pub fn files(folder: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(all),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            all.extend(files(&path, extensions)?);
        } else if path
            .extension()
            .is_some_and(|it| extensions.iter().any(|wanted| it == *wanted))
        {
            all.push(path);
        }
    }
    Ok(all)
}

/// The content of a file.
pub fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("{}", file.display()))
}

/// The schemas of today fix the version at Exchange 2016; that of an older server is another word there.
fn name_the_version_of_the_schemas(request: &Path) -> Result<()> {
    let mut text = fs::read_to_string(request)?;
    for version in ["Exchange2013_SP1", "Exchange2013", "Exchange2010_SP2"] {
        let told = format!("RequestServerVersion Version=\"{version}\"");
        text = text.replace(&told, "RequestServerVersion Version=\"Exchange2016\"");
    }
    Ok(fs::write(request, text)?)
}

fn validate(files: &[PathBuf]) -> Result<()> {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("ews-schemas/env.xsd");
    for some in files.chunks(500) {
        let ended = Command::new(environment::program("xmllint", "libxml2-utils")?)
            .args(["--noout", "--nonet", "--huge", "--schema"])
            .arg(&schema)
            .args(some)
            .output()?;
        if !ended.status.success() {
            let told = String::from_utf8_lossy(&ended.stderr).into_owned();
            let wrong: Vec<&str> = told
                .lines()
                .filter(|line| !line.ends_with(" validates"))
                .take(20)
                .collect();
            bail!("against Microsoft's schemas:\n{}", wrong.join("\n"));
        }
    }
    Ok(())
}
