use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::grantd::{Api, Grantd, Settings};
use e2e::mail::{MailServer, Whose, envelopes, until};
use serde_json::{Value, json};
use tempfile::TempDir;

const MAILBOX: &str = "orders@example.com";

fn mail(subject: &str) -> Vec<u8> {
    format!(
        "From: Ann <ann@example.org>\r\nTo: {MAILBOX}\r\nSubject: {subject} & <more>\r\n\
         Message-ID: <{subject}@example.org>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/plain\r\n\r\nhello\r\n--b\r\n\
         Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nbody\r\n--b\r\n\
         Content-Type: application/pdf; name=\"a & b.pdf\"\r\n\
         Content-Disposition: attachment\r\n\r\nPDF\r\n--b--\r\n"
    )
    .into_bytes()
}

fn deliveries(api: &Api, slug: &str) -> Result<usize> {
    let listed = api
        .get(&format!("/v1/listeners/{slug}/deliveries"))?
        .json()?;
    Ok(listed["items"].as_array().map_or(0, Vec::len))
}

/// Adds a listener on the mailbox, with members of its own.
fn listen(api: &Api, server: &MailServer, name: &str, more: &Value) -> Result<()> {
    let mut listener = json!({
        "name": name, "credential": "mailer", "mailbox": MAILBOX, "endpoint": server.endpoint(),
        "interval_s": 1, "delivery": {"spool": "orders"},
    });
    for (member, value) in more.as_object().into_iter().flatten() {
        listener[member] = value.clone();
    }
    api.post("/v1/listeners", &listener)?.expect(201)?;
    Ok(())
}

/// Every form of fault, each at the beginning of a listener of its own.
fn strike(api: &Api, server: &MailServer) -> Result<()> {
    for (operation, fault) in [
        (
            "SyncFolderItems",
            json!({"kind": "code", "code": "ErrorInvalidSyncStateData"}),
        ),
        ("SyncFolderItems", json!({"kind": "forget_sync_states"})),
        (
            "GetItem",
            json!({"kind": "code", "code": "ErrorItemNotFound"}),
        ),
        (
            "GetItem",
            json!({"kind": "code", "code": "ErrorMimeContentConversionFailed"}),
        ),
        (
            "GetAttachment",
            json!({"kind": "code", "code": "ErrorInternalServerTransientError"}),
        ),
        (
            "UpdateItem",
            json!({"kind": "code", "code": "ErrorIrresolvableConflict"}),
        ),
        (
            "FindFolder",
            json!({"kind": "fault", "code": "ErrorServerBusy", "back_off_ms": 100}),
        ),
        (
            "GetFolder",
            json!({"kind": "code", "code": "ErrorInternalServerError", "inner": "ErrorServerBusy", "back_off_ms": 100}),
        ),
    ] {
        let name = format!(
            "After {operation} {}",
            fault["code"].as_str().unwrap_or("forgotten")
        );
        server.set_faults(&json!([{"operation": operation, "times": 1, "fault": fault}]))?;
        server.put(MAILBOX, "inbox/Six", &mail("sixth"))?;
        let more = json!({
            "folder": "inbox/Six", "start": "unread",
            "content": {"most_mime_bytes": if operation == "GetAttachment" { 10 } else { 1_000_000 }},
        });
        listen(api, server, &name, &more)?;
        until(&format!("a strike at {operation}"), || {
            Ok(server.faults()? == json!([]))
        })?;
    }
    Ok(())
}

/// Every operation, every version, every kind of fault: what grantd says and what the sandbox answers
/// passes Microsoft's schemas.
#[test]
fn every_request_and_every_answer_passes_the_schemas() -> Result<()> {
    let server = MailServer::start(&[MAILBOX])?;
    let spool = TempDir::new()?;
    let grantd = Grantd::start_with(&Settings {
        more: format!("[spools.orders]\nfolder = {:?}\n", spool.path()),
        ..Settings::default()
    })?;
    let api = grantd.api()?;
    api.add(&server.credential()?)?;
    for (folder, version, then) in [
        (
            "One",
            "exchange2016",
            json!({"then": "leave", "category": "Seen & <done>"}),
        ),
        (
            "Two",
            "exchange2013_sp1",
            json!({"then": "move", "folder": "inbox/Done"}),
        ),
        (
            "Three",
            "exchange2013",
            json!({"then": "delete", "delete_to": "recoverable"}),
        ),
        (
            "Four",
            "exchange2010_sp2",
            json!({"then": "delete", "delete_to": "nowhere"}),
        ),
        (
            "Five",
            "exchange2016",
            json!({"then": "delete", "mark_read": false}),
        ),
    ] {
        server.put(MAILBOX, "inbox/Done", &mail("there"))?;
        for subject in ["first", "second"] {
            server.put(MAILBOX, &format!("inbox/{folder}"), &mail(subject))?;
        }
        let more = json!({
            "folder": format!("inbox/{folder}"), "version": version, "afterwards": then,
            "start": "unread", "batch": 1,
            "content": {"entry_id": true, "most_mime_bytes": if folder == "Five" { 10 } else { 1_000_000 }},
        });
        listen(&api, &server, folder, &more)?;
        let slug = folder.to_lowercase();
        until(folder, || Ok(deliveries(&api, &slug)? == 2))?;
        until("what is done afterwards", || {
            let shown = api.get(&format!("/v1/listeners/{slug}"))?.json()?;
            Ok(shown["state"]["actions_waiting"] == 0)
        })?;
    }
    strike(&api, &server)?;
    let tried = json!({
        "name": "Tried", "credential": "mailer", "mailbox": MAILBOX, "endpoint": server.endpoint(),
        "folder": "inbox/Done", "delivery": {"spool": "orders"},
    });
    let report = api
        .post("/v1/listener_tests", &tried)?
        .expect(200)?
        .json()?;
    ensure!(report["ok"] == true, "{report}");
    let wrong = json!({"folder": "inbox/Nowhere"});
    listen(&api, &server, "Nowhere", &wrong)?;
    std::thread::sleep(Duration::from_millis(1500));
    let operations = server.judge(Whose::Everybody)?;
    for operation in [
        "GetFolder",
        "FindFolder",
        "FindItem",
        "SyncFolderItems",
        "GetItem",
        "GetAttachment",
        "UpdateItem",
        "MoveItem",
        "DeleteItem",
        "ConvertId",
    ] {
        ensure!(
            operations.contains(&format!("{operation} 200")),
            "{operation} was not asked for: {operations:?}"
        );
    }
    ensure!(
        envelopes(spool.path())?.len() > 10,
        "too little was delivered"
    );
    Ok(())
}
