//! `GetAttachment`.

use std::sync::Arc;

use data_encoding::BASE64;

use super::super::answer::{Answer, Extra, Piece};
use super::super::item::{Item, Mail};
use super::super::store::Mailbox;
use super::super::xml::Node;
use super::list;
use super::shape::{Shape, attachment};

pub(crate) fn get(mailbox: &mut Mailbox, request: &Node, answer: &mut Answer) {
    let shape = Shape::of_attached(request);
    for id in list(request, "AttachmentIds") {
        let id = id.attribute("Id").unwrap_or_default();
        let decoded = BASE64.decode(id.as_bytes()).ok();
        let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
        let parts = decoded.as_deref().and_then(|it| it.split_once(':'));
        let number = parts.and_then(|(number, _)| number.parse::<usize>().ok());
        let item = parts.and_then(|(_, item)| mailbox.item(item));
        let (Some(number), Some((item, _))) = (number, item) else {
            answer.error("GetAttachment", "ErrorItemNotFound", &Extra::default());
            continue;
        };
        let Some(attached) = item.mail.attachments.get(number) else {
            answer.error("GetAttachment", "ErrorItemNotFound", &Extra::default());
            continue;
        };
        answer.begin("GetAttachment");
        answer.text("<m:Attachments>");
        answer.text(&attachment(item, number, true));
        if attached.is_message {
            let inner = Item {
                id: String::new(),
                mail: Arc::new(Mail::read(attached.content.clone())),
                ..item.clone()
            };
            shape.write(&inner, "", true, answer);
            answer.text("</t:ItemAttachment>");
        } else {
            answer.text("<t:Content>");
            answer.piece(Piece::Attachment(Arc::clone(&item.mail), number));
            answer.text("</t:Content></t:FileAttachment>");
        }
        answer.text("</m:Attachments>");
        answer.end("GetAttachment");
    }
}
