//! Mailboxes with their folders and mails, and what happened in each folder, in order.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use data_encoding::BASE64;
use grantd_model::{Randomness, Timestamp};

use super::faults::Script;
use super::item::{Item, Mail};

/// The folders that every mailbox has, with the names that people see.
const FOLDERS: [(&str, &str); 8] = [
    ("root", ""),
    ("msgfolderroot", "Top of Information Store"),
    ("inbox", "Inbox"),
    ("sentitems", "Sent Items"),
    ("drafts", "Drafts"),
    ("deleteditems", "Deleted Items"),
    ("junkemail", "Junk Email"),
    ("recoverableitemsdeletions", "Deletions"),
];

/// All mailboxes.
pub(crate) struct Mailboxes {
    inner: Mutex<Inner>,
    random: Arc<dyn Randomness>,
}

/// What changes.
pub(crate) struct Inner {
    pub(crate) boxes: BTreeMap<String, Mailbox>,
    pub(crate) script: Script,
    pub(crate) counts: BTreeMap<String, u64>,
    /// Mails come without search keys, as from a server that has none.
    pub(crate) no_search_keys: bool,
}

/// One mailbox.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    pub(crate) folders: Vec<Folder>,
    /// Sync states from before this are refused.
    pub(crate) epoch: u64,
}

/// A folder.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) id: String,
    pub(crate) parent: Option<String>,
    /// Its distinguished name, where it has one.
    pub(crate) well_known: Option<&'static str>,
    pub(crate) name: String,
    pub(crate) items: Vec<Item>,
    /// What happened, in order.
    pub(crate) log: Vec<Event>,
}

/// Something that happened in a folder.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) item: String,
    pub(crate) kind: Kind,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Created,
    Updated,
    ReadFlag,
    Deleted,
}

/// What people do with a mail.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Touch<'a> {
    /// They read it, or mark it as unread.
    Read(bool),
    /// They give it a category.
    Category(&'a str),
}

impl Mailboxes {
    pub(crate) fn new(addresses: &[String], random: Arc<dyn Randomness>) -> Self {
        let mailboxes = Self {
            inner: Mutex::new(Inner {
                boxes: BTreeMap::new(),
                script: Script::default(),
                counts: BTreeMap::new(),
                no_search_keys: false,
            }),
            random,
        };
        for address in addresses {
            mailboxes.add(address);
        }
        mailboxes
    }

    /// Adds a mailbox.
    pub(crate) fn add(&self, address: &str) {
        let folders = FOLDERS
            .iter()
            .map(|(well_known, name)| Folder {
                id: self.new_id(),
                parent: None,
                well_known: Some(well_known),
                name: (*name).to_owned(),
                items: Vec::new(),
                log: Vec::new(),
            })
            .collect::<Vec<_>>();
        let mut mailbox = Mailbox { folders, epoch: 0 };
        let id_of = |name| {
            mailbox
                .folders
                .iter()
                .find(|it| it.well_known == Some(name))
        };
        let [root, top] = ["root", "msgfolderroot"].map(|name| id_of(name).map(|it| it.id.clone()));
        for folder in &mut mailbox.folders {
            folder.parent = match folder.well_known {
                Some("root") => None,
                Some("msgfolderroot" | "recoverableitemsdeletions") => root.clone(),
                _ => top.clone(),
            };
        }
        self.lock().boxes.insert(address.to_lowercase(), mailbox);
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Text that stands for something; it is case-sensitive, and looks as Exchange's does.
    pub(crate) fn new_id(&self) -> String {
        let mut bytes = [0; 48];
        self.random.fill(&mut bytes);
        format!("AAMk{}", BASE64.encode(&bytes))
    }

    /// A mail comes in; tells whether the mailbox is there.
    pub(crate) fn deliver(
        &self,
        address: &str,
        folder: &str,
        mime: Vec<u8>,
        now: Timestamp,
    ) -> Result<(), &'static str> {
        let mail = Arc::new(Mail::read(mime));
        let id = self.new_id();
        let mut search_key = [0; 16];
        self.random.fill(&mut search_key);
        let mut inner = self.lock();
        let search_key = (!inner.no_search_keys).then_some(search_key);
        let mailbox = inner
            .boxes
            .get_mut(&address.to_lowercase())
            .ok_or("no such mailbox")?;
        let folder = mailbox.folder_at(folder, || self.new_id());
        let folder = folder.ok_or("no such folder")?;
        folder.log.push(Event {
            item: id.clone(),
            kind: Kind::Created,
        });
        folder.items.push(Item {
            id,
            change_key: 1,
            search_key,
            received_at: now,
            is_read: false,
            categories: Vec::new(),
            mail,
        });
        Ok(())
    }
}

impl Mailbox {
    pub(crate) fn folder(&mut self, id: &str) -> Option<&mut Folder> {
        self.folders.iter_mut().find(|it| it.id == id)
    }

    pub(crate) fn well_known(&mut self, name: &str) -> Option<&mut Folder> {
        let mut folders = self.folders.iter_mut();
        folders.find(|it| {
            it.well_known
                .is_some_and(|it| it.eq_ignore_ascii_case(name))
        })
    }

