//! `kill -9` at any moment of a listener's work: no mail is lost, each is delivered once, and what is to
//! be done with it afterwards is done in the end.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::environment;
use e2e::grantd::{Grantd, Settings};
use e2e::mail::{MailServer, files, read, until};
use serde_json::{Value, json};
use tempfile::TempDir;

const MAILBOX: &str = "orders@example.com";
/// The mails of each round; the work of a round takes longer than any wait before the next kill.
const MAILS: u64 = 30;

fn mail(number: u64) -> Vec<u8> {
    format!(
        "From: ann@example.org\r\nTo: {MAILBOX}\r\nSubject: mail {number:06}\r\n\
         Message-ID: <{number}@example.org>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/plain\r\n\r\n{number}\r\n--b\r\n\
         Content-Type: application/octet-stream; name=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n\
         {}--b--\r\n",
        format!("{}\r\n", "QUJD".repeat(19)).repeat(250)
    )
    .into_bytes()
}

/// What a kill left behind, in the order of the work.
fn struck(server: &MailServer, spool: &Path) -> Result<&'static str> {
    let names = |extension: &str| -> Result<Vec<String>> {
        let found = files(spool, &[extension])?.into_iter();
        let found = found.map(|it| it.to_string_lossy().into_owned());
        Ok(found.collect())
    };
    let (eml, json) = (names("eml")?, names("json")?);
    let is_work = |name: &&String| name.contains("/.grantd/");
    if json.iter().any(|it| is_work(&it)) {
        return Ok("1 an envelope was written, the mail was not in the spool");
    }
    if eml.iter().any(|it| is_work(&it)) {
        return Ok("0 a mail was fetched, its envelope not written");
    }
    let is_whole = |eml: &String| json.contains(&eml.replace(".eml", ".json"));
    if !eml.iter().all(is_whole) {
        return Ok("2 files were in the spool, the envelope was not");
    }
    let unread = server.mails(MAILBOX, "inbox")?;
    let unread = unread.iter().filter(|it| it["is_read"] == false).count();
    let all = server.mails(MAILBOX, "inbox")?.len() + server.mails(MAILBOX, "inbox/Done")?.len();
    let moved = server.mails(MAILBOX, "inbox/Done")?.len();
    Ok(if json.len() > moved && all - unread > moved {
        "4 a mail was marked, and not moved"
    } else if json.len() > moved {
        "3 a mail was in the spool, and nothing done with it"
    } else {
        "5 nothing was under way"
    })
}

fn subjects(spool: &Path) -> Result<BTreeMap<String, u64>> {
    let mut all = BTreeMap::new();
    for file in files(spool, &["json"])? {
        let envelope: Value = serde_json::from_slice(&read(&file)?)?;
        let subject = envelope["subject"].as_str().unwrap_or_default().to_owned();
        ensure!(envelope["attachments"][0]["size"] == 14_250, "{envelope}");
        *all.entry(subject).or_default() += 1;
    }
    Ok(all)
}

#[test]
fn a_listener_that_is_killed_at_any_moment_loses_and_repeats_nothing() -> Result<()> {
    let server = MailServer::start_alone(&[MAILBOX])?;
    let spool = TempDir::new()?;
    let mut grantd = Grantd::start_with(&Settings {
        more: format!("[spools.orders]\nfolder = {:?}\n", spool.path()),
        ..Settings::default()
    })?;
    let api = grantd.api()?;
    api.add(&server.credential()?)?;
    server.put(MAILBOX, "inbox/Done", &mail(0))?;
    let listener = json!({
        "name": "Orders", "credential": "mailer", "mailbox": MAILBOX, "endpoint": server.endpoint(),
        "start": "unread", "interval_s": 1, "delivery": {"spool": "orders"},
        "afterwards": {"then": "move", "folder": "inbox/Done"},
    });
    api.post("/v1/listeners", &listener)?.expect(201)?;
    let rounds = environment::kills();
    let mut tally: BTreeMap<&str, u64> = BTreeMap::new();
    let mut sent = 0;
    for round in 0..rounds {
        for _ in 0..MAILS {
            sent += 1;
            server.put(MAILBOX, "inbox", &mail(sent))?;
        }
        // spread over the work of a round, and not the same in two rounds
        std::thread::sleep(Duration::from_micros(round * 7_919_003 % 700_000));
        grantd.kill();
        *tally.entry(struck(&server, spool.path())?).or_default() += 1;
        grantd.start_again()?;
    }
    let api = grantd.api()?;
    let everything = until("everything is delivered and moved", || {
        let moved = server.mails(MAILBOX, "inbox/Done")?.len() as u64;
        Ok(moved == sent + 1)
    });
    if everything.is_err() {
        let shown = api.get("/v1/listeners/orders")?.json()?;
        let left = server.mails(MAILBOX, "inbox")?;
        let delivered = files(spool.path(), &["json"])?.len();
        everything.with_context(|| {
            let first = left.first();
            format!(
                "{delivered} of {sent} delivered, {} left {first:?}; {}",
                left.len(),
                shown["state"]
            )
        })?;
    }
    until("the listener has written down what it did", || {
        let shown = api.get("/v1/listeners/orders")?.json()?;
        Ok(shown["state"]["actions_waiting"] == 0 && shown["state"]["retrying"] == 0)
    })?;
    println!("{rounds} kills, {sent} mails; when they struck:");
    for (what, count) in &tally {
        println!("{count:5} × {}", what.get(2..).unwrap_or_default());
    }
    let subjects = subjects(spool.path())?;
    ensure!(
        subjects.len() as u64 == sent,
        "{} of {sent}",
        subjects.len()
    );
    ensure!(subjects.values().all(|count| *count == 1), "{subjects:?}");
    let letters = api.get("/v1/listeners/orders/letters")?.json()?;
    ensure!(letters["items"] == json!([]), "{letters}");
    let left = server.mails(MAILBOX, "inbox/Done")?;
    let unread = left.iter().filter(|it| it["is_read"] == false).count();
    ensure!(
        unread == 1,
        "{unread} unread: the one that nobody watches is expected"
    );
    let idle = tally.get("5 nothing was under way").copied().unwrap_or(0);
    ensure!(idle < rounds, "no kill struck the work");
    Ok(())
}
