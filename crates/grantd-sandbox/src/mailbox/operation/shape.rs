//! What of an item is answered, in the order of the schema.

use std::fmt::Write as _;
use std::sync::Arc;

use data_encoding::BASE64;

use super::super::answer::{Answer, Piece};
use super::super::item::{Item, Person};
use super::super::xml::{Node, escape, is_true};

/// What is asked for.
#[expect(clippy::struct_excessive_bools, reason = "each is asked for alone")]
pub(crate) struct Shape {
    everything: bool,
    usual: bool,
    pub(crate) mime: bool,
    html: bool,
    text: bool,
    fields: Vec<String>,
    search_key: bool,
}

impl Shape {
    pub(crate) fn read(request: &Node) -> Self {
        let shape = request
            .child("ItemShape")
            .or_else(|| request.child("AttachmentShape"));
        let text = |name: &str| shape.and_then(|it| it.text_of(name));
        let properties = shape.and_then(|it| it.child("AdditionalProperties"));
        let fields = properties.map(|it| {
            let uris = it.all("FieldURI");
            uris.filter_map(|uri| uri.attribute("FieldURI").map(str::to_owned))
                .collect()
        });
        let search_key = properties.is_some_and(|it| {
            it.all("ExtendedFieldURI").any(|uri| {
                let tag = uri.attribute("PropertyTag").unwrap_or_default();
                matches!(
                    tag.to_lowercase().trim_start_matches("0x"),
                    "300b" | "12299"
                )
            })
        });
        let fields: Vec<String> = fields.unwrap_or_default();
        Self {
            everything: text("BaseShape") == Some("AllProperties"),
            usual: text("BaseShape") == Some("Default"),
            mime: is_true(text("IncludeMimeContent"))
                || fields.iter().any(|it| it == "item:MimeContent"),
            html: text("BodyType") == Some("HTML"),
            text: text("BodyType") == Some("Text"),
            fields,
            search_key,
        }
    }

    /// The shape of attached items; with their MIME where nothing is said.
    pub(crate) fn of_attached(request: &Node) -> Self {
        let mut shape = Self::read(request);
        shape.usual = true;
        shape.mime |= request.child("AttachmentShape").is_none();
        shape
    }

    fn has(&self, field: &str) -> bool {
        self.everything || self.fields.iter().any(|it| it == field)
    }

    /// Writes an item; `body` says whether bodies and attachments may stand there.
    pub(crate) fn write(&self, item: &Item, parent: &str, body: bool, answer: &mut Answer) {
        answer.text("<t:Message>");
        if self.mime && body {
            answer.text("<t:MimeContent CharacterSet=\"UTF-8\">");
            answer.piece(Piece::Mime(Arc::clone(&item.mail)));
            answer.text("</t:MimeContent>");
        }
        let mut writer = Writer {
            shape: self,
            item,
            body,
            text: String::new(),
        };
        writer.beginning(parent);
        writer.content();
        writer.facts();
        writer.dates_and_names();
        writer.people();
        answer.text(&writer.text);
        answer.text("</t:Message>");
    }
}

/// Writes the members of an item one after the other, in the order of the schema.
struct Writer<'a> {
    shape: &'a Shape,
    item: &'a Item,
    body: bool,
    text: String,
}

