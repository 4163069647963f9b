//! `kill -9` at any moment of a listener's work: no mail is lost, each is delivered once, and what is to
//! be done with it afterwards is done in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::environment;
use e2e::grantd::{Grantd, Settings};
use e2e::mail::{MailServer, envelopes, files, read, until};
use serde_json::{Value, json};
use tempfile::TempDir;

const MAILBOX: &str = "orders@example.com";
/// The mails of each round; the work of a round takes longer than any wait before the next kill.
const MAILS: u64 = 30;
/// After so many kills everything begins anew, so that looking at what is left stays quick.
const AT_ONCE: u64 = 50;

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

/// What a kill can leave behind, in the order of the work.
const STEPS: [&str; 7] = [
    "a mail was fetched, its envelope not written",
    "an envelope was written, the mail not in the spool",
    "files were in the spool, the envelope not",
    "a mail was in the spool, and that not written down",
    "it was written down, and nothing done with the mail",
    "a mail was marked, and not moved",
    "a mail was moved, and that not written down",
];

/// Which of the steps a kill left behind: as mails go through their steps together, it may be several.
fn struck(server: &MailServer, spool: &Path, state: &Path) -> Result<[bool; STEPS.len()]> {
    let names = |extension: &str| -> Result<Vec<String>> {
        let found = files(spool, &[extension])?.into_iter();
        let found = found.map(|it| it.to_string_lossy().into_owned());
        Ok(found.collect())
    };
    let (eml, json) = (names("eml")?, names("json")?);
    let is_work = |name: &&String| name.contains("/.grantd/");
    let work: Vec<&String> = json.iter().filter(is_work).collect();
    let has_envelope = |mail: &String| {
        let desk = mail.trim_end_matches("mail.eml");
        work.iter().any(|it| it.starts_with(desk))
    };
    let fetched = eml.iter().filter(is_work);
    let whole: BTreeSet<&String> = json.iter().filter(|it| !is_work(it)).collect();
    let delivered = whole.len();
    let is_whole = |mail: &String| whole.contains(&mail.replace(".eml", ".json"));
    let program = environment::mail_judges()?.join("mail-venv/bin/python");
    let told = Command::new(program)
        .arg(environment::client_scripts().join("what_is_remembered.py"))
        .arg(state)
        .output()?;
    let remembered: Value = serde_json::from_slice(&told.stdout).with_context(|| {
        let told = String::from_utf8_lossy(&told.stderr).into_owned();
        format!("the database can not be read: {told}")
    })?;
    let number = |name: &str| remembered[name].as_u64().unwrap_or_default();
    let (written, waiting) = (number("deliveries"), number("actions"));
    let inbox = server.mails(MAILBOX, "inbox")?;
    let moved = server.mails(MAILBOX, "inbox/Done")?.len() as u64 - 1;
    let read = inbox.iter().filter(|it| it["is_read"] == true).count() as u64;
    Ok([
        fetched.clone().any(|mail| !has_envelope(mail)),
        fetched.clone().any(has_envelope),
        eml.iter()
            .filter(|it| !is_work(it))
            .any(|mail| !is_whole(mail)),
        delivered as u64 > written,
        waiting > read,
        read > 0,
        moved + waiting > written,
    ])
}

/// Waits until the listener has begun with its work, for a second or two at most.
fn work_begins(server: &MailServer) -> Result<()> {
    let before = server.asked("GetItem")?;
    for _ in 0..1000 {
        if server.asked("GetItem")? > before {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn subjects(spool: &Path) -> Result<BTreeMap<String, u64>> {
    let mut all = BTreeMap::new();
    for file in envelopes(spool)? {
        let envelope: Value = serde_json::from_slice(&read(&file)?)?;
        let subject = envelope["subject"].as_str().unwrap_or_default().to_owned();
        ensure!(envelope["attachments"][0]["size"] == 14_250, "{envelope}");
        *all.entry(subject).or_default() += 1;
    }
    Ok(all)
}

/// What kills left behind, by step, and how often nothing.
#[derive(Default)]
struct Tally {
    steps: [u64; STEPS.len()],
    idle: u64,
    mails: u64,
}

#[test]
fn a_listener_that_is_killed_at_any_moment_loses_and_repeats_nothing() -> Result<()> {
    let rounds = environment::kills();
    let mut tally = Tally::default();
    let mut done = 0;
    while done < rounds {
        let some = (rounds - done).min(AT_ONCE);
        kills(done..done + some, &mut tally)?;
        done += some;
    }
    println!("{rounds} kills, {} mails; when they struck:", tally.mails);
    for (what, count) in STEPS.iter().zip(tally.steps) {
        println!("{count:5} × {what}");
    }
    println!("{:5} × nothing was under way", tally.idle);
    ensure!(tally.idle < rounds, "no kill struck the work");
    let never = STEPS.iter().zip(tally.steps);
    let never: Vec<_> = never.filter(|(_, count)| *count == 0).collect();
    ensure!(rounds < 500 || never.is_empty(), "never: {never:?}");
    Ok(())
}

/// Kills a listener at its work, once in each round, and looks at what became of all mails.
fn kills(rounds: Range<u64>, tally: &mut Tally) -> Result<()> {
    let server = MailServer::start_alone(&[MAILBOX])?;
    let spool = TempDir::new()?;
    let mut grantd = Grantd::start_with(&Settings {
        more: format!("[spools.orders]\nfolder = \"{}\"\n", spool.path().display()),
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
    let mut sent = 0;
    for round in rounds {
        for _ in 0..MAILS {
            sent += 1;
            server.put(MAILBOX, "inbox", &mail(sent))?;
        }
        // spread over the work of a round, and not the same in two rounds
        if round % 4 == 0 {
            std::thread::sleep(Duration::from_micros(round * 7_919_003 % 700_000));
        } else {
            work_begins(&server)?;
            std::thread::sleep(Duration::from_micros(round * 7_919_003 % 120_000));
        }
        grantd.kill();
        let struck = struck(&server, spool.path(), &grantd.state())?;
        tally.idle += u64::from(!struck.contains(&true));
        for (count, struck) in tally.steps.iter_mut().zip(struck) {
            *count += u64::from(struck);
        }
        grantd.start_again()?;
    }
    tally.mails += sent;
    let api = grantd.api()?;
    let everything = until("everything is delivered and moved", || {
        let moved = server.mails(MAILBOX, "inbox/Done")?.len() as u64;
        Ok(moved == sent + 1)
    });
    if everything.is_err() {
        let shown = api.get("/v1/listeners/orders")?.json()?;
        let left = server.mails(MAILBOX, "inbox")?;
        let delivered = envelopes(spool.path())?.len();
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
    Ok(())
}
