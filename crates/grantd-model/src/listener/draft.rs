//! A listener as it is written down: in the API, in files and in the store.
//!
//! Invariant: what [`ListenerDraft::of`] writes, [`ListenerDraft::parse`] reads as the same.

mod parse;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Content, DeleteTo, DeliverySettings, EXCHANGE_ONLINE, ExchangeVersion, ImpersonateBy,
    ListenerSettings, MailEndpointChoice, MailOrder, MailProtocol, SpoolLayout, StartFrom, Then,
};
use crate::faults::name_of;

/// What stands for the endpoint that Autodiscover names.
const AUTODISCOVER: &str = "autodiscover";

/// A listener as people write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListenerDraft {
    /// What people call it: 1 to 120 characters.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it is sorted and granted by.
    pub labels: BTreeMap<String, String>,
    /// Slug or id of the credential.
    pub credential: String,
    /// `ews`.
    pub protocol: String,
    /// The URL of the service, or `autodiscover`.
    pub endpoint: String,
    /// PEM certificates of the only authorities trusted for the endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_bundle: Option<String>,
    /// `smtp_address`, `primary_smtp_address` or `principal_name`.
    pub impersonate_by: String,
    /// `exchange2016`, `exchange2013_sp1`, `exchange2013` or `exchange2010_sp2`.
    pub version: String,
    /// The address of the mailbox.
    pub mailbox: String,
    /// Names of folders divided by `/`.
    pub folder: String,
    /// `now`, `unread` or a time.
    pub start: String,
    /// Seconds between two looks.
    pub interval_s: u64,
    /// What a mail must be like; all of them.
    pub filters: Vec<FilterDraft>,
    /// `oldest_first` or `newest_first`.
    pub order: String,
    /// How many mails are fetched at once.
    pub batch: u32,
    /// What is delivered.
    pub content: ContentDraft,
    /// Where to.
    pub delivery: DeliveryDraft,
    /// What is done then.
    pub afterwards: AfterwardsDraft,
    /// What is done where that fails.
    pub retries: RetriesDraft,
}

impl Default for ListenerDraft {
    fn default() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            labels: BTreeMap::new(),
            credential: String::new(),
            protocol: "ews".to_owned(),
            endpoint: EXCHANGE_ONLINE.to_owned(),
            ca_bundle: None,
            impersonate_by: "smtp_address".to_owned(),
            version: "exchange2016".to_owned(),
            mailbox: String::new(),
            folder: "inbox".to_owned(),
            start: "now".to_owned(),
            interval_s: 60,
            filters: Vec::new(),
            order: "oldest_first".to_owned(),
            batch: 20,
            content: ContentDraft::default(),
            delivery: DeliveryDraft::default(),
            afterwards: AfterwardsDraft::default(),
            retries: RetriesDraft::default(),
        }
    }
}

/// A filter as people write it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilterDraft {
    /// What it looks at: `sender`, `recipient`, `subject`, `has_attachments`, `size`, `importance`,
    /// `category`.
    pub field: String,
    /// How: `contains`, `equals`, `matches`, `is`, `at_most`, `at_least`.
    pub test: String,
    /// With what.
    pub value: String,
    /// The other way round.
    #[serde(default)]
    pub not: bool,
}

/// What is delivered, as people write it; sizes in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct ContentDraft {
    /// The text and the HTML in the envelope.
    pub body: bool,
    /// The attachments as files.
    pub attachments: bool,
    /// Inline ones among them.
    pub inline: bool,
    /// The mail as MIME.
    pub mime: bool,
    /// The id by which MAPI programs know it.
    pub entry_id: bool,
    /// The largest text or HTML.
    pub most_body_bytes: u64,
    /// The largest attachment.
    pub most_attachment_bytes: u64,
    /// The largest MIME.
    pub most_mime_bytes: u64,
}

impl Default for ContentDraft {
    fn default() -> Self {
        Self::of(Content::default())
    }
}

