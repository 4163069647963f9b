//! `SyncFolderItems`: what has changed in a folder since a sync state.

use grantd_model::Timestamp;

use super::super::soap::CodeFault;
use super::super::xml::{Element, escape};
use super::get_folder::missing;
use crate::mailbox::Change;

/// The most changes of an answer: a facet of the schema.
pub const MOST: u32 = 512;

/// `PidTagSearchKey`: what a mail keeps when it is moved or its categories change.
pub(crate) const SEARCH_KEY: &str = "0x300b";

/// Asks for changes.
#[must_use]
pub fn request(folder: &str, state: Option<&str>, most: u32) -> String {
    let state = state.map_or_else(String::new, |state| {
        format!("<m:SyncState>{}</m:SyncState>", escape(state))
    });
    format!(
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>\
         <t:FieldURI FieldURI=\"item:DateTimeReceived\"/><t:FieldURI FieldURI=\"message:IsRead\"/>\
         <t:FieldURI FieldURI=\"message:InternetMessageId\"/>\
         <t:ExtendedFieldURI PropertyTag=\"{SEARCH_KEY}\" PropertyType=\"Binary\"/>\
         </t:AdditionalProperties></m:ItemShape><m:SyncFolderId>{}</m:SyncFolderId>{state}\
         <m:MaxChangesReturned>{}</m:MaxChangesReturned></m:SyncFolderItems>",
        super::folder_id(folder),
        most.clamp(1, MOST)
    )
}

/// What has changed, the new sync state, and whether that is all.
pub(crate) fn parse(message: &Element) -> Result<(Vec<Change>, String, bool), CodeFault> {
    let state = message
        .text_of("SyncState")
        .map(str::trim)
        .filter(|state| !state.is_empty())
        .ok_or_else(|| missing("sync state"))?;
    let last = super::is_true(message.text_of("IncludesLastItemInRange"));
    let changes = message.child("Changes").map(|it| it.children.as_slice());
    let changes = changes.unwrap_or_default().iter();
    Ok((changes.filter_map(change).collect(), state.to_owned(), last))
}

/// A mail that came or is another one now; what left is of no interest, nor is what was read.
fn change(change: &Element) -> Option<Change> {
    let updated = match change.name.as_str() {
        "Create" => false,
        "Update" => true,
        _ => return None,
    };
    let item = change.children.first()?;
    let (id, _) = super::id_of(item)?;
    Some(Change {
        item: id,
        updated,
        received_at: received(item),
        is_read: super::is_true(item.text_of("IsRead")),
        lasting_id: search_key(item),
        message_id: item.text_of("InternetMessageId").map(str::to_owned),
    })
}

/// When the item was received.
pub(crate) fn received(item: &Element) -> Option<Timestamp> {
    item.text_of("DateTimeReceived").and_then(super::time)
}

/// Its search key.
pub(crate) fn search_key(item: &Element) -> Option<Vec<u8>> {
    let mut properties = item
        .children
        .iter()
        .filter(|it| it.name == "ExtendedProperty");
    let found = properties.find(|property| {
        let uri = property.child("ExtendedFieldURI");
        let tag = uri.and_then(|uri| uri.attribute("PropertyTag"));
        tag.is_some_and(is_search_key)
    })?;
    let value = found.text_of("Value")?.trim();
    let bytes = data_encoding::BASE64.decode(value.as_bytes()).ok()?;
    // one of zeroes is none
    bytes.iter().any(|byte| *byte != 0).then_some(bytes)
}

/// The tag in either of the ways in which Exchange writes it.
fn is_search_key(tag: &str) -> bool {
    let digits = tag.trim_start_matches("0x").trim_start_matches("0X");
    u32::from_str_radix(digits, 16) == Ok(0x300b)
}
