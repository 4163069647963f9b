//! A mail with an attachment of 150 MB goes through, and never is in memory as a whole.

use std::time::Duration;

use anyhow::{Result, ensure};
use data_encoding::BASE64;
use e2e::grantd::{Grantd, Settings};
use e2e::mail::{MailServer, envelopes, read, until, until_within};
use serde_json::{Value, json};
use tempfile::TempDir;

const MAILBOX: &str = "orders@example.com";
const BYTES: usize = 150_000_000;
/// A build without optimisation takes its time.
const LONGEST: Duration = Duration::from_mins(5);
/// In KiB.
const MOST_MEMORY: u64 = 40 * 1024;

fn mail(content: &[u8]) -> Vec<u8> {
    let mut mail = format!(
        "From: ann@example.org\r\nTo: {MAILBOX}\r\nSubject: {} bytes\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=bound\r\n\r\n--bound\r\n\
         Content-Type: text/plain\r\n\r\nThe film.\r\n--bound\r\n\
         Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=film.bin\r\n\r\n",
        content.len()
    )
    .into_bytes();
    for line in content.chunks(57) {
        mail.extend_from_slice(BASE64.encode(line).as_bytes());
        mail.extend_from_slice(b"\r\n");
    }
    mail.extend_from_slice(b"--bound--\r\n");
    mail
}

/// As MIME, and in parts by `GetAttachment`.
#[test]
fn a_mail_with_150_mb_is_never_in_memory_as_a_whole() -> Result<()> {
    let content: Vec<u8> = (0..=250).cycle().take(BYTES).collect();
    let large = mail(&content);
    for most_mime_bytes in [256 * 1024 * 1024, 1_000_000] {
        let server = MailServer::start_alone(&[MAILBOX])?;
        let spool = TempDir::new()?;
        let grantd = Grantd::start_with(&Settings {
            more: format!("[spools.orders]\nfolder = {:?}\n", spool.path()),
            ..Settings::default()
        })?;
        let api = grantd.api()?;
        api.add(&server.credential()?)?;
        let listener = json!({
            "name": "Orders", "credential": "mailer", "mailbox": MAILBOX,
            "endpoint": server.endpoint(), "start": "unread", "interval_s": 1,
            "delivery": {"spool": "orders"}, "content": {"most_mime_bytes": most_mime_bytes},
        });
        api.post("/v1/listeners", &listener)?.expect(201)?;
        server.put(MAILBOX, "inbox", &mail(b"small"))?;
        let is_json = |count| Ok(envelopes(spool.path())?.len() == count);
        until("the small mail", || is_json(1))?;
        grantd.forget_peak()?;
        let before = grantd.memory("VmRSS")?;
        server.put(MAILBOX, "inbox", &large)?;
        until_within(LONGEST, "the large mail", || is_json(2))?;
        let more = grantd.memory("VmHWM")?.saturating_sub(before);
        ensure!(more < MOST_MEMORY, "{more} KiB beyond {before} KiB");
        let mut found = None;
        for file in envelopes(spool.path())? {
            let envelope: Value = serde_json::from_slice(&read(&file)?)?;
            if envelope["subject"] == format!("{BYTES} bytes") {
                found = Some(envelope);
            }
        }
        let envelope = found.unwrap_or_default();
        let attachment = &envelope["attachments"][0];
        ensure!(attachment["size"] == BYTES, "{envelope}");
        ensure!(
            envelope["mime"].is_object() == (most_mime_bytes > BYTES),
            "{envelope}"
        );
        let file = attachment["file"].as_str().unwrap_or_default();
        ensure!(
            read(&spool.path().join(file))? == content,
            "another content"
        );
    }
    Ok(())
}
