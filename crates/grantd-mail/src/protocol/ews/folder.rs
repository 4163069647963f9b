//! Finds a folder by its path, name by name.

use super::operation::{find_folder, get_folder};
use super::session::EwsSession;
use crate::fault::MailFault;
use grantd_model::listener::FolderPath;

/// Names by which every mailbox has a folder, whatever its language.
const DISTINGUISHED: [&str; 10] = [
    "inbox",
    "sentitems",
    "drafts",
    "deleteditems",
    "junkemail",
    "outbox",
    "msgfolderroot",
    "archivemsgfolderroot",
    "archiveinbox",
    "archivedeleteditems",
];

/// Where a path begins whose first name is none of these.
const ROOT: &str = "msgfolderroot";

/// The most pages of folders that are read at one level.
const MOST_PAGES: usize = 100;

/// How many names are told where one is not found.
const MOST_TOLD: usize = 8;

/// The folder's id, and how many items are in it.
pub(crate) async fn find(
    session: &EwsSession,
    path: &FolderPath,
) -> Result<get_folder::Folder, MailFault> {
    let mut names = path.names().peekable();
    let first = names
        .peek()
        .map(|name| name.to_lowercase())
        .unwrap_or_default();
    let start = match DISTINGUISHED.iter().find(|name| **name == first) {
        Some(name) => {
            names.next();
            *name
        }
        None => ROOT,
    };
    let mailbox = session.mailbox().as_str();
    let answer = session
        .call(|_| get_folder::by_name(start, mailbox))
        .await?;
    let mut folder = first_of(answer)?;
    let mut above = start.to_owned();
    for name in names {
        folder = below(session, &folder.id, name, &above).await?;
        above.push('/');
        above.push_str(name);
    }
    Ok(folder)
}

fn first_of(messages: super::session::Messages) -> Result<get_folder::Folder, MailFault> {
    let message = messages.into_iter().next().ok_or_else(nothing)?;
    let element = message.result.map_err(super::soap::CodeFault::into_fault)?;
    get_folder::parse(&element).map_err(super::soap::CodeFault::into_fault)
}

/// An answer without a message.
pub(crate) fn nothing() -> MailFault {
    MailFault::Transient {
        class: "incomplete_answer",
        detail: "the answer of the mailbox server holds nothing".to_owned(),
    }
}

/// The folder of this name right below another one.
async fn below(
    session: &EwsSession,
    parent: &str,
    name: &str,
    above: &str,
) -> Result<get_folder::Folder, MailFault> {
    let wanted = name.trim().to_lowercase();
    let (mut offset, mut others) = (0, Vec::new());
    for _ in 0..MOST_PAGES {
        let answer = session
            .call(|_| find_folder::request(parent, offset))
            .await?;
        let message = answer.into_iter().next().ok_or_else(nothing)?;
        let element = message.result.map_err(super::soap::CodeFault::into_fault)?;
        let (folders, next) = find_folder::parse(&element);
        for folder in folders {
            if folder.name.to_lowercase() == wanted {
                return Ok(folder);
            }
            others.push(folder.name);
        }
        match next {
            Some(next) if next > offset => offset = next,
            _ => break,
        }
    }
    let more = others.len() > MOST_TOLD;
    others.truncate(MOST_TOLD);
    let there = match others.as_slice() {
        [] => "no folder is in it".to_owned(),
        names => format!(
            "in it are: {}{}",
            names.join(", "),
            if more { " and more" } else { "" }
        ),
    };
    Err(MailFault::Configuration {
        class: "no_such_folder",
        detail: format!("there is no folder `{name}` in `{above}`; {there}"),
        remedy: "Check the path of the folder; names are those that the owner of the mailbox sees."
            .to_owned(),
    })
}
