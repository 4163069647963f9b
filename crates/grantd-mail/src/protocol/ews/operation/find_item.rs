//! `FindItem`: the newest items of a folder.

use super::super::xml::Element;

/// Asks for the newest items, at most so many.
#[must_use]
pub fn newest(folder: &str, most: u32) -> String {
    format!(
        "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>\
         <m:IndexedPageItemView MaxEntriesReturned=\"{most}\" Offset=\"0\" BasePoint=\"Beginning\"/>\
         <m:SortOrder><t:FieldOrder Order=\"Descending\">\
         <t:FieldURI FieldURI=\"item:DateTimeReceived\"/></t:FieldOrder></m:SortOrder>\
         <m:ParentFolderIds>{}</m:ParentFolderIds></m:FindItem>",
        super::folder_id(folder)
    )
}

/// The ids of an answer, in its order.
pub(crate) fn parse(message: &Element) -> Vec<String> {
    let items = message
        .below(&["RootFolder", "Items"])
        .map(|items| items.children.as_slice());
    let items = items.unwrap_or_default().iter();
    items
        .filter_map(|item| Some(super::id_of(item)?.0))
        .collect()
}
