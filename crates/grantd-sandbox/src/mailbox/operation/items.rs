//! `GetItem` and `FindItem`.

use super::super::answer::{Answer, Extra};
use super::super::store::Mailbox;
use super::super::xml::Node;
use super::folders::resolve;
use super::list;
use super::restriction;
use super::shape::Shape;

pub(crate) fn get(mailbox: &Mailbox, request: &Node, answer: &mut Answer) {
    let shape = Shape::read(request);
    for id in list(request, "ItemIds") {
        let wanted = id.attribute("Id").unwrap_or_default();
        let mut folders = mailbox.folders.iter();
        let found = folders.find_map(|folder| {
            let item = folder.items.iter().find(|it| it.id == wanted)?;
            Some((folder, item))
        });
        let Some((folder, item)) = found else {
            answer.error("GetItem", "ErrorItemNotFound", &Extra::default());
            continue;
        };
        answer.begin("GetItem");
        answer.text("<m:Items>");
        shape.write(item, &folder.id, true, answer);
        answer.text("</m:Items>");
        answer.end("GetItem");
    }
}

pub(crate) fn find(mailbox: &mut Mailbox, request: &Node, answer: &mut Answer) {
    let shape = Shape::read(request);
    let view = request.child("IndexedPageItemView");
    let number = |name: &str| {
        let text = view.and_then(|it| it.attribute(name));
        text.and_then(|it| it.parse::<usize>().ok())
    };
    let (offset, most) = (
        number("Offset").unwrap_or(0),
        number("MaxEntriesReturned").unwrap_or(1000).min(1000),
    );
    let order = request
        .child("SortOrder")
        .and_then(|it| it.children.first());
    let descending = order.is_some_and(|it| it.attribute("Order") == Some("Descending"));
    let by = order.and_then(|it| it.child("FieldURI"));
    let by = by.and_then(|it| it.attribute("FieldURI"));
    let restriction = request.child("Restriction");
    let restriction = match restriction.and_then(|it| it.children.first()) {
        Some(wanted) => restriction::read(wanted).map(Some),
        None => Some(None),
    };
    let sorts = matches!(by, None | Some("item:DateTimeReceived" | "item:Subject"));
    // the language of searches is not known here
    let (Some(restriction), true, None) = (restriction, sorts, request.child("QueryString")) else {
        let code = "ErrorUnsupportedPathForQuery";
        answer.error("FindItem", code, &Extra::default());
        return;
    };
    for parent in list(request, "ParentFolderIds") {
        let Some(folder) = resolve(mailbox, parent) else {
            answer.error("FindItem", "ErrorFolderNotFound", &Extra::default());
            continue;
        };
        let mut items: Vec<_> = folder
            .items
            .iter()
            .filter(|item| restriction.as_ref().is_none_or(|wanted| wanted.holds(item)))
            .collect();
        if by == Some("item:Subject") {
            items.sort_by_key(|it| it.mail.subject.to_lowercase());
        } else {
            items.sort_by_key(|it| it.received_at);
        }
        if descending || order.is_none() {
            items.reverse();
        }
        let total = items.len();
        let page: Vec<_> = items.into_iter().skip(offset).take(most).collect();
        let next = offset + page.len();
        answer.begin("FindItem");
        answer.text(&format!(
            "<m:RootFolder IndexedPagingOffset=\"{next}\" TotalItemsInView=\"{total}\" \
             IncludesLastItemInRange=\"{}\"><t:Items>",
            next >= total
        ));
        for item in page {
            shape.write(item, &folder.id, false, answer);
        }
        answer.text("</t:Items></m:RootFolder>");
        answer.end("FindItem");
    }
}
