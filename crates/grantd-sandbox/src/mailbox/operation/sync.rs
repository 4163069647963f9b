//! `SyncFolderItems`: what changed between two moments, the newest first as Exchange Online has it.
//!
//! A sync state says from where, to where, and how much of it was told: `epoch:from:to:next`.

use std::collections::BTreeMap;

use data_encoding::BASE64;

use super::super::answer::{Answer, Extra};
use super::super::store::{Folder, Kind, Mailbox};
use super::super::xml::{Node, escape};
use super::folders::resolve;
use super::shape::{Shape, change_key};

/// The most changes of an answer.
const MOST: usize = 512;

struct State {
    folder: String,
    from: usize,
    to: usize,
    /// The highest place in the log that is still to be told, counted from 1; 0 where all is told.
    next: usize,
}

pub(crate) fn items(mailbox: &mut Mailbox, request: &Node, answer: &mut Answer) {
    let epoch = mailbox.epoch;
    let shape = Shape::read(request);
    let folder = request
        .child("SyncFolderId")
        .and_then(|it| it.children.first())
        .and_then(|id| resolve(mailbox, id));
    let Some(folder) = folder else {
        answer.error(
            "SyncFolderItems",
            "ErrorSyncFolderNotFound",
            &Extra::default(),
        );
        return;
    };
    let most = request
        .text_of("MaxChangesReturned")
        .and_then(|it| it.parse::<usize>().ok());
    let most = most.unwrap_or(MOST).clamp(1, MOST);
    let text = request.text_of("SyncState").filter(|it| !it.is_empty());
    let state = match text.map(|text| read(text, epoch)) {
        Some(Some(state)) if state.folder == folder.id && state.to <= folder.log.len() => state,
        Some(_) => {
            answer.error(
                "SyncFolderItems",
                "ErrorInvalidSyncStateData",
                &Extra::default(),
            );
            return;
        }
        None => State {
            folder: folder.id.clone(),
            from: 0,
            to: 0,
            next: 0,
        },
    };
    let state = if state.next == 0 {
        let end = folder.log.len();
        State {
            from: state.to,
            to: end,
            next: end,
            ..state
        }
    } else {
        state
    };
    let mut changes = Answer::default();
    let (mut count, mut next) = (0, state.next);
    let told = net(folder, state.from, state.to);
    for (place, (id, kind)) in told.range(..=state.next).rev() {
        if count >= most {
            break;
        }
        next = place - 1;
        let item = folder.items.iter().find(|it| it.id == *id);
        match (kind, item) {
            (Kind::Created | Kind::Updated, Some(item)) => {
                let name = if *kind == Kind::Created {
                    "Create"
                } else {
                    "Update"
                };
                changes.text(&format!("<t:{name}>"));
                shape.write(item, &folder.id, false, &mut changes);
                changes.text(&format!("</t:{name}>"));
            }
            (Kind::ReadFlag, Some(item)) => changes.text(&format!(
                "<t:ReadFlagChange><t:ItemId Id=\"{}\" ChangeKey=\"{}\"/><t:IsRead>{}</t:IsRead>\
                 </t:ReadFlagChange>",
                escape(id),
                change_key(item),
                item.is_read
            )),
            (Kind::Deleted, _) => changes.text(&format!(
                "<t:Delete><t:ItemId Id=\"{}\" ChangeKey=\"AQAAAA==\"/></t:Delete>",
                escape(id)
            )),
            (_, None) => continue,
        }
        count += 1;
    }
    let last = told.range(..=next).next().is_none();
    let next = if last { 0 } else { next };
    let state = format!("{epoch}:{}:{}:{next}:{}", state.from, state.to, folder.id);
    answer.begin("SyncFolderItems");
    answer.text(&format!(
        "<m:SyncState>{}</m:SyncState><m:IncludesLastItemInRange>{last}</m:IncludesLastItemInRange>\
         <m:Changes>",
        BASE64.encode(state.as_bytes())
    ));
    answer.append(changes);
    answer.text("</m:Changes>");
    answer.end("SyncFolderItems");
}

fn read(text: &str, epoch: u64) -> Option<State> {
    let bytes = BASE64.decode(text.as_bytes()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let mut parts = text.splitn(5, ':');
    if parts.next()?.parse::<u64>().ok()? != epoch {
        return None;
    }
    let mut number = || parts.next()?.parse().ok();
    let (from, to, next) = (number()?, number()?, number()?);
    Some(State {
        from,
        to,
        next,
        folder: parts.next()?.to_owned(),
    })
}

/// What became of each item between two places of the log, by the place of the last event.
fn net(folder: &Folder, from: usize, to: usize) -> BTreeMap<usize, (String, Kind)> {
    let mut by_item: BTreeMap<&str, (usize, Kind, bool)> = BTreeMap::new();
    let events = folder.log.iter().enumerate().take(to).skip(from);
    for (place, event) in events {
        let entry = by_item.entry(&event.item).or_insert((
            place + 1,
            event.kind,
            event.kind == Kind::Created,
        ));
        entry.0 = place + 1;
        entry.1 = match (entry.1, event.kind) {
            (_, Kind::Deleted) => Kind::Deleted,
            (Kind::Created, _) => Kind::Created,
            (Kind::Updated, _) | (_, Kind::Updated) => Kind::Updated,
            (_, kind) => kind,
        };
    }
    by_item
        .into_iter()
        // what came and went in between was never there
        .filter(|(_, (_, kind, born))| !(*born && *kind == Kind::Deleted))
        .map(|(id, (place, kind, _))| (place, (id.to_owned(), kind)))
        .collect()
}
