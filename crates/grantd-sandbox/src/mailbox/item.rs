//! A mail as the server knows it, read from its MIME once.

use std::sync::Arc;

use grantd_model::Timestamp;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Address, Encoding, MessageParser, MimeHeaders, PartType};

/// Name and address.
pub(crate) type Person = (String, String);

/// A mail.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) change_key: u64,
    /// What it keeps when it is moved.
    /// Absent where the server has none.
    pub(crate) search_key: Option<[u8; 16]>,
    pub(crate) received_at: Timestamp,
    pub(crate) is_read: bool,
    pub(crate) categories: Vec<String>,
    pub(crate) mail: Arc<Mail>,
}

/// What a mail says.
#[derive(Debug)]
pub(crate) struct Mail {
    pub(crate) mime: Vec<u8>,
    pub(crate) class: &'static str,
    pub(crate) subject: String,
    pub(crate) from: Option<Person>,
    pub(crate) to: Vec<Person>,
    pub(crate) cc: Vec<Person>,
    pub(crate) reply_to: Vec<Person>,
    pub(crate) message_id: Option<String>,
    pub(crate) sent_at: Option<Timestamp>,
    pub(crate) importance: &'static str,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: Option<String>,
    pub(crate) html: Option<String>,
    pub(crate) attachments: Vec<Attached>,
}

/// An attachment of a mail.
#[derive(Debug)]
pub(crate) struct Attached {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) content_id: Option<String>,
    pub(crate) inline: bool,
    pub(crate) is_message: bool,
    pub(crate) content: Vec<u8>,
}

impl Mail {
    /// Reads a mail.
    pub(crate) fn read(mime: Vec<u8>) -> Self {
        let parsed = MessageParser::default().parse(&mime);
        let mut mail = Self {
            class: "IPM.Note",
            subject: String::new(),
            from: None,
            to: Vec::new(),
            cc: Vec::new(),
            reply_to: Vec::new(),
            message_id: None,
            sent_at: None,
            importance: "Normal",
            headers: Vec::new(),
            text: None,
            html: None,
            attachments: Vec::new(),
            mime: Vec::new(),
        };
        if let Some(message) = &parsed {
            mail.subject = message.subject().unwrap_or_default().to_owned();
            mail.from = people(message.from()).into_iter().next();
            mail.to = people(message.to());
            mail.cc = people(message.cc());
            mail.reply_to = people(message.reply_to());
            mail.message_id = message.message_id().map(|id| format!("<{id}>"));
            let date = message.date().map(mail_parser::DateTime::to_timestamp);
            mail.sent_at = date.map(Timestamp::from_seconds);
            for (name, value) in message.headers_raw() {
                let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
                mail.headers.push((name.to_owned(), value));
            }
            mail.importance = importance(&mail.headers);
            mail.class = class(&mail.headers);
            mail.text = message.text_bodies().find_map(|part| match &part.body {
                PartType::Text(text) => Some(text.to_string()),
                _ => None,
            });
            mail.html = message.html_bodies().find_map(|part| match &part.body {
                PartType::Html(html) => Some(html.to_string()),
                _ => None,
            });
            mail.attachments = message
                .attachments()
                .map(|part| attached(&mime, part))
                .collect();
        }
        drop(parsed);
        mail.mime = mime;
        mail
    }

    /// Whether it has attachments that are not inline.
    pub(crate) fn has_attachments(&self) -> bool {
        self.attachments.iter().any(|it| !it.inline)
    }
}

/// A part as it is in the mail.
fn raw<'a>(mime: &'a [u8], part: &mail_parser::MessagePart<'_>) -> &'a [u8] {
    let place = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
    let range = place(part.raw_body_offset())..place(part.raw_end_offset());
    mime.get(range).unwrap_or_default()
}

fn attached(mime: &[u8], part: &mail_parser::MessagePart<'_>) -> Attached {
    let content_type = part.content_type().map_or_else(
        || "application/octet-stream".to_owned(),
        |it| format!("{}/{}", it.ctype(), it.subtype().unwrap_or("octet-stream")),
    );
    let message = part.message();
    let name = part
        .attachment_name()
        .map(str::to_owned)
        .or_else(|| message.and_then(|it| it.subject()).map(str::to_owned));
    let disposition = part.content_disposition();
    let content = match message {
        Some(message) => message.raw_message().to_vec(),
        // as it was sent: the parser would put text into UTF-8
        None => match (&part.body, part.encoding) {
            (PartType::Text(_) | PartType::Html(_), Encoding::Base64) => {
                base64_decode(raw(mime, part)).unwrap_or_default()
            }
            (PartType::Text(_) | PartType::Html(_), Encoding::QuotedPrintable) => {
                quoted_printable_decode(raw(mime, part)).unwrap_or_default()
            }
            (PartType::Text(_) | PartType::Html(_), Encoding::None) => raw(mime, part).to_vec(),
            _ => part.contents().to_vec(),
        },
    };
    Attached {
        name: name.unwrap_or_else(|| "attachment".to_owned()),
        content_type,
        content_id: part.content_id().map(str::to_owned),
        inline: disposition.is_some_and(mail_parser::ContentType::is_inline)
            && part.content_id().is_some(),
        is_message: message.is_some(),
        content,
    }
}

fn people(address: Option<&Address<'_>>) -> Vec<Person> {
    let Some(address) = address else {
        return Vec::new();
    };
    let one = |it: &mail_parser::Addr<'_>| {
        let address = it.address.as_deref().unwrap_or_default().to_owned();
        let name = it.name.as_deref().unwrap_or(&address).to_owned();
        (name, address)
    };
    address.iter().map(one).collect()
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

fn importance(headers: &[(String, String)]) -> &'static str {
    let value = header(headers, "importance").or_else(|| header(headers, "x-priority"));
    match value.map(str::to_lowercase).as_deref() {
        Some(value) if value.starts_with("high") || value.starts_with(['1', '2']) => "High",
        Some(value) if value.starts_with("low") || value.starts_with(['4', '5']) => "Low",
        _ => "Normal",
    }
}

fn class(headers: &[(String, String)]) -> &'static str {
    let kind = header(headers, "content-type")
        .unwrap_or_default()
        .to_lowercase();
    if kind.starts_with("multipart/report") && kind.contains("delivery-status") {
        "REPORT.IPM.Note.NDR"
    } else if kind.starts_with("multipart/signed") {
        "IPM.Note.SMIME.MultipartSigned"
    } else if kind.contains("pkcs7-mime") {
        "IPM.Note.SMIME"
    } else {
        "IPM.Note"
    }
}
