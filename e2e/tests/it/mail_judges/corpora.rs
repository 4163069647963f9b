use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use e2e::environment;
use e2e::grantd::{Grantd, Settings};
use e2e::mail::{MailServer, envelopes, files, read, until};
use serde_json::json;
use tempfile::TempDir;

const MAILBOX: &str = "corpus@example.com";

/// The mails that mail-parser and Python test themselves with arrive, and both read the same in them.
#[test]
fn cpython_reads_the_same_in_every_mail() -> Result<()> {
    let peers = environment::mail_judges()?;
    let corpora = [peers.join("mails/mail-parser"), peers.join("mails/cpython")];
    let mut all = Vec::new();
    for corpus in &corpora {
        all.extend(files(corpus, &["eml", "txt"])?);
    }
    ensure!(all.len() > 140, "{} mails", all.len());
    let server = MailServer::start(&[MAILBOX])?;
    for mail in &all {
        server.put(MAILBOX, "inbox", &read(mail)?)?;
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
    until("every mail in the spool", || {
        Ok(envelopes(spool.path())?.len() == all.len())
    })?;
    let letters = api.get("/v1/listeners/corpus/letters")?.json()?;
    ensure!(letters["items"] == json!([]), "{letters}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let ended = Command::new(peers.join("mail-venv/bin/python"))
        .arg(environment::client_scripts().join("validate_envelopes.py"))
        .arg(root.join("docs/schemas/mail-envelope-v1.json"))
        .arg(spool.path())
        .output()?;
    ensure!(
        ended.status.success(),
        "against the published schema: {}{}",
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr)
    );
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