impl Writer<'_> {
    /// An element, if it is asked for; `usual` is in the `Default` shape too.
    fn element(&mut self, field: &str, usual: bool, name: &str, value: &str) {
        if self.shape.has(field) || (usual && self.shape.usual) {
            _ = write!(self.text, "<t:{name}>{value}</t:{name}>");
        }
    }

    fn beginning(&mut self, parent: &str) {
        let mail = &self.item.mail;
        // an attached item has no id of its own
        if !self.item.id.is_empty() {
            _ = write!(
                self.text,
                "<t:ItemId Id=\"{}\" ChangeKey=\"{}\"/>",
                escape(&self.item.id),
                change_key(self.item)
            );
        }
        if self.shape.has("item:ParentFolderId") {
            _ = write!(self.text, "<t:ParentFolderId Id=\"{}\"/>", escape(parent));
        }
        self.element("item:ItemClass", false, "ItemClass", mail.class);
        self.element("item:Subject", true, "Subject", &escape(&mail.subject));
        self.element("item:Sensitivity", true, "Sensitivity", "Normal");
    }

    fn content(&mut self) {
        let mail = &self.item.mail;
        if self.shape.has("item:Body") && self.body {
            let (kind, value) = match (&mail.html, &mail.text) {
                (Some(html), _) if !self.shape.text => ("HTML", html.clone()),
                (_, Some(plain)) if !self.shape.html => ("Text", plain.clone()),
                (Some(html), None) => ("Text", html.clone()),
                (_, Some(plain)) => ("HTML", format!("<pre>{}</pre>", escape(plain))),
                (None, None) => ("Text", String::new()),
            };
            _ = write!(
                self.text,
                "<t:Body BodyType=\"{kind}\">{}</t:Body>",
                escape(&value)
            );
        }
        if self.shape.has("item:Attachments") && self.body && !mail.attachments.is_empty() {
            self.text.push_str("<t:Attachments>");
            for number in 0..mail.attachments.len() {
                self.text.push_str(&attachment(self.item, number, false));
            }
            self.text.push_str("</t:Attachments>");
        }
    }

    fn facts(&mut self) {
        let (item, mail) = (self.item, &self.item.mail);
        let received = whole_seconds(item.received_at);
        self.element(
            "item:DateTimeReceived",
            false,
            "DateTimeReceived",
            &received,
        );
        self.element("item:Size", true, "Size", &mail.mime.len().to_string());
        if !item.categories.is_empty() {
            let mut names = String::new();
            for name in &item.categories {
                _ = write!(names, "<t:String>{}</t:String>", escape(name));
            }
            self.element("item:Categories", false, "Categories", &names);
        }
        self.element("item:Importance", false, "Importance", mail.importance);
        self.element("item:IsDraft", false, "IsDraft", "false");
        if self.shape.has("item:InternetMessageHeaders") && self.body && !mail.headers.is_empty() {
            self.text.push_str("<t:InternetMessageHeaders>");
            for (name, value) in &mail.headers {
                _ = write!(
                    self.text,
                    "<t:InternetMessageHeader HeaderName=\"{}\">{}</t:InternetMessageHeader>",
                    escape(name),
                    escape(value)
                );
            }
            self.text.push_str("</t:InternetMessageHeaders>");
        }
    }

    fn dates_and_names(&mut self) {
        let (item, mail) = (self.item, &self.item.mail);
        if let Some(sent) = mail.sent_at {
            self.element(
                "item:DateTimeSent",
                true,
                "DateTimeSent",
                &whole_seconds(sent),
            );
        }
        let created = whole_seconds(item.received_at);
        self.element("item:DateTimeCreated", true, "DateTimeCreated", &created);
        self.element("item:DisplayCc", false, "DisplayCc", &names(&mail.cc));
        self.element("item:DisplayTo", false, "DisplayTo", &names(&mail.to));
        let has = mail.has_attachments().to_string();
        self.element("item:HasAttachments", true, "HasAttachments", &has);
        if self.shape.search_key
            && let Some(search_key) = &item.search_key
        {
            _ = write!(
                self.text,
                "<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag=\"0x300b\" PropertyType=\"Binary\"/>\
                 <t:Value>{}</t:Value></t:ExtendedProperty>",
                BASE64.encode(search_key)
            );
        }
        if self.shape.has("item:TextBody") && self.body {
            let text = mail.text.as_ref().or(mail.html.as_ref());
            _ = write!(
                self.text,
                "<t:TextBody BodyType=\"Text\">{}</t:TextBody>",
                escape(text.map_or("", String::as_str))
            );
        }
    }

    /// Recipients are told by `GetItem` alone.
    fn people(&mut self) {
        let (item, mail) = (self.item, &self.item.mail);
        if let Some(from) = &mail.from {
            self.element("message:Sender", false, "Sender", &person(from));
        }
        if self.body && !mail.to.is_empty() {
            let to = people(&mail.to);
            self.element("message:ToRecipients", false, "ToRecipients", &to);
        }
        if self.body && !mail.cc.is_empty() {
            let cc = people(&mail.cc);
            self.element("message:CcRecipients", false, "CcRecipients", &cc);
        }
        if let Some(from) = &mail.from {
            self.element("message:From", true, "From", &person(from));
        }
        if let Some(id) = &mail.message_id {
            let id = escape(id);
            self.element("message:InternetMessageId", false, "InternetMessageId", &id);
        }
        self.element("message:IsRead", true, "IsRead", &item.is_read.to_string());
        if self.body && !mail.reply_to.is_empty() {
            let people = people(&mail.reply_to);
            self.element("message:ReplyTo", false, "ReplyTo", &people);
        }
    }
}

/// The change key of an item.
pub(crate) fn change_key(item: &Item) -> String {
    BASE64.encode(&item.change_key.to_be_bytes())
}

/// The id of an attachment.
pub(crate) fn attachment_id(item: &Item, number: usize) -> String {
    BASE64.encode(format!("{number}:{}", item.id).as_bytes())
}

/// An attachment as it stands in a list; `open` leaves its element open for the content.
pub(crate) fn attachment(item: &Item, number: usize, open: bool) -> String {
    let Some(attached) = item.mail.attachments.get(number) else {
        return String::new();
    };
    let name = if attached.is_message {
        "ItemAttachment"
    } else {
        "FileAttachment"
    };
    let content_id = attached.content_id.as_ref().map_or_else(String::new, |id| {
        format!("<t:ContentId>{}</t:ContentId>", escape(id))
    });
    let end = if open {
        String::new()
    } else {
        format!("</t:{name}>")
    };
    format!(
        "<t:{name}><t:AttachmentId Id=\"{}\"/><t:Name>{}</t:Name><t:ContentType>{}</t:ContentType>\
         {content_id}<t:Size>{}</t:Size><t:IsInline>{}</t:IsInline>{end}",
        escape(&attachment_id(item, number)),
        escape(&attached.name),
        escape(&attached.content_type),
        attached.content.len(),
        attached.inline
    )
}

pub(crate) fn whole_seconds(time: grantd_model::Timestamp) -> String {
    grantd_model::Timestamp::from_seconds(time.as_seconds()).to_string()
}

fn person((name, address): &Person) -> String {
    format!(
        "<t:Mailbox><t:Name>{}</t:Name><t:EmailAddress>{}</t:EmailAddress>\
         <t:RoutingType>SMTP</t:RoutingType></t:Mailbox>",
        escape(name),
        escape(address)
    )
}

fn people(list: &[Person]) -> String {
    list.iter().map(person).collect()
}

fn names(list: &[Person]) -> String {
    let names: Vec<String> = list.iter().map(|(name, _)| escape(name)).collect();
    names.join("; ")
}