/// Where to, as people write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeliveryDraft {
    /// `spool`.
    pub kind: String,
    /// The name of a declared spool folder.
    pub spool: String,
    /// `files` or `maildir`.
    pub layout: String,
}

impl Default for DeliveryDraft {
    fn default() -> Self {
        Self {
            kind: "spool".to_owned(),
            spool: String::new(),
            layout: "files".to_owned(),
        }
    }
}

/// What is done with a delivered mail, as people write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AfterwardsDraft {
    /// Mark it as read.
    pub mark_read: bool,
    /// Add this category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// `leave`, `move` or `delete`.
    pub then: String,
    /// Where it is moved to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// `deleted_items`, `recoverable` or `nowhere`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_to: Option<String>,
}

impl Default for AfterwardsDraft {
    fn default() -> Self {
        Self {
            mark_read: true,
            category: None,
            then: "leave".to_owned(),
            folder: None,
            delete_to: None,
        }
    }
}

/// What is done about a mail that can not be delivered, as people write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetriesDraft {
    /// How often it is tried in all.
    pub attempts: u32,
    /// The folder that it is moved to when it is given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
}

impl Default for RetriesDraft {
    fn default() -> Self {
        Self {
            attempts: 10,
            folder: None,
        }
    }
}

impl ContentDraft {
    const fn of(content: Content) -> Self {
        Self {
            body: content.body,
            attachments: content.attachments,
            inline: content.inline,
            mime: content.mime,
            entry_id: content.entry_id,
            most_body_bytes: content.most_body_bytes,
            most_attachment_bytes: content.most_attachment_bytes,
            most_mime_bytes: content.most_mime_bytes,
        }
    }
}

impl ListenerDraft {
    /// Writes settings down.
    #[must_use]
    pub fn of(settings: &ListenerSettings) -> Self {
        let DeliverySettings::Spool { spool, layout } = &settings.delivery;
        let then = &settings.afterwards.then;
        Self {
            name: settings.name.to_string(),
            description: settings.description.clone(),
            labels: settings.labels.written(),
            credential: settings.credential.to_string(),
            protocol: name_of(settings.protocol, &PROTOCOLS),
            endpoint: match &settings.endpoint {
                MailEndpointChoice::At(endpoint) => endpoint.to_string(),
                MailEndpointChoice::Autodiscover => AUTODISCOVER.to_owned(),
            },
            ca_bundle: settings.ca_bundle.clone(),
            impersonate_by: name_of(settings.impersonate_by, &IMPERSONATE),
            version: name_of(settings.version, &VERSIONS),
            mailbox: settings.mailbox.to_string(),
            folder: settings.folder.to_string(),
            start: match settings.start {
                StartFrom::Now => "now".to_owned(),
                StartFrom::Unread => "unread".to_owned(),
                StartFrom::Since(at) => at.to_string(),
            },
            interval_s: settings.interval.as_secs(),
            filters: settings
                .filters
                .iter()
                .map(|it| it.draft().clone())
                .collect(),
            order: name_of(settings.order, &ORDERS),
            batch: settings.batch,
            content: ContentDraft::of(settings.content),
            delivery: DeliveryDraft {
                kind: "spool".to_owned(),
                spool: spool.to_string(),
                layout: name_of(*layout, &LAYOUTS),
            },
            afterwards: AfterwardsDraft {
                mark_read: settings.afterwards.mark_read,
                category: settings.afterwards.category.clone(),
                then: match then {
                    Then::Leave => "leave",
                    Then::Move(_) => "move",
                    Then::Delete(_) => "delete",
                }
                .to_owned(),
                folder: match then {
                    Then::Move(folder) => Some(folder.to_string()),
                    _ => None,
                },
                delete_to: match then {
                    Then::Delete(to) => Some(name_of(*to, &DELETE)),
                    _ => None,
                },
            },
            retries: RetriesDraft {
                attempts: settings.retries.attempts,
                folder: settings.retries.folder.as_ref().map(ToString::to_string),
            },
        }
    }
}

