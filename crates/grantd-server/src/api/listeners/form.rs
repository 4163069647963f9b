//! A listener as the API takes one.

use std::collections::BTreeMap;

use utoipa::ToSchema;

/// An email listener. What is left out has its default.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of ListenerDraft")]
#[schema(example = json!({"name": "Orders", "credential": "sales-email-credentials",
    "mailbox": "orders@example.com", "delivery": {"spool": "orders"}}))]
pub(crate) struct ListenerForm {
    /// What people call it: 1 to 120 characters, unique without regard to case.
    #[schema(example = "Orders")]
    name: String,
    /// What it is for.
    #[schema(required = false)]
    description: String,
    /// What it is sorted and granted by.
    #[schema(required = false)]
    labels: BTreeMap<String, String>,
    /// Slug or id of the credential.
    #[schema(example = "sales-email-credentials")]
    credential: String,
    /// `ews`.
    #[schema(required = false, example = "ews")]
    protocol: String,
    /// The URL of the service, or `autodiscover`. Exchange Online if absent.
    #[schema(
        required = false,
        example = "https://outlook.office365.com/EWS/Exchange.asmx"
    )]
    endpoint: String,
    /// PEM certificates of the only authorities trusted for the endpoint.
    ca_bundle: Option<String>,
    /// By what the mailbox is named: `smtp_address`, `primary_smtp_address` or `principal_name`.
    #[schema(required = false, example = "smtp_address")]
    impersonate_by: String,
    /// The version asked for first: `exchange2016`, `exchange2013_sp1`, `exchange2013` or
    /// `exchange2010_sp2`.
    #[schema(required = false, example = "exchange2016")]
    version: String,
    /// The address of the mailbox; one that the credential may open.
    #[schema(example = "orders@example.com")]
    mailbox: String,
    /// Names of folders divided by `/`; the first may be a distinguished one.
    #[schema(required = false, example = "inbox")]
    folder: String,
    /// Which mail is the first: `now`, `unread`, or from a time on.
    #[schema(required = false, example = "now")]
    start: String,
    /// Seconds between two looks.
    #[schema(required = false, minimum = 1, maximum = 86400, example = 60)]
    interval_s: u64,
    /// What a mail must be like; all of them, at most 50.
    #[schema(required = false)]
    filters: Vec<FilterForm>,
    /// `oldest_first` or `newest_first`.
    #[schema(required = false, example = "oldest_first")]
    order: String,
    /// How many mails are fetched at once.
    #[schema(required = false, minimum = 1, maximum = 100, example = 20)]
    batch: u32,
    /// What is delivered.
    #[schema(required = false)]
    content: ContentForm,
    /// Where to.
    delivery: DeliveryForm,
    /// What is done then.
    #[schema(required = false)]
    afterwards: AfterwardsForm,
    /// What is done where that fails.
    #[schema(required = false)]
    retries: RetriesForm,
}

/// A condition.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of FilterDraft")]
pub(crate) struct FilterForm {
    /// What it looks at: `sender`, `recipient`, `subject`, `has_attachments`, `size`, `importance`,
    /// `category`.
    #[schema(example = "subject")]
    field: String,
    /// How: `contains`, `equals` or `matches` (a regular expression) of texts, `is`, `at_most`,
    /// `at_least`.
    #[schema(example = "contains")]
    test: String,
    /// With what.
    #[schema(example = "order")]
    value: String,
    /// The other way round.
    #[schema(required = false)]
    not: bool,
}

/// What is delivered; sizes in bytes.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    clippy::struct_excessive_bools,
    reason = "documents the JSON form of ContentDraft"
)]
pub(crate) struct ContentForm {
    /// The text and the HTML in the envelope.
    #[schema(required = false)]
    body: bool,
    /// The attachments as files.
    #[schema(required = false)]
    attachments: bool,
    /// Inline ones among them.
    #[schema(required = false)]
    inline: bool,
    /// The mail as MIME.
    #[schema(required = false)]
    mime: bool,
    /// The id by which MAPI programs know it; it takes a request more.
    #[schema(required = false)]
    entry_id: bool,
    /// The largest text or HTML; what is beyond is cut off.
    #[schema(required = false)]
    most_body_bytes: u64,
    /// The largest attachment; a larger one is named but not delivered.
    #[schema(required = false)]
    most_attachment_bytes: u64,
    /// The largest mail that is fetched as MIME; of a larger one the parts are fetched.
    #[schema(required = false)]
    most_mime_bytes: u64,
}

/// Where mails are delivered to.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of DeliveryDraft")]
pub(crate) struct DeliveryForm {
    /// `spool`.
    #[schema(required = false, example = "spool")]
    kind: String,
    /// The name of a spool folder that the configuration declares.
    #[schema(example = "orders")]
    spool: String,
    /// `files` or `maildir`.
    #[schema(required = false, example = "files")]
    layout: String,
}

/// What is done with a delivered mail.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of AfterwardsDraft")]
pub(crate) struct AfterwardsForm {
    /// Mark it as read; its sender gets no receipt.
    #[schema(required = false)]
    mark_read: bool,
    /// Add this category.
    category: Option<String>,
    /// `leave`, `move` or `delete`.
    #[schema(required = false, example = "leave")]
    then: String,
    /// Where it is moved to.
    folder: Option<String>,
    /// Where it is deleted to: `deleted_items`, `recoverable` or `nowhere`.
    delete_to: Option<String>,
}

/// What is done about a mail that can not be delivered.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the JSON form of RetriesDraft")]
pub(crate) struct RetriesForm {
    /// How often it is tried in all.
    #[schema(required = false, minimum = 1, maximum = 100, example = 10)]
    attempts: u32,
    /// The folder that it is moved to when it is given up.
    folder: Option<String>,
}
