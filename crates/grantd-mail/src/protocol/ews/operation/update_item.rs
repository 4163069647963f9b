//! `UpdateItem`: marks items as read, and sets categories.

use std::fmt::Write as _;

use grantd_model::listener::ExchangeVersion;

use super::super::xml::escape;

/// What is set.
#[derive(Debug, Clone, Copy)]
pub struct Update<'a> {
    /// The item, with its change key of now.
    pub item: (&'a str, &'a str),
    /// Mark it as read.
    pub mark_read: bool,
    /// All of its categories, where they change.
    pub categories: Option<&'a [String]>,
}

/// Asks for all of it; senders get no receipt where the server knows how.
#[must_use]
pub fn request(updates: &[Update<'_>], version: ExchangeVersion) -> String {
    let receipts = if version >= ExchangeVersion::Exchange2013 {
        " SuppressReadReceipts=\"true\""
    } else {
        ""
    };
    let mut changes = String::new();
    for update in updates {
        let (item, key) = update.item;
        changes.push_str("<t:ItemChange>");
        changes.push_str(&super::item_id(item, Some(key)));
        changes.push_str("<t:Updates>");
        fields(update, &mut changes);
        changes.push_str("</t:Updates></t:ItemChange>");
    }
    format!(
        "<m:UpdateItem MessageDisposition=\"SaveOnly\" ConflictResolution=\"AlwaysOverwrite\"{receipts}>\
         <m:ItemChanges>{changes}</m:ItemChanges></m:UpdateItem>"
    )
}

fn fields(update: &Update<'_>, fields: &mut String) {
    if let Some(categories) = update.categories {
        fields.push_str(
            "<t:SetItemField><t:FieldURI FieldURI=\"item:Categories\"/><t:Message><t:Categories>",
        );
        for name in categories {
            _ = write!(fields, "<t:String>{}</t:String>", escape(name));
        }
        fields.push_str("</t:Categories></t:Message></t:SetItemField>");
    }
    if update.mark_read {
        fields.push_str(
            "<t:SetItemField><t:FieldURI FieldURI=\"message:IsRead\"/><t:Message>\
             <t:IsRead>true</t:IsRead></t:Message></t:SetItemField>",
        );
    }
}
