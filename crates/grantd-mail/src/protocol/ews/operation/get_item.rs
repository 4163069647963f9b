//! `GetItem`: what a mail is, its parts, or the mail as MIME.

use std::fmt::Write;

use grantd_model::listener::{Importance, MailFacts};

use super::super::soap::CodeFault;
use super::super::xml::Element;
use super::get_folder::missing;
use super::sync_folder_items::{SEARCH_KEY, received, search_key};
use crate::mailbox::{PartAttachment, Parts, Summary};

/// What describes a mail.
const SUMMARY: [&str; 14] = [
    "item:ItemClass",
    "item:Subject",
    "item:DateTimeReceived",
    "item:Size",
    "item:Categories",
    "item:Importance",
    "item:DateTimeSent",
    "item:HasAttachments",
    "item:DisplayTo",
    "message:From",
    "message:Sender",
    "message:InternetMessageId",
    "message:IsRead",
    "item:DisplayCc",
];

/// What the recipients of a mail are read from; only `GetItem` knows them.
const RECIPIENTS: [&str; 2] = ["message:ToRecipients", "message:CcRecipients"];

/// What the parts of a mail are.
const PARTS: [&str; 7] = [
    "item:Body",
    "item:Attachments",
    "item:InternetMessageHeaders",
    "message:From",
    "message:ToRecipients",
    "message:CcRecipients",
    "message:ReplyTo",
];

/// Elements whose text is the mail itself.
pub const MIME: &[&str] = &["MimeContent"];

/// Asks what mails are.
#[must_use]
pub fn summaries(items: &[String]) -> String {
    let fields = SUMMARY.iter().chain(&RECIPIENTS).copied();
    let search_key =
        format!("<t:ExtendedFieldURI PropertyTag=\"{SEARCH_KEY}\" PropertyType=\"Binary\"/>");
    request(items, "", fields, &search_key)
}

/// Asks for mails as MIME.
#[must_use]
pub fn mime(items: &[String]) -> String {
    let shape = "<t:IncludeMimeContent>true</t:IncludeMimeContent>";
    request(items, shape, std::iter::empty(), "")
}

/// Asks for the parts of a mail, its body in the form that it has, or without body.
#[must_use]
pub fn parts(item: &str, with_body: bool) -> String {
    let fields = PARTS.iter().skip(usize::from(!with_body)).copied();
    request(&[item.to_owned()], "", fields, "")
}

/// Asks for the change key and the categories that a mail has now.
#[must_use]
pub fn change_keys(items: &[String]) -> String {
    request(items, "", ["item:Categories"].into_iter(), "")
}

fn request<'a>(
    items: &[String],
    shape: &str,
    fields: impl Iterator<Item = &'a str>,
    extended: &str,
) -> String {
    let mut properties = String::new();
    for field in fields {
        // writing to a String does not fail
        let _ = write!(properties, "<t:FieldURI FieldURI=\"{field}\"/>");
    }
    properties.push_str(extended);
    if !properties.is_empty() {
        properties = format!("<t:AdditionalProperties>{properties}</t:AdditionalProperties>");
    }
    let ids: String = items.iter().map(|id| super::item_id(id, None)).collect();
    format!(
        "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>{shape}{properties}</m:ItemShape>\
         <m:ItemIds>{ids}</m:ItemIds></m:GetItem>"
    )
}

/// The id of the one item of an answer.
pub(crate) fn id(message: &Element) -> Option<String> {
    Some(super::id_of(item(message).ok()?)?.0)
}

/// The item of an answer.
pub(crate) fn item(message: &Element) -> Result<&Element, CodeFault> {
    let items = message.child("Items");
    items
        .and_then(|items| items.children.first())
        .ok_or_else(|| missing("item"))
}

/// What the mail of an answer is.
pub(crate) fn summary(message: &Element) -> Result<Summary, CodeFault> {
    let item = item(message)?;
    let (id, _) = super::id_of(item).ok_or_else(|| missing("id of the item"))?;
    let text = |name: &str| item.text_of(name).map(str::to_owned);
    let sender = mailbox(item.child("From")).or_else(|| mailbox(item.child("Sender")));
    let mut recipients = Vec::new();
    for list in ["ToRecipients", "CcRecipients"] {
        recipients.extend(mailboxes(item.child(list)).iter().map(shown));
    }
    Ok(Summary {
        item: id,
        lasting_id: search_key(item),
        message_id: text("InternetMessageId").filter(|id| !id.trim().is_empty()),
        received_at: received(item),
        sent_at: item.text_of("DateTimeSent").and_then(super::time),
        is_read: super::is_true(item.text_of("IsRead")),
        class: text("ItemClass"),
        facts: MailFacts {
            sender: sender.as_ref().map(shown).unwrap_or_default(),
            recipients,
            subject: text("Subject").unwrap_or_default(),
            has_attachments: super::is_true(item.text_of("HasAttachments")),
            size: item
                .text_of("Size")
                .and_then(|it| it.trim().parse().ok())
                .unwrap_or_default(),
            importance: item
                .text_of("Importance")
                .and_then(Importance::from_name)
                .unwrap_or_default(),
            categories: categories(item),
        },
    })
}

