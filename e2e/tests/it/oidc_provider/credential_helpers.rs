//! Clients nobody here wrote ask grantd for tokens as `docs/book/credential-helpers.md` says.
#![expect(
    clippy::disallowed_methods,
    reason = "it writes what people configure, and looks at what clients keep"
)]

mod docker;
mod git;
mod kubectl;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::slice;

use anyhow::{Context, Result};
use e2e::certificate::{Authority, ServerCertificate, Validity};
use e2e::environment;
use e2e::grantd::{Finished, Grantd};
use e2e::peer::{OidcProvider, Settings};
use tempfile::TempDir;

use crate::cli::{add, token};
use crate::clients;

const BOOK: &str = include_str!("../../../../docs/book/credential-helpers.md");
/// The credential of the book.
const SLUG: &str = "sales-email-credentials";

/// A person with the clients, their configuration, and a grantd that has the credential.
struct Person {
    home: TempDir,
    grantd: Grantd,
    provider: OidcProvider,
    /// What the credential's tokens are until they end.
    token: String,
}

impl Person {
    fn new() -> Result<Self> {
        let client = clients::ordinary();
        let provider = OidcProvider::start(slice::from_ref(&client), Settings::default())?;
        let grantd = Grantd::start()?;
        add(
            &grantd,
            "Sales Email Credentials",
            &client,
            &provider.token_endpoint(),
            &[],
        )?
        .expect(0)?;
        let person = Self {
            home: TempDir::new()?,
            token: token(&grantd, SLUG)?,
            grantd,
            provider,
        };
        let binary = environment::binary()?;
        fs::create_dir(person.path("bin"))?;
        for name in ["grantd", "docker-credential-grantd"] {
            symlink(&binary, person.path("bin").join(name))?;
        }
        person.knows("")?;
        Ok(person)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.path(name);
        fs::create_dir_all(path.parent().context("no folder")?)?;
        fs::write(&path, text)?;
        Ok(path)
    }

    /// Writes `cli.toml`: the profile of the book, and more lines.
    fn knows(&self, more: &str) -> Result<()> {
        let profile = block("[profiles.default]")?
            .replace("https://grantd.example.com", &self.grantd.url())
            .replace(
                "builds.key",
                &self.grantd.state().join("admin.key").to_string_lossy(),
            );
        self.write(".config/grantd/cli.toml", &format!("{profile}{more}"))?;
        Ok(())
    }

    /// A certificate for this machine, and the file of the authority that vouches for it.
    fn certificate(&self) -> Result<(ServerCertificate, PathBuf)> {
        let authority = Authority::new("authority of the services")?;
        let certificate = authority.issue(
            self.home.path(),
            &["127.0.0.1", "localhost"],
            Validity::Current,
        )?;
        Ok((certificate, self.write("ca/ca.crt", &authority.pem())?))
    }

    /// Runs a client; no token stands in what it says.
    fn run(&self, program: &Path, arguments: &[&str]) -> Result<Finished> {
        self.run_with(program, arguments, "")
    }

    /// The same with this text on its standard input.
    fn run_with(&self, program: &Path, arguments: &[&str], input: &str) -> Result<Finished> {
        let mut command = Command::new(program);
        let folder = program.parent().context("no folder")?;
        let path = format!(
            "{}:{}:/usr/bin:/bin",
            self.path("bin").display(),
            folder.display()
        );
        command
            .env_clear()
            .envs([
                ("HOME", self.home.path().as_os_str()),
                ("PATH", path.as_ref()),
            ])
            // else skopeo reads and writes passwords in a folder of the machine
            .env("XDG_RUNTIME_DIR", self.home.path())
            .env("GIT_TERMINAL_PROMPT", "0")
            .current_dir(self.home.path())
            .args(arguments);
        let finished = Finished::of(&mut command, input)?;
        let said = format!("{}{}", finished.stdout, finished.stderr);
        self.grantd
            .canaries()
            .assert_absent("what the client says", &said);
        Ok(finished)
    }

    /// Lets the credential get no tokens, from now on.
    fn spoils_the_credential(&self) -> Result<()> {
        self.grantd
            .cli(&["credential", "disable", SLUG], "")?
            .expect(0)?;
        Ok(())
    }

    /// The authorization server still knows the token that the services got.
    fn has_a_token(&self) -> Result<()> {
        assert_eq!(self.provider.introspect(&self.token)?["active"], true);
        Ok(())
    }
}

/// The block of the book with a line that begins so.
fn block(line: &str) -> Result<String> {
    let mut blocks = BOOK.split("```").skip(1).step_by(2);
    let block = blocks.find(|block| block.lines().any(|it| it.trim().starts_with(line)));
    let (_, text) = block
        .and_then(|block| block.split_once('\n'))
        .with_context(|| format!("no block with {line:?}"))?;
    Ok(text.to_owned())
}
