//! `MoveItem`: an item into another folder, where it has another id.

use super::super::xml::Element;

/// Asks for it.
#[must_use]
pub fn request(item: &str, folder: &str) -> String {
    format!(
        "<m:MoveItem><m:ToFolderId>{}</m:ToFolderId><m:ItemIds>{}</m:ItemIds>\
         <m:ReturnNewItemIds>true</m:ReturnNewItemIds></m:MoveItem>",
        super::folder_id(folder),
        super::item_id(item, None)
    )
}

/// The id that it has there.
pub(crate) fn parse(message: &Element) -> Option<String> {
    let item = message.child("Items")?.children.first()?;
    Some(super::id_of(item)?.0)
}
