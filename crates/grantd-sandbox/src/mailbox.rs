//! A mailbox server to listen on: Exchange Web Services with impersonation, sync state, attachments
//! and faults by script; mail comes in by SMTP or as a file.
//!
//! Invariant: it is written from Microsoft's schemas and shares no code with grantd's own client, so
//! that it can not agree with its mistakes; every answer passes the schemas.

mod answer;
mod deliver;
mod ews;
pub(crate) mod faults;
mod item;
mod operation;
pub(crate) mod smtp;
pub(crate) mod store;
mod xml;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post, put};
use grantd_model::Timestamp;

pub use faults::{MailFault, MailFaultKind};

use crate::state::Shared;

/// The largest request to the mailbox server, and the largest mail that is put into it, in bytes.
const MOST_BODY_BYTES: usize = 512 * 1024 * 1024;

/// A mail that is there.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MailThere {
    /// Its subject.
    pub subject: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// Whether it was read.
    pub is_read: bool,
    /// Its categories.
    pub categories: Vec<String>,
    /// In bytes.
    pub size: usize,
}

/// The routes of the mailbox server.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/EWS/Exchange.asmx", post(ews::post))
        .route("/ews/exchange.asmx", post(ews::post))
        .route(
            "/mailboxes/{address}/{*folder}",
            put(deliver::put).post(deliver::put).get(deliver::list),
        )
        .route(
            "/mail-faults",
            get(deliver::faults).put(deliver::set_faults),
        )
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
}

/// The mails of a folder.
pub(crate) fn there(shared: &Shared, address: &str, folder: &str) -> Vec<MailThere> {
    let mut inner = shared.mail.lock();
    let mailbox = inner.boxes.get_mut(&address.to_lowercase());
    let folder = mailbox.and_then(|mailbox| mailbox.by_path(folder));
    let items = folder.map(|it| it.items.as_slice()).unwrap_or_default();
    items
        .iter()
        .map(|item| MailThere {
            subject: item.mail.subject.clone(),
            received_at: item.received_at,
            is_read: item.is_read,
            categories: item.categories.clone(),
            size: item.mail.mime.len(),
        })
        .collect()
}

/// How often each operation was asked for.
type Counts = BTreeMap<String, u64>;
