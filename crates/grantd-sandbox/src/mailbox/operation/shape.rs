//! What of an item is answered, in the order of the schema.

use std::sync::Arc;

use data_encoding::BASE64;

use super::super::answer::{Answer, Piece};
use super::super::item::{Item, Person};
use super::super::xml::{Node, escape};

/// What is asked for.
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
        let shape = request.child("ItemShape");
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
        Self {
            everything: text("BaseShape") == Some("AllProperties"),
            usual: text("BaseShape") == Some("Default"),
            mime: text("IncludeMimeContent") == Some("true"),
            html: text("BodyType") == Some("HTML"),
            text: text("BodyType") == Some("Text"),
            fields: fields.unwrap_or_default(),
            search_key,
        }
    }

    fn has(&self, field: &str) -> bool {
        self.everything || self.fields.iter().any(|it| it == field)
    }

    /// Writes an item; `body` says whether bodies and attachments may stand there.
    pub(crate) fn write(&self, item: &Item, parent: &str, body: bool, answer: &mut Answer) {
        let mail = &item.mail;
        let name = "Message";
        answer.text(&format!("<t:{name}>"));
        if self.mime && body {
            answer.text("<t:MimeContent CharacterSet=\"UTF-8\">");
            answer.piece(Piece::Mime(Arc::clone(mail)));
            answer.text("</t:MimeContent>");
        }
        let mut text = format!(
            "<t:ItemId Id=\"{}\" ChangeKey=\"{}\"/>",
            escape(&item.id),
            change_key(item)
        );
        if self.has("item:ParentFolderId") {
            text.push_str(&format!("<t:ParentFolderId Id=\"{}\"/>", escape(parent)));
        }
        let mut element = |field: &str, usual: bool, name: &str, value: &str| {
            if self.has(field) || (usual && self.usual) {
                text.push_str(&format!("<t:{name}>{value}</t:{name}>"));
            }
        };
        element("item:ItemClass", false, "ItemClass", mail.class);
        element("item:Subject", true, "Subject", &escape(&mail.subject));
        element("item:Sensitivity", true, "Sensitivity", "Normal");
        if self.has("item:Body") && body {
            let (kind, value) = match (&mail.html, &mail.text) {
                (Some(html), _) if !self.text => ("HTML", html.clone()),
                (_, Some(plain)) if !self.html => ("Text", plain.clone()),
                (Some(html), None) => ("Text", html.clone()),
                (_, Some(plain)) => ("HTML", format!("<pre>{}</pre>", escape(plain))),
                (None, None) => ("Text", String::new()),
            };
            text.push_str(&format!(
                "<t:Body BodyType=\"{kind}\">{}</t:Body>",
                escape(&value)
            ));
        }
        if self.has("item:Attachments") && body && !mail.attachments.is_empty() {
            text.push_str("<t:Attachments>");
            for number in 0..mail.attachments.len() {
                text.push_str(&attachment(item, number, false));
            }
            text.push_str("</t:Attachments>");
        }
        let mut element = |field: &str, usual: bool, name: &str, value: &str| {
            if self.has(field) || (usual && self.usual) {
                text.push_str(&format!("<t:{name}>{value}</t:{name}>"));
            }
        };
        let received = whole_seconds(item.received_at);
        element(
            "item:DateTimeReceived",
            false,
            "DateTimeReceived",
            &received,
        );
        element("item:Size", true, "Size", &mail.mime.len().to_string());
        if !item.categories.is_empty() {
            let names: String = item
                .categories
                .iter()
                .map(|it| format!("<t:String>{}</t:String>", escape(it)))
                .collect();
            element("item:Categories", false, "Categories", &names);
        }
        element("item:Importance", false, "Importance", mail.importance);
        element("item:IsDraft", false, "IsDraft", "false");
        if self.has("item:InternetMessageHeaders") && body && !mail.headers.is_empty() {
            text.push_str("<t:InternetMessageHeaders>");
            for (name, value) in &mail.headers {
                text.push_str(&format!(
                    "<t:InternetMessageHeader HeaderName=\"{}\">{}</t:InternetMessageHeader>",
                    escape(name),
                    escape(value)
                ));
            }
            text.push_str("</t:InternetMessageHeaders>");
        }
        let mut element = |field: &str, usual: bool, name: &str, value: &str| {
            if self.has(field) || (usual && self.usual) {
                text.push_str(&format!("<t:{name}>{value}</t:{name}>"));
            }
        };
        if let Some(sent) = mail.sent_at {
            element(
                "item:DateTimeSent",
                true,
                "DateTimeSent",
                &whole_seconds(sent),
            );
        }
        element("item:DateTimeCreated", true, "DateTimeCreated", &received);
        element("item:DisplayCc", false, "DisplayCc", &names(&mail.cc));
        element("item:DisplayTo", false, "DisplayTo", &names(&mail.to));
        let has = mail.has_attachments().to_string();
        element("item:HasAttachments", true, "HasAttachments", &has);
        if self.search_key {
            text.push_str(&format!(
                "<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag=\"0x300b\" PropertyType=\"Binary\"/>\
                 <t:Value>{}</t:Value></t:ExtendedProperty>",
                BASE64.encode(&item.search_key)
            ));
        }
        let mut element = |field: &str, usual: bool, name: &str, value: &str| {
            if self.has(field) || (usual && self.usual) {
                text.push_str(&format!("<t:{name}>{value}</t:{name}>"));
            }
        };
        if let Some(from) = &mail.from {
            element("message:Sender", false, "Sender", &person(from));
        }
        // only `GetItem` knows recipients
        if body {
            if !mail.to.is_empty() {
                element(
                    "message:ToRecipients",
                    false,
                    "ToRecipients",
                    &people(&mail.to),
                );
            }
            if !mail.cc.is_empty() {
                element(
                    "message:CcRecipients",
                    false,
                    "CcRecipients",
                    &people(&mail.cc),
                );
            }
        }
        if let Some(from) = &mail.from {
            element("message:From", true, "From", &person(from));
        }
        if let Some(id) = &mail.message_id {
            element(
                "message:InternetMessageId",
                false,
                "InternetMessageId",
                &escape(id),
            );
        }
        element("message:IsRead", true, "IsRead", &item.is_read.to_string());
        if body && !mail.reply_to.is_empty() {
            element("message:ReplyTo", false, "ReplyTo", &people(&mail.reply_to));
        }
        answer.text(&text);
        answer.text(&format!("</t:{name}>"));
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

fn whole_seconds(time: grantd_model::Timestamp) -> String {
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
