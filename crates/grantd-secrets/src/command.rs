//! A program that prints a secret.
//!
//! It is started without a shell, with an environment of its own, and is ended when it takes too long, with
//! all that it started.
//! What it prints on standard error goes nowhere: it may hold a secret.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use grantd_model::{Invalid, Secret, SecretReference};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use zeroize::{Zeroize, Zeroizing};

use crate::{Browsed, LIMIT, SecretRead, SecretSource, SourceError};

/// What stands for the path in an argument.
const PATH: &str = "{path}";

/// The exit code that says: there is no such secret.
const MISSING: i32 = 3;

/// The exit code that says: it may not be read.
const DENIED: i32 = 4;

/// Starts a program.
#[derive(Debug)]
pub struct CommandSource {
    program: PathBuf,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    timeout: Duration,
    keep_line_end: bool,
}

impl CommandSource {
    /// A program with its arguments, in which `{path}` is filled in, and its whole environment.
    ///
    /// # Errors
    /// When the program is not given by an absolute path, or no argument takes the path.
    pub fn new(
        program: PathBuf,
        arguments: Vec<String>,
        environment: BTreeMap<String, String>,
        timeout: Duration,
    ) -> Result<Self, Invalid> {
        let wrong = |detail: &'static str| Err(Invalid::new("invalid_command", detail));
        if !program.is_absolute() {
            return wrong("program: the absolute path of a program is expected; there is no shell");
        }
        if !arguments.iter().any(|it| it.contains(PATH)) {
            return wrong("arguments: one with `{path}` is expected, where the secret's path goes");
        }
        if timeout.is_zero() || timeout > Duration::from_mins(1) {
            return wrong("timeout_s: 1 to 60 is expected");
        }
        Ok(Self {
            program,
            arguments,
            environment,
            timeout,
            keep_line_end: false,
        })
    }

    /// Whether a line end behind a secret is a part of it.
    #[must_use]
    pub fn keep_line_end(self, keep_line_end: bool) -> Self {
        Self {
            keep_line_end,
            ..self
        }
    }

    fn command(&self, path: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(self.arguments.iter().map(|it| it.replace(PATH, path)))
            .env_clear()
            .envs(&self.environment)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // what it started itself is ended with it
            .process_group(0)
            .kill_on_drop(true);
        command
    }
}

#[async_trait]
impl SecretSource for CommandSource {
    fn check(&self, reference: &SecretReference) -> Result<(), SourceError> {
        if reference.version.is_some() {
            return Err(SourceError::NoVersions);
        }
        // it could be taken for an option of the program
        if reference.path.starts_with('-') {
            return Err(SourceError::Outside {
                path: reference.path.clone(),
                expected: "a path that does not begin with `-`".to_owned(),
            });
        }
        Ok(())
    }

    async fn read(&self, reference: &SecretReference) -> Result<SecretRead, SourceError> {
        let path = || reference.path.clone();
        // of this path alone: another one may be printed
        let strange = |detail: String| SourceError::Strange { detail };
        let unavailable = |detail: String| SourceError::Unavailable { detail };
        let program = self.program.display();
        let started = self.command(&reference.path).spawn();
        let mut child =
            started.map_err(|error| unavailable(format!("{program} does not start: {error}")))?;
        let mut out = child.stdout.take();
        let mut group = Group(child.id());
        let work = async {
            let printed = match out.as_mut() {
                Some(out) => all(out).await,
                None => Ok(Zeroizing::default()),
            };
            // closed, so that a program that prints too much ends as well
            drop(out.take());
            (printed, child.wait().await)
        };
        let Ok((printed, ended)) = tokio::time::timeout(self.timeout, work).await else {
            return Err(strange(format!(
                "{program} took longer than {} s and was ended",
                self.timeout.as_secs()
            )));
        };
        // over by itself: its number may be that of another one soon
        group.0 = None;
        let printed = printed.map_err(|error| strange(format!("{program}: {error}")))?;
        if printed.len() as u64 > LIMIT {
            return Err(SourceError::TooLarge {
                path: path(),
                limit: LIMIT,
            });
        }
        let ended = ended.map_err(|error| strange(format!("{program}: {error}")))?;
        outcome(ended, &program.to_string(), &reference.path)?;
        let text =
            std::str::from_utf8(&printed).map_err(|_| SourceError::NotText { path: path() })?;
        let read = SecretRead {
            value: Secret::new(text.to_owned()),
            version: None,
            changed_at: None,
        };
        Ok(if self.keep_line_end {
            read
        } else {
            read.without_line_end()
        })
    }

    fn lists(&self) -> bool {
        false
    }

    async fn browse(&self, _: &str) -> Result<Vec<Browsed>, SourceError> {
        Err(SourceError::NotListed)
    }
}

/// Ends a program with all that it started and left behind.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        let id = self.0.and_then(|id| i32::try_from(id).ok());
        if let Some(group) = id.and_then(rustix::process::Pid::from_raw) {
            // it may be over already
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

/// What a program prints, up to a byte more than a secret may have.
async fn all(out: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Zeroizing<Vec<u8>>> {
    // reserved as a whole, so that no half-filled copy is left behind when it grows
    let room = usize::try_from(LIMIT).unwrap_or_default() + 4097;
    let mut printed = Zeroizing::new(Vec::with_capacity(room));
    let mut piece = [0; 4096];
    loop {
        let read = out.read(&mut piece).await?;
        if read == 0 || printed.len() as u64 > LIMIT {
            piece.zeroize();
            return Ok(printed);
        }
        printed.extend_from_slice(piece.get(..read).unwrap_or_default());
    }
}

fn outcome(ended: ExitStatus, program: &str, path: &str) -> Result<(), SourceError> {
    match ended.code() {
        Some(0) => Ok(()),
        Some(MISSING) => Err(SourceError::NotFound {
            path: path.to_owned(),
        }),
        Some(DENIED) => Err(SourceError::Denied {
            path: path.to_owned(),
        }),
        Some(code) => Err(SourceError::Strange {
            detail: format!("{program} ended with exit code {code}"),
        }),
        None => Err(SourceError::Strange {
            detail: format!("{program} was ended by a signal"),
        }),
    }
}
