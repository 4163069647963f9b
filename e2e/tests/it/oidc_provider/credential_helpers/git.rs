//! git, whose configuration names grantd as credential helper.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use e2e::certificate::ServerCertificate;
use e2e::http::{Reply, Server};
use e2e::{encoding, environment};

use super::{Person, block};

#[test]
fn a_repository_is_cloned_with_the_token() -> Result<()> {
    let (person, git) = (Person::new()?, git()?);
    let (certificate, ca) = person.certificate()?;
    for certificate in [Some(&certificate), None] {
        let server = repository(&person, &git, certificate)?;
        configure(&person, &server, &ca)?;
        let url = format!("{}/orders.git", server.url());
        person
            .run(&git, &["clone", "--quiet", &url, "cloned"])?
            .expect(0)?;
        assert_eq!(
            fs::read_to_string(person.path("cloned/file"))?,
            "it is there\n"
        );
        let shown: Vec<_> = server
            .take_asked()
            .iter()
            .filter_map(|it| it.header("authorization").map(str::to_owned))
            .collect();
        let expected = encoding::basic_raw("oauth2", &person.token);
        ensure!(
            !shown.is_empty() && shown.iter().all(|it| *it == expected),
            "{}",
            shown.len()
        );
        kept_nowhere(&person, &person.path("cloned"))?;
        fs::remove_dir_all(person.path("cloned"))?;
    }
    person.has_a_token()
}

#[test]
fn another_host_and_another_user_get_nothing() -> Result<()> {
    let (person, git) = (Person::new()?, git()?);
    let server = repository(&person, &git, None)?;
    configure(&person, &server, Path::new("none"))?;
    let all = fs::read_to_string(person.path(".gitconfig"))?.replace(
        "[credential \"http://127.0.0.1",
        "[credential \"http://localhost",
    );
    person.write(".gitconfig", &all)?;
    let url = format!("http://localhost:{}/orders.git", server.port());
    refused(&person, &git, &server, &url)?;

    configure(&person, &server, Path::new("none"))?;
    let all =
        fs::read_to_string(person.path(".gitconfig"))?.replace("--host", "--username robot --host");
    person.write(".gitconfig", &all)?;
    let url = format!("http://somebody@127.0.0.1:{}/orders.git", server.port());
    refused(&person, &git, &server, &url)?;
    let url = format!("{}/orders.git", server.url());
    person.run(&git, &["ls-remote", &url])?.expect(128)?;
    let robot = encoding::basic_raw("robot", &person.token);
    ensure!(
        server
            .take_asked()
            .iter()
            .any(|it| it.header("authorization") == Some(&robot))
    );
    Ok(())
}

#[test]
fn without_a_token_git_says_why() -> Result<()> {
    let (person, git) = (Person::new()?, git()?);
    let server = repository(&person, &git, None)?;
    configure(&person, &server, Path::new("none"))?;
    person.spoils_the_credential()?;
    let url = format!("{}/orders.git", server.url());
    let ended = person.run(&git, &["ls-remote", &url])?.expect(128)?;
    ensure!(
        ended.stderr.contains("grantd: the credential is disabled"),
        "{ended:?}"
    );
    Ok(())
}

fn git() -> Result<PathBuf> {
    environment::client_of_helper("git", "git")
}

/// git has no password to show, and ends.
fn refused(person: &Person, git: &Path, server: &Server, url: &str) -> Result<()> {
    let ended = person.run(git, &["ls-remote", url])?.expect(128)?;
    ensure!(
        ended.stderr.contains("terminal prompts disabled"),
        "{ended:?}"
    );
    // git tries the user of the URL with an empty password
    let nothing = encoding::basic_raw("somebody", "");
    let asked = server.take_asked();
    let mut shown = asked.iter().filter_map(|it| it.header("authorization"));
    ensure!(
        !asked.is_empty() && shown.all(|it| it == nothing),
        "{asked:?}"
    );
    Ok(())
}

/// The lines of the book, for this server, and the authority that vouches for it.
fn configure(person: &Person, server: &Server, ca: &Path) -> Result<()> {
    let lines = block("helper = !grantd")?
        .replace("https://git.example.com", &server.url())
        .replace("git.example.com", "127.0.0.1");
    let text = format!("[http]\n\tsslCAInfo = {}\n{lines}", ca.display());
    person.write(".gitconfig", &text)?;
    Ok(())
}

/// A repository of one commit, as files that git reads over HTTP, for `oauth2` with the token.
fn repository(
    person: &Person,
    git: &Path,
    certificate: Option<&ServerCertificate>,
) -> Result<Server> {
    let run = |arguments: &[&str]| person.run(git, arguments)?.expect(0);
    let folder = person.path("repository");
    if !folder.exists() {
        run(&["init", "--quiet", "work"])?;
        person.write("work/file", "it is there\n")?;
        run(&["-C", "work", "add", "file"])?;
        let who = ["-c", "user.name=it", "-c", "user.email=it@localhost"];
        run(&[
            &["-C", "work"],
            &who[..],
            &["commit", "--quiet", "--message", "One"],
        ]
        .concat())?;
        run(&["clone", "--quiet", "--bare", "work", "repository"])?;
        run(&["-C", "repository", "update-server-info"])?;
    }
    let expected = encoding::basic_raw("oauth2", &person.token);
    Server::start(certificate, move |_, asked| {
        if asked.header("authorization") != Some(&expected) {
            return Reply::new(401, "").header("www-authenticate", "Basic realm=\"git\"");
        }
        let file = asked.path().strip_prefix("/orders.git/");
        match file.map(|file| fs::read(folder.join(file))) {
            Some(Ok(bytes)) => Reply::new(200, bytes),
            _ => Reply::new(404, ""),
        }
    })
}

/// What git keeps of a clone holds no token.
fn kept_nowhere(person: &Person, folder: &Path) -> Result<()> {
    person.grantd.canaries().assert_absent_below(folder, &[])
}
