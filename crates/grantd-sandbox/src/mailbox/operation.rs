//! The operations: what each answers.

pub(crate) mod attachments;
pub(crate) mod change;
pub(crate) mod folders;
pub(crate) mod items;
mod restriction;
pub(crate) mod shape;
pub(crate) mod sync;

use data_encoding::{BASE64, HEXUPPER};

use super::answer::{Answer, Extra};
use super::xml::{Node, escape};

/// The name of the list of things that are asked for.
pub(crate) fn list_name(operation: &str) -> Option<&'static str> {
    match operation {
        "GetItem" | "MoveItem" | "DeleteItem" => Some("ItemIds"),
        "UpdateItem" => Some("ItemChanges"),
        "GetFolder" => Some("FolderIds"),
        "GetAttachment" => Some("AttachmentIds"),
        "ConvertId" => Some("SourceIds"),
        _ => None,
    }
}

/// How many messages an answer has: one for each thing that is asked for.
pub(crate) fn asked_for(envelope: &Node, operation: &str) -> usize {
    let list = list_name(operation).and_then(|name| envelope.find(name));
    list.map_or(1, |it| it.children.len())
}

/// The id of a thing that is asked for.
pub(crate) fn id_of(thing: &Node) -> Option<&str> {
    let id = thing.child("ItemId").unwrap_or(thing);
    id.attribute("Id")
}

/// `ConvertId`: between the form of EWS and hexadecimal.
pub(crate) fn convert(request: &Node, answer: &mut Answer) {
    let format = request.attribute("DestinationFormat").unwrap_or_default();
    let ids = request.child("SourceIds");
    for id in ids.map(|it| it.children.as_slice()).unwrap_or_default() {
        let text = id.attribute("Id").unwrap_or_default().as_bytes();
        let bytes = match id.attribute("Format") {
            Some("HexEntryId") => HEXUPPER.decode(text).ok(),
            _ => BASE64.decode(text).ok(),
        };
        let converted = bytes.and_then(|bytes| match format {
            "HexEntryId" => Some(HEXUPPER.encode(&bytes)),
            "EwsId" => Some(BASE64.encode(&bytes)),
            _ => None,
        });
        match converted {
            Some(converted) => {
                answer.begin("ConvertId");
                answer.text(&format!(
                    "<m:AlternateId xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
                     xsi:type=\"t:AlternateIdType\" Format=\"{format}\" Id=\"{}\" Mailbox=\"{}\"/>",
                    escape(&converted),
                    escape(id.attribute("Mailbox").unwrap_or_default())
                ));
                answer.end("ConvertId");
            }
            None => answer.error("ConvertId", "ErrorInvalidIdMalformed", &Extra::default()),
        }
    }
}

/// The children of the request's list of this name.
pub(crate) fn list<'a>(request: &'a Node, name: &str) -> &'a [Node] {
    request
        .child(name)
        .map(|it| it.children.as_slice())
        .unwrap_or_default()
}
