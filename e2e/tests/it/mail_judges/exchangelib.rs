use std::process::Command;

use anyhow::{Result, ensure};
use e2e::environment;
use e2e::mail::{MailServer, Whose};

/// Tokens, folders, sync, items, attachments, update, move, delete and busy answers.
#[test]
fn a_client_written_for_exchange_works_with_the_sandbox() -> Result<()> {
    let server = MailServer::start(&["sales@example.com", "orders@example.com"])?;
    let ended = Command::new(environment::mail_judges()?.join("mail-venv/bin/python"))
        .arg(environment::client_scripts().join("exchangelib_client.py"))
        .args([server.token_endpoint()?, &server.endpoint(), &server.url()])
        .arg(server.secret_file())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()?;
    let out = String::from_utf8(ended.stdout)?;
    let err = String::from_utf8(ended.stderr)?;
    ensure!(ended.status.success(), "{out}{err}");
    let steps = out.lines().filter(|line| line.starts_with("ok ")).count();
    ensure!(steps == 16, "{steps} steps:\n{out}");
    server.judge(Whose::TheServers)?;
    Ok(())
}
