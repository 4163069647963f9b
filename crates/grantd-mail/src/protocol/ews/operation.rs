//! The operations, one file each: a request as text, and the meaning of an answer.

pub mod convert_id;
pub mod delete_item;
pub mod find_folder;
pub mod find_item;
pub mod get_attachment;
pub mod get_folder;
pub mod get_item;
pub mod move_item;
pub mod sync_folder_items;
pub mod update_item;

use super::xml::{Element, escape};
use grantd_model::Timestamp;

/// An item by id, with its change key where that is known.
#[must_use]
pub fn item_id(id: &str, change_key: Option<&str>) -> String {
    match change_key {
        Some(key) => format!(
            "<t:ItemId Id=\"{}\" ChangeKey=\"{}\"/>",
            escape(id),
            escape(key)
        ),
        None => format!("<t:ItemId Id=\"{}\"/>", escape(id)),
    }
}

/// Items by id.
#[must_use]
pub fn item_ids(ids: &[String]) -> String {
    ids.iter().map(|id| item_id(id, None)).collect()
}

/// A folder by id.
#[must_use]
pub fn folder_id(id: &str) -> String {
    format!("<t:FolderId Id=\"{}\"/>", escape(id))
}

/// The time that an element tells. Exchange writes UTC, older servers leave the zone out.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    format!("{text}Z").parse().ok()
}

/// Whether a text says yes.
pub(crate) fn is_true(text: Option<&str>) -> bool {
    matches!(text.map(str::trim), Some("true" | "1"))
}

/// The id of an item, with its change key.
pub(crate) fn id_of(element: &Element) -> Option<(String, Option<String>)> {
    let id = element.child("ItemId")?;
    let key = id.attribute("ChangeKey").map(str::to_owned);
    Some((id.attribute("Id")?.to_owned(), key))
}
