//! `GetAttachment`.

use std::sync::Arc;

use data_encoding::BASE64;

use super::super::answer::{Answer, Extra, Piece};
use super::super::store::Mailbox;
use super::super::xml::Node;
use super::list;
use super::shape::attachment;

pub(crate) fn get(mailbox: &mut Mailbox, request: &Node, answer: &mut Answer) {
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
        let content = Piece::Attachment(Arc::clone(&item.mail), number);
        answer.begin("GetAttachment");
        answer.text("<m:Attachments>");
        answer.text(&attachment(item, number, true));
        if attached.is_message {
            answer.text("<t:Message><t:MimeContent CharacterSet=\"UTF-8\">");
            answer.piece(content);
            answer.text("</t:MimeContent></t:Message></t:ItemAttachment>");
        } else {
            answer.text("<t:Content>");
            answer.piece(content);
            answer.text("</t:Content></t:FileAttachment>");
        }
        answer.text("</m:Attachments>");
        answer.end("GetAttachment");
    }
}
