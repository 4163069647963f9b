//! `FindFolder`: the folders right below another one, page by page.

use super::super::xml::Element;
use super::get_folder::{Folder, folder};

/// The most folders of a page.
const MOST: u32 = 500;

/// Asks for the folders below a parent, from a place on; without one, for those beside the inbox.
#[must_use]
pub fn request(parent: &str, offset: u32) -> String {
    format!(
        "<m:FindFolder Traversal=\"Shallow\"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>\
         <t:AdditionalProperties><t:FieldURI FieldURI=\"folder:DisplayName\"/>\
         <t:FieldURI FieldURI=\"folder:TotalCount\"/></t:AdditionalProperties></m:FolderShape>\
         <m:IndexedPageFolderView MaxEntriesReturned=\"{MOST}\" Offset=\"{offset}\" \
         BasePoint=\"Beginning\"/><m:ParentFolderIds>{}</m:ParentFolderIds></m:FindFolder>",
        super::folder_id(parent)
    )
}

/// The folders of an answer, and where the next page begins.
pub(crate) fn parse(message: &Element) -> (Vec<Folder>, Option<u32>) {
    let Some(root) = message.child("RootFolder") else {
        return (Vec::new(), None);
    };
    let folders = root.child("Folders").map(|it| it.children.as_slice());
    let last = super::is_true(root.attribute("IncludesLastItemInRange"));
    let next = root
        .attribute("IndexedPagingOffset")
        .and_then(|it| it.parse().ok());
    (
        folders
            .unwrap_or_default()
            .iter()
            .filter_map(folder)
            .collect(),
        next.filter(|_| !last),
    )
}
