//! The mailbox of the demo: a few mails, and a listener that delivers them into a spool folder.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use grantd_engine::{Engine, EngineError};
use grantd_mail::SpoolConfig;
use grantd_model::listener::{DeliveryDraft, SpoolName};
use grantd_model::{Actor, ClientId, Invalid, ListenerDraft, Scope};
use grantd_sandbox::{MailConfig, Sandbox};

use super::seed::WORKING;
use crate::failure::Failure;
use crate::files;

/// The mailbox.
pub(super) const MAILBOX: &str = "sales@example.com";

/// The slug of the listener.
pub(super) const LISTENER: &str = "sales-mailbox";

/// The client that may open the mailbox, and its scope.
const CLIENT: &str = "sales-email-listener";
const SCOPE: &str = "https://outlook.office365.com/.default";

/// The name of the spool folder.
const SPOOL: &str = "demo";

const EXAMPLES: [&str; 3] = [
    "From: Ann Example <ann@example.org>\r\nTo: sales@example.com\r\nSubject: Order 4711\r\n\
     Date: Thu, 26 Nov 2026 08:15:00 +0000\r\nMessage-ID: <order-4711@example.org>\r\n\
     MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
     --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nPlease find our order attached.\r\n\
     --b\r\nContent-Type: text/csv; name=order.csv\r\nContent-Disposition: attachment; \
     filename=order.csv\r\n\r\narticle;count\r\n1001;25\r\n1002;4\r\n--b--\r\n",
    "From: Ben Example <ben@example.net>\r\nTo: sales@example.com\r\n\
     Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe_und_eine_Frage?=\r\nDate: Thu, 26 Nov 2026 09:02:00 +0000\r\n\
     Message-ID: <frage@example.net>\r\nMIME-Version: 1.0\r\n\
     Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
     Wann k\u{f6}nnen Sie liefern?\r\n",
    "From: ann@example.org\r\nTo: sales@example.com\r\nSubject: Out of office\r\n\
     Date: Thu, 26 Nov 2026 09:03:00 +0000\r\nMessage-ID: <absent@example.org>\r\n\
     Auto-Submitted: auto-replied\r\n\r\nI am back on Monday.\r\n",
];

fn wrong(fault: &Invalid) -> Failure {
    Failure::refused(format!("the mailbox of the demo: {fault}"))
}

/// Makes the folder that mails are delivered into.
pub(super) fn make_spool(state: &Path) -> Result<PathBuf, Failure> {
    let folder = state.join("spool");
    files::make_private_folder(&folder)
        .map_err(|error| Failure::refused(format!("{}: {error}", folder.display())))?;
    Ok(folder)
}

/// The spool folder as a configuration would declare it.
pub(super) fn spools(folder: &Path) -> Result<BTreeMap<SpoolName, SpoolConfig>, Failure> {
    let name = SpoolName::try_from(SPOOL).map_err(|fault| wrong(&fault))?;
    let config = SpoolConfig {
        folder: folder.to_owned(),
    };
    Ok([(name, config)].into())
}

/// The settings of the mailbox server.
pub(super) fn server() -> Result<MailConfig, Failure> {
    Ok(MailConfig {
        mailboxes: vec![MAILBOX.to_owned()],
        scope: Some(Scope::try_from(SCOPE).map_err(|fault| wrong(&fault))?),
        full_access: vec![ClientId::try_from(CLIENT).map_err(|fault| wrong(&fault))?],
    })
}

/// Puts the mails into the mailbox.
pub(super) fn put_examples(sandbox: &Sandbox) {
    for mail in EXAMPLES {
        // the mailbox was just made
        let _ = sandbox.put_mail(MAILBOX, "inbox", mail.as_bytes().to_vec());
    }
}

/// Adds the listener; paused where nothing is to run by itself.
pub(super) async fn add_listener(
    engine: &Engine,
    sandbox: SocketAddr,
    runs: bool,
) -> Result<(), Failure> {
    let draft = ListenerDraft {
        name: "Sales mailbox".to_owned(),
        description: "An example that delivers into a spool folder.".to_owned(),
        credential: WORKING.to_owned(),
        endpoint: format!("http://{sandbox}/EWS/Exchange.asmx"),
        mailbox: MAILBOX.to_owned(),
        start: "unread".to_owned(),
        interval_s: 1,
        delivery: DeliveryDraft {
            spool: SPOOL.to_owned(),
            ..DeliveryDraft::default()
        },
        ..ListenerDraft::default()
    };
    let slug = LISTENER.try_into().map_err(|fault| wrong(&fault))?;
    let failed =
        |error: EngineError| Failure::refused(format!("the listener of the demo: {error}"));
    let added = if runs {
        engine
            .create_listener(&Actor::System, Some(slug), &draft)
            .await
    } else {
        engine
            .create_paused_listener(&Actor::System, Some(slug), &draft)
            .await
    };
    added.map_err(failed)?;
    Ok(())
}
