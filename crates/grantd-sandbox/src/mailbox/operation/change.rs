//! `UpdateItem`, `MoveItem` and `DeleteItem`.

use data_encoding::BASE64;

use super::super::answer::{Answer, Extra};
use super::super::item::Item;
use super::super::store::{Event, Kind, Mailbox};
use super::super::xml::{Node, escape, is_true};
use super::folders::resolve;
use super::list;
use super::shape::change_key;

/// What can be changed.
const FIELDS: [&str; 2] = ["message:IsRead", "item:Categories"];

fn field(update: &Node) -> Option<&str> {
    let uri = update.child("FieldURI")?;
    uri.attribute("FieldURI")
}

/// Whether a change key is of no earlier state of the item.
fn key_is_foreign(key: &str, item: &Item) -> bool {
    let bytes = BASE64.decode(key.as_bytes()).ok();
    let bytes = bytes.and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
    bytes.is_none_or(|bytes| u64::from_be_bytes(bytes) > item.change_key)
}

pub(crate) fn update(mailbox: &mut Mailbox, request: &Node, answer: &mut Answer) {
    // the two others take what was changed before for resolved
    let refuses_all = request.attribute("ConflictResolution") != Some("AutoResolve")
        && request.attribute("ConflictResolution") != Some("AlwaysOverwrite");
    for change in list(request, "ItemChanges") {
        let id = change.child("ItemId");
        let wanted = id.and_then(|it| it.attribute("Id")).unwrap_or_default();
        let Some((item, log)) = mailbox.item(wanted) else {
            answer.error("UpdateItem", "ErrorItemNotFound", &Extra::default());
            continue;
        };
        let key = id.and_then(|it| it.attribute("ChangeKey"));
        let Some(key) = key else {
            answer.error("UpdateItem", "ErrorChangeKeyRequired", &Extra::default());
            continue;
        };
        if key != change_key(item) && (refuses_all || key_is_foreign(key, item)) {
            answer.error("UpdateItem", "ErrorIrresolvableConflict", &Extra::default());
            continue;
        }
        let fields = list(change, "Updates").iter().map(|it| field(it));
        if !fields
            .clone()
            .all(|it| FIELDS.contains(&it.unwrap_or_default()))
        {
            answer.error("UpdateItem", "ErrorInvalidPropertySet", &Extra::default());
            continue;
        }
        let mut kind = Kind::ReadFlag;
        for update in list(change, "Updates") {
            let message = update.child("Message");
            match field(update) {
                Some("message:IsRead") => {
                    let text = message.and_then(|it| it.text_of("IsRead"));
                    item.is_read = is_true(text);
                }
                Some("item:Categories") => {
                    kind = Kind::Updated;
                    let names = message.and_then(|it| it.child("Categories"));
                    item.categories = names
                        .map(|it| it.children.iter().map(|it| it.text.clone()).collect())
                        .unwrap_or_default();
                }
                _ => kind = Kind::Updated,
            }
        }
        item.change_key += 1;
        log.push(Event {
            item: item.id.clone(),
            kind,
        });
        answer.begin("UpdateItem");
        answer.text(&format!(
            "<m:Items><t:Message><t:ItemId Id=\"{}\" ChangeKey=\"{}\"/></t:Message></m:Items>\
             <m:ConflictResults><t:Count>0</t:Count></m:ConflictResults>",
            escape(&item.id),
            change_key(item)
        ));
        answer.end("UpdateItem");
    }
}

pub(crate) fn move_items(
    mailbox: &mut Mailbox,
    request: &Node,
    answer: &mut Answer,
    new_id: &dyn Fn() -> String,
) {
    let target = request
        .child("ToFolderId")
        .and_then(|it| it.children.first());
    let target = target
        .and_then(|id| resolve(mailbox, id))
        .map(|it| it.id.clone());
    for id in list(request, "ItemIds") {
        let Some(target) = &target else {
            answer.error("MoveItem", "ErrorToFolderNotFound", &Extra::default());
            continue;
        };
        let id = id.attribute("Id").unwrap_or_default();
        move_one(mailbox, id, target, new_id(), "MoveItem", answer);
    }
}

fn move_one(
    mailbox: &mut Mailbox,
    id: &str,
    target: &str,
    new_id: String,
    operation: &str,
    answer: &mut Answer,
) {
    let Some(item) = mailbox.take(id) else {
        answer.error(operation, "ErrorItemNotFound", &Extra::default());
        return;
    };
    let Some(folder) = mailbox.folder(target) else {
        return;
    };
    let moved = folder.put(item, new_id);
    answer.begin(operation);
    if operation == "MoveItem" {
        answer.text(&format!(
            "<m:Items><t:Message><t:ItemId Id=\"{}\" ChangeKey=\"{}\"/></t:Message></m:Items>",
            escape(&moved.id),
            change_key(moved)
        ));
    }
    answer.end(operation);
}

pub(crate) fn delete(
    mailbox: &mut Mailbox,
    request: &Node,
    answer: &mut Answer,
    new_id: &dyn Fn() -> String,
) {
    let target = match request.attribute("DeleteType") {
        Some("MoveToDeletedItems") => Some("deleteditems"),
        Some("SoftDelete") => Some("recoverableitemsdeletions"),
        _ => None,
    };
    let target = target
        .and_then(|name| mailbox.well_known(name))
        .map(|it| it.id.clone());
    for id in list(request, "ItemIds") {
        let id = id.attribute("Id").unwrap_or_default();
        match &target {
            Some(target) => move_one(mailbox, id, target, new_id(), "DeleteItem", answer),
            None if mailbox.take(id).is_some() => {
                answer.begin("DeleteItem");
                answer.end("DeleteItem");
            }
            None => answer.error("DeleteItem", "ErrorItemNotFound", &Extra::default()),
        }
    }
}
