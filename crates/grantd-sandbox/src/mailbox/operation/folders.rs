//! `GetFolder` and `FindFolder`.

use super::super::answer::{Answer, Extra};
use super::super::store::{Folder, Mailbox};
use super::super::xml::{Node, escape};
use super::list;

/// The folder that an id names.
pub(crate) fn resolve<'a>(mailbox: &'a mut Mailbox, id: &Node) -> Option<&'a mut Folder> {
    let value = id.attribute("Id")?;
    if id.name == "DistinguishedFolderId" {
        mailbox.well_known(value)
    } else {
        mailbox.folder(value)
    }
}

pub(crate) fn get(mailbox: &mut Mailbox, request: &Node, answer: &mut Answer) {
    for id in list(request, "FolderIds") {
        let Some(folder) = resolve(mailbox, id) else {
            answer.error("GetFolder", "ErrorFolderNotFound", &Extra::default());
            continue;
        };
        let id = folder.id.clone();
        answer.begin("GetFolder");
        answer.text("<m:Folders>");
        write(mailbox, &id, answer);
        answer.text("</m:Folders>");
        answer.end("GetFolder");
    }
}

pub(crate) fn find(mailbox: &mut Mailbox, request: &Node, answer: &mut Answer) {
    let deep = request.attribute("Traversal") == Some("Deep");
    let view = request.child("IndexedPageFolderView");
    let number = |name: &str| {
        let text = view.and_then(|it| it.attribute(name));
        text.and_then(|it| it.parse::<usize>().ok())
    };
    let (offset, most) = (
        number("Offset").unwrap_or(0),
        number("MaxEntriesReturned").unwrap_or(1000),
    );
    for parent in list(request, "ParentFolderIds") {
        let Some(parent) = resolve(mailbox, parent).map(|it| it.id.clone()) else {
            answer.error("FindFolder", "ErrorFolderNotFound", &Extra::default());
            continue;
        };
        let mut found: Vec<String> = Vec::new();
        let mut parents = vec![parent];
        while let Some(parent) = parents.pop() {
            for folder in mailbox
                .folders
                .iter()
                .filter(|it| it.parent.as_ref() == Some(&parent))
            {
                found.push(folder.id.clone());
                if deep {
                    parents.push(folder.id.clone());
                }
            }
        }
        let total = found.len();
        let page: Vec<String> = found.into_iter().skip(offset).take(most).collect();
        let next = offset + page.len();
        answer.begin("FindFolder");
        answer.text(&format!(
            "<m:RootFolder IndexedPagingOffset=\"{next}\" TotalItemsInView=\"{total}\" \
             IncludesLastItemInRange=\"{}\"><t:Folders>",
            next >= total
        ));
        for id in &page {
            write(mailbox, id, answer);
        }
        answer.text("</t:Folders></m:RootFolder>");
        answer.end("FindFolder");
    }
}

fn write(mailbox: &Mailbox, id: &str, answer: &mut Answer) {
    let Some(folder) = mailbox.folders.iter().find(|it| it.id == id) else {
        return;
    };
    let children = mailbox
        .folders
        .iter()
        .filter(|it| it.parent.as_deref() == Some(id))
        .count();
    let parent = folder.parent.as_ref().map_or_else(String::new, |parent| {
        format!(
            "<t:ParentFolderId Id=\"{}\" ChangeKey=\"AQAAAA==\"/>",
            escape(parent)
        )
    });
    let well_known = folder.well_known.map_or_else(String::new, |it| {
        format!("<t:DistinguishedFolderId>{it}</t:DistinguishedFolderId>")
    });
    answer.text(&format!(
        "<t:Folder><t:FolderId Id=\"{}\" ChangeKey=\"AQAAAA==\"/>{parent}\
         <t:FolderClass>IPF.Note</t:FolderClass><t:DisplayName>{}</t:DisplayName>\
         <t:TotalCount>{}</t:TotalCount><t:ChildFolderCount>{children}</t:ChildFolderCount>{well_known}\
         <t:UnreadCount>{}</t:UnreadCount></t:Folder>",
        escape(&folder.id),
        escape(&folder.name),
        folder.items.len(),
        folder.items.iter().filter(|it| !it.is_read).count()
    ));
}