    /// A folder by its path; the first name is a distinguished one or one that people see.
    pub(crate) fn by_path(&mut self, path: &str) -> Option<&mut Folder> {
        let mut names = path.split('/').filter(|name| !name.is_empty());
        let mut id = self.by_name(names.next()?)?.id.clone();
        for name in names {
            id = self.child(&id, name)?.id.clone();
        }
        self.folder(&id)
    }

    fn by_name(&self, name: &str) -> Option<&Folder> {
        self.folders.iter().find(|it| {
            it.well_known
                .is_some_and(|it| it.eq_ignore_ascii_case(name))
                || it.name.eq_ignore_ascii_case(name)
        })
    }

    fn child(&self, parent: &str, name: &str) -> Option<&Folder> {
        let children = self.folders.iter();
        children
            .filter(|it| it.parent.as_deref() == Some(parent))
            .find(|it| it.name.eq_ignore_ascii_case(name))
    }

    /// A folder by its path. The first name is of one that is there; what is missing below is made.
    fn folder_at(&mut self, path: &str, new_id: impl Fn() -> String) -> Option<&mut Folder> {
        let mut names = path.split('/').filter(|name| !name.is_empty());
        let mut id = self.by_name(names.next()?)?.id.clone();
        for name in names {
            id = if let Some(child) = self.child(&id, name) {
                child.id.clone()
            } else {
                let child = new_id();
                self.push_folder(child.clone(), id, name);
                child
            };
        }
        self.folder(&id)
    }

    fn push_folder(&mut self, id: String, parent: String, name: &str) {
        self.folders.push(Folder {
            id,
            parent: Some(parent),
            well_known: None,
            name: name.to_owned(),
            items: Vec::new(),
            log: Vec::new(),
        });
    }

    /// A new folder below another one.
    pub(crate) fn add_folder(&mut self, id: String, parent: &str, name: &str) -> bool {
        let Some(parent) = self.by_path(parent).map(|it| it.id.clone()) else {
            return false;
        };
        self.push_folder(id, parent, name);
        true
    }

    /// The item and the folder that it is in.
    pub(crate) fn item(&mut self, id: &str) -> Option<(&mut Item, &mut Vec<Event>)> {
        for folder in &mut self.folders {
            if let Some(item) = folder.items.iter_mut().find(|it| it.id == id) {
                return Some((item, &mut folder.log));
            }
        }
        None
    }

    /// Moves the item of this subject into another folder; tells whether it was there.
    pub(crate) fn move_by_subject(&mut self, subject: &str, folder: &str, new_id: String) -> bool {
        let all = self.folders.iter().flat_map(|it| &it.items);
        let found = all.rev().find(|it| it.mail.subject == subject);
        let Some(id) = found.map(|it| it.id.clone()) else {
            return false;
        };
        let Some(target) = self.by_path(folder).map(|it| it.id.clone()) else {
            return false;
        };
        match (self.take(&id), self.folder(&target)) {
            (Some(item), Some(folder)) => {
                folder.put(item, new_id);
                true
            }
            _ => false,
        }
    }

    /// The mail that came last into a folder gets the search key of the one of this subject.
    pub(crate) fn copy_search_key(&mut self, subject: &str, folder: &str) -> bool {
        let all = self.folders.iter().flat_map(|it| &it.items);
        let found = all.rev().find(|it| it.mail.subject == subject);
        let Some(search_key) = found.map(|it| it.search_key) else {
            return false;
        };
        let target = self.by_path(folder).and_then(|it| it.items.last_mut());
        target.is_some_and(|item| {
            item.search_key = search_key;
            true
        })
    }

    /// Removes a folder with what is in it.
    pub(crate) fn remove_folder(&mut self, path: &str) -> bool {
        let Some(id) = self.by_path(path).map(|it| it.id.clone()) else {
            return false;
        };
        self.folders.retain(|folder| folder.id != id);
        true
    }

    /// Somebody does something with the mail of this subject.
    pub(crate) fn touch(&mut self, subject: &str, touch: Touch<'_>) -> bool {
        let mut folders = self.folders.iter_mut();
        folders.any(|folder| {
            let found = folder
                .items
                .iter_mut()
                .find(|it| it.mail.subject == subject);
            let Some(item) = found else { return false };
            item.change_key += 1;
            let kind = match touch {
                Touch::Category(category) => {
                    item.categories.push(category.to_owned());
                    Kind::Updated
                }
                Touch::Read(is_read) => {
                    item.is_read = is_read;
                    Kind::ReadFlag
                }
            };
            folder.log.push(Event {
                item: item.id.clone(),
                kind,
            });
            true
        })
    }

    /// Takes an item out of its folder.
    pub(crate) fn take(&mut self, id: &str) -> Option<Item> {
        for folder in &mut self.folders {
            if let Some(at) = folder.items.iter().position(|it| it.id == id) {
                folder.log.push(Event {
                    item: id.to_owned(),
                    kind: Kind::Deleted,
                });
                return Some(folder.items.remove(at));
            }
        }
        None
    }
}

impl Folder {
    /// Puts an item in, under a new id.
    pub(crate) fn put(&mut self, mut item: Item, id: String) -> &Item {
        id.clone_into(&mut item.id);
        item.change_key += 1;
        self.log.push(Event {
            item: id,
            kind: Kind::Created,
        });
        let at = self.items.len();
        self.items.push(item);
        &self.items[at]
    }
}