/// The change key of the mail of an answer, and its categories.
pub(crate) fn key_and_categories(message: &Element) -> Result<(String, Vec<String>), CodeFault> {
    let item = item(message)?;
    let key = super::id_of(item).and_then(|(_, key)| key);
    Ok((key.unwrap_or_default(), categories(item)))
}

fn categories(item: &Element) -> Vec<String> {
    let names = item.child("Categories").map(|it| it.children.as_slice());
    let names = names.unwrap_or_default().iter();
    names.map(|name| name.text.clone()).collect()
}

/// The parts of the mail of an answer, and the ids of its attachments, in the same order.
pub(crate) fn read_parts(message: &Element) -> Result<(Parts, Vec<Option<String>>), CodeFault> {
    let item = item(message)?;
    let body = item.child("Body");
    let (mut text, mut html) = (None, None);
    if let Some(body) = body {
        match body.attribute("BodyType") {
            Some("HTML") => html = Some(body.text.clone()),
            _ => text = Some(body.text.clone()),
        }
    }
    let headers = item.child("InternetMessageHeaders");
    let headers = headers.map(|it| it.children.as_slice()).unwrap_or_default();
    let list = item.child("Attachments").map(|it| it.children.as_slice());
    let mut ids = Vec::new();
    let mut attachments = Vec::new();
    for element in list.unwrap_or_default() {
        let (attachment, id) = attachment(element);
        attachments.push(attachment);
        ids.push(id);
    }
    let parts = Parts {
        text,
        html,
        from: mailbox(item.child("From")),
        to: mailboxes(item.child("ToRecipients")),
        cc: mailboxes(item.child("CcRecipients")),
        reply_to: mailboxes(item.child("ReplyTo")),
        headers: headers
            .iter()
            .filter_map(|it| Some((it.attribute("HeaderName")?.to_owned(), it.text.clone())))
            .collect(),
        attachments,
        ..Parts::default()
    };
    Ok((parts, ids))
}

fn attachment(element: &Element) -> (PartAttachment, Option<String>) {
    let text = |name: &str| {
        let text = element.text_of(name).map(str::trim);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let id = element.child("AttachmentId");
    let id = id.and_then(|id| id.attribute("Id")).map(str::to_owned);
    let is_reference = element.name == "ReferenceAttachment";
    let attachment = PartAttachment {
        name: text("Name"),
        content_type: text("ContentType"),
        content_id: text("ContentId"),
        inline: super::is_true(element.text_of("IsInline")),
        is_message: element.name == "ItemAttachment",
        size: element
            .text_of("Size")
            .and_then(|it| it.trim().parse().ok())
            .unwrap_or_default(),
        file: None,
        omitted: is_reference.then_some("reference"),
        url: text("AttachLongPathName"),
    };
    (attachment, id.filter(|_| !is_reference))
}

type Mailbox = (Option<String>, String);

fn mailbox(parent: Option<&Element>) -> Option<Mailbox> {
    read_mailbox(parent?.child("Mailbox")?)
}

fn mailboxes(parent: Option<&Element>) -> Vec<Mailbox> {
    let list = parent.map(|it| it.children.as_slice());
    list.unwrap_or_default()
        .iter()
        .filter_map(read_mailbox)
        .collect()
}

fn read_mailbox(element: &Element) -> Option<Mailbox> {
    let name = element.text_of("Name").map(str::trim);
    let name = name.filter(|name| !name.is_empty()).map(str::to_owned);
    let address = element.text_of("EmailAddress").unwrap_or_default().trim();
    if name.is_none() && address.is_empty() {
        return None;
    }
    Some((name, address.to_owned()))
}

/// A mailbox as filters see it.
fn shown((name, address): &Mailbox) -> String {
    match name {
        Some(name) if name != address => format!("{name} <{address}>"),
        _ => address.clone(),
    }
}
