use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::environment;
use e2e::grantd::{Grantd, Settings};
use e2e::mail::MailServer;
use serde_json::json;
use tempfile::TempDir;

const MAILBOX: &str = "corpus@example.com";

fn mails(folder: &PathBuf, all: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            mails(&path, all)?;
        } else if path
            .extension()
            .is_some_and(|it| it == "eml" || it == "txt")
        {
            all.push(path);
        }
    }
    Ok(())
}

/// The mails that mail-parser and CPython test themselves with arrive, and both read the same in them.
#[test]
fn cpython_reads_the_same_in_every_mail() -> Result<()> {
    let peers = environment::mail_judges()?;
    let corpora = [peers.join("mails/mail-parser"), peers.join("mails/cpython")];
    let mut all = Vec::new();
    for corpus in &corpora {
        mails(corpus, &mut all)?;
    }
    ensure!(all.len() > 140, "{} mails", all.len());
    let server = MailServer::start(&[MAILBOX])?;
    for mail in &all {
        server.put(MAILBOX, "inbox", &fs::read(mail)?)?;
    }
    let spool = TempDir::new()?;
    let grantd = Grantd::start_with(&Settings {
        more: format!("[spools.corpus]\nfolder = {:?}\n", spool.path()),
        ..Settings::default()
    })?;
    let api = grantd.api()?;
    api.add(&server.credential()?)?;
    let listener = json!({
        "name": "Corpus", "credential": "mailer", "mailbox": MAILBOX, "endpoint": server.endpoint(),
        "start": "unread", "interval_s": 1, "delivery": {"spool": "corpus"},
    });
    api.post("/v1/listeners", &listener)?.expect(201)?;
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let envelopes = fs::read_dir(spool.path())?
            .filter_map(Result::ok)
            .filter(|it| it.path().extension().is_some_and(|it| it == "json"))
            .count();
        if envelopes == all.len() {
            break;
        }
        ensure!(
            Instant::now() < deadline,
            "{envelopes} of {} mails; {}",
            all.len(),
            api.get("/v1/listeners/corpus/letters")?.json()?
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    // the interpreter that the test mails belong to
    let ended = Command::new("/usr/bin/python3")
        .arg(environment::client_scripts().join("compare_mails.py"))
        .arg(spool.path())
        .args(&corpora)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .context("python3")?;
    ensure!(
        ended.status.success(),
        "{}{}",
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr)
    );
    Ok(())
}
