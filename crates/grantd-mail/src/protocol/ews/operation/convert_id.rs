//! `ConvertId`: an id in another form, here the entry id that MAPI programs know a mail by.

use std::fmt::Write as _;

use super::super::xml::{Element, escape};

/// Asks for the entry ids of items, in hexadecimal.
#[must_use]
pub fn to_entry_ids(items: &[String], mailbox: &str) -> String {
    let mut ids = String::new();
    for id in items {
        _ = write!(
            ids,
            "<t:AlternateId Format=\"EwsId\" Id=\"{}\" Mailbox=\"{}\"/>",
            escape(id),
            escape(mailbox)
        );
    }
    format!(
        "<m:ConvertId DestinationFormat=\"HexEntryId\"><m:SourceIds>{ids}</m:SourceIds></m:ConvertId>"
    )
}

/// The id of an answer.
pub(crate) fn parse(message: &Element) -> Option<String> {
    let id = message.child("AlternateId")?;
    id.attribute("Id").map(str::to_owned)
}