const PROTOCOLS: [(&str, MailProtocol); 1] = [("ews", MailProtocol::Ews)];
const IMPERSONATE: [(&str, ImpersonateBy); 3] = [
    ("smtp_address", ImpersonateBy::SmtpAddress),
    ("primary_smtp_address", ImpersonateBy::PrimarySmtpAddress),
    ("principal_name", ImpersonateBy::PrincipalName),
];
const VERSIONS: [(&str, ExchangeVersion); 4] = [
    ("exchange2016", ExchangeVersion::Exchange2016),
    ("exchange2013_sp1", ExchangeVersion::Exchange2013Sp1),
    ("exchange2013", ExchangeVersion::Exchange2013),
    ("exchange2010_sp2", ExchangeVersion::Exchange2010Sp2),
];
const ORDERS: [(&str, MailOrder); 2] = [
    ("oldest_first", MailOrder::OldestFirst),
    ("newest_first", MailOrder::NewestFirst),
];
const LAYOUTS: [(&str, SpoolLayout); 2] = [
    ("files", SpoolLayout::Files),
    ("maildir", SpoolLayout::Maildir),
];
const DELETE: [(&str, DeleteTo); 3] = [
    ("deleted_items", DeleteTo::DeletedItems),
    ("recoverable", DeleteTo::Recoverable),
    ("nowhere", DeleteTo::Nowhere),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CredentialId;

    fn credential() -> CredentialId {
        "cred_0000000000000000000000000g".parse().unwrap()
    }

    fn full() -> ListenerDraft {
        ListenerDraft {
            name: "Orders".to_owned(),
            labels: [("team".to_owned(), "sales".to_owned())].into(),
            credential: credential().to_string(),
            mailbox: "orders@example.com".to_owned(),
            folder: "inbox/Orders".to_owned(),
            start: "2026-11-26T08:00:00Z".to_owned(),
            filters: vec![FilterDraft {
                field: "subject".to_owned(),
                test: "matches".to_owned(),
                value: "^order".to_owned(),
                not: true,
            }],
            delivery: DeliveryDraft {
                spool: "orders".to_owned(),
                ..DeliveryDraft::default()
            },
            afterwards: AfterwardsDraft {
                then: "move".to_owned(),
                folder: Some("Done".to_owned()),
                category: Some("Seen by grantd".to_owned()),
                ..AfterwardsDraft::default()
            },
            retries: RetriesDraft {
                folder: Some("Failed".to_owned()),
                ..RetriesDraft::default()
            },
            ..ListenerDraft::default()
        }
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for draft in [
            full(),
            ListenerDraft {
                endpoint: AUTODISCOVER.to_owned(),
                afterwards: AfterwardsDraft {
                    then: "delete".to_owned(),
                    delete_to: Some("recoverable".to_owned()),
                    ..AfterwardsDraft::default()
                },
                ..full()
            },
        ] {
            let settings = draft.parse(credential()).unwrap();
            assert_eq!(ListenerDraft::of(&settings), draft);
        }
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let draft = ListenerDraft {
            name: String::new(),
            mailbox: "nobody".to_owned(),
            folder: "/".to_owned(),
            endpoint: "http://mail.example.com/EWS".to_owned(),
            start: "yesterday".to_owned(),
            interval_s: 0,
            batch: 101,
            order: "any".to_owned(),
            version: "exchange5".to_owned(),
            afterwards: AfterwardsDraft {
                then: "burn".to_owned(),
                ..AfterwardsDraft::default()
            },
            filters: vec![FilterDraft {
                field: "colour".to_owned(),
                ..FilterDraft::default()
            }],
            ..full()
        };
        let faults = draft.parse(credential()).unwrap_err();
        let places: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(
            places,
            [
                "/name",
                "/endpoint",
                "/version",
                "/mailbox",
                "/folder",
                "/start",
                "/interval_s",
                "/filters/0/field",
                "/order",
                "/batch",
                "/afterwards/then",
            ]
        );
    }
}
