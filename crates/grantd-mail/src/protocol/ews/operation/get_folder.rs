//! `GetFolder`: a folder by its distinguished name or id.

use super::super::soap::CodeFault;
use super::super::xml::{Element, escape};

/// A folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How many items are in it, where the server tells.
    pub total: Option<u64>,
}

/// Asks for a folder by its distinguished name, in the mailbox of this address.
#[must_use]
pub fn by_name(name: &str, mailbox: &str) -> String {
    request(&format!(
        "<t:DistinguishedFolderId Id=\"{}\"><t:Mailbox><t:EmailAddress>{}</t:EmailAddress></t:Mailbox>\
         </t:DistinguishedFolderId>",
        escape(name),
        escape(mailbox)
    ))
}

/// Asks for a folder by its id.
#[must_use]
pub fn by_id(id: &str) -> String {
    request(&super::folder_id(id))
}

fn request(id: &str) -> String {
    format!(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>\
         <t:FieldURI FieldURI=\"folder:DisplayName\"/><t:FieldURI FieldURI=\"folder:TotalCount\"/>\
         </t:AdditionalProperties></m:FolderShape><m:FolderIds>{id}</m:FolderIds></m:GetFolder>"
    )
}

/// The folder of an answer.
pub(crate) fn parse(message: &Element) -> Result<Folder, CodeFault> {
    let folders = message.child("Folders");
    folders
        .and_then(|folders| folders.children.first())
        .and_then(folder)
        .ok_or_else(|| missing("a folder"))
}

/// A folder as it stands in a list.
pub(crate) fn folder(element: &Element) -> Option<Folder> {
    Some(Folder {
        id: element.child("FolderId")?.attribute("Id")?.to_owned(),
        name: element
            .text_of("DisplayName")
            .unwrap_or_default()
            .to_owned(),
        total: element.text_of("TotalCount").and_then(|it| it.parse().ok()),
    })
}

/// Says that an answer is not whole.
pub(crate) fn missing(what: &str) -> CodeFault {
    CodeFault {
        code: "incomplete_answer".to_owned(),
        text: format!("the answer has no {what}"),
        ..CodeFault::default()
    }
}
