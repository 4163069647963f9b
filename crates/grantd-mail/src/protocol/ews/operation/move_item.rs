//! `MoveItem`: items into another folder, where they have other ids.

use super::super::xml::Element;

/// Asks for it.
#[must_use]
pub fn request(items: &[String], folder: &str) -> String {
    format!(
        "<m:MoveItem><m:ToFolderId>{}</m:ToFolderId><m:ItemIds>{}</m:ItemIds>\
         <m:ReturnNewItemIds>true</m:ReturnNewItemIds></m:MoveItem>",
        super::folder_id(folder),
        super::item_ids(items)
    )
}

/// The id that it has there.
pub(crate) fn parse(message: &Element) -> Option<String> {
    let item = message.child("Items")?.children.first()?;
    Some(super::id_of(item)?.0)
}
