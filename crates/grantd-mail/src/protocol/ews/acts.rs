//! What is done with mails of a mailbox afterwards, some at once.

use grantd_model::listener::FolderPath;

use super::mailbox::EwsMailbox;
use super::operation::{delete_item, get_item, move_item, update_item};
use super::soap::CodeFault;
use crate::fault::MailFault;
use crate::mailbox::{Act, Acted, Goes};

/// Mails under way: their ids, and what became of each.
struct Batch<'a> {
    items: &'a [String],
    acted: Vec<Acted>,
}

impl Batch<'_> {
    /// Those with which nothing went wrong so far.
    fn left(&self) -> Vec<usize> {
        let all = self.acted.iter().enumerate();
        let left = all.filter(|(_, acted)| acted.is_ok());
        left.map(|(place, _)| place).collect()
    }

    fn ids(&self, places: &[usize]) -> Vec<String> {
        let ids = places.iter().filter_map(|place| self.items.get(*place));
        ids.cloned().collect()
    }

    fn note(&mut self, place: usize, acted: Acted) {
        if let Some(slot) = self.acted.get_mut(place) {
            *slot = acted;
        }
    }
}

impl EwsMailbox {
    /// Carries out what is to be done with some mails.
    pub(super) async fn carry_out(
        &self,
        items: &[String],
        act: &Act,
    ) -> Result<Vec<Acted>, MailFault> {
        let mut batch = Batch {
            items,
            acted: vec![Ok(None); items.len()],
        };
        if act.mark_read || act.category.is_some() {
            self.update(&mut batch, act).await?;
        }
        match &act.goes {
            Goes::Nowhere => {}
            Goes::Into(path) => self.move_into(&mut batch, path).await?,
            Goes::Away(to) => {
                let left = batch.left();
                let ids = batch.ids(&left);
                if !ids.is_empty() {
                    let answers = self
                        .many(ids.len(), |version| {
                            delete_item::request(&ids, *to, version)
                        })
                        .await?;
                    for (place, answer) in left.into_iter().zip(answers) {
                        batch.note(place, answer.map(|_| None));
                    }
                }
            }
        }
        for acted in &mut batch.acted {
            // it was moved or deleted already: by us before we could write it down, or by somebody
            if matches!(acted, Err(MailFault::Gone)) {
                *acted = Ok(None);
            }
        }
        Ok(batch.acted)
    }

    async fn move_into(&self, batch: &mut Batch<'_>, path: &FolderPath) -> Result<(), MailFault> {
        for again in [true, false] {
            let left = batch.left();
            let ids = batch.ids(&left);
            if ids.is_empty() {
                return Ok(());
            }
            let folder = self.folder_id(path).await?;
            let answers = self
                .many(ids.len(), |_| move_item::request(&ids, &folder))
                .await?;
            let is_lost = answers.iter().any(|answer| {
                let class = answer.as_ref().err().map(MailFault::class);
                class == Some("no_such_folder")
            });
            if is_lost && again {
                // it may have another id now; what was moved before is gone then, and that is no error
                self.forget_folder(path).await;
                continue;
            }
            for (place, answer) in left.into_iter().zip(answers) {
                batch.note(place, answer.map(|element| move_item::parse(&element)));
            }
            return Ok(());
        }
        Ok(())
    }

    async fn update(&self, batch: &mut Batch<'_>, act: &Act) -> Result<(), MailFault> {
        let mut left = batch.left();
        for again in [true, false] {
            let ids = batch.ids(&left);
            let answers = self
                .many(ids.len(), |_| get_item::change_keys(&ids))
                .await?;
            let mut changes = Vec::new();
            for ((place, id), answer) in left.iter().zip(&ids).zip(answers) {
                let told = answer.and_then(|element| {
                    get_item::key_and_categories(&element).map_err(CodeFault::into_fault)
                });
                match told {
                    Ok((key, categories)) => {
                        let (categories, adds) = with_category(categories, act);
                        if adds || act.mark_read {
                            changes.push((*place, id, key, adds.then_some(categories)));
                        }
                    }
                    Err(fault) => batch.note(*place, Err(fault)),
                }
            }
            if changes.is_empty() {
                return Ok(());
            }
            let updates: Vec<_> = changes
                .iter()
                .map(|(_, id, key, categories)| update_item::Update {
                    item: (id.as_str(), key.as_str()),
                    mark_read: act.mark_read,
                    categories: categories.as_deref(),
                })
                .collect();
            let answers = self
                .many(updates.len(), |version| {
                    update_item::request(&updates, version)
                })
                .await?;
            let mut stale = Vec::new();
            for ((place, ..), answer) in changes.iter().zip(answers) {
                match answer {
                    // somebody changed it between the two requests
                    Err(MailFault::Stale) if again => stale.push(*place),
                    Err(fault) => batch.note(*place, Err(fault)),
                    Ok(_) => {}
                }
            }
            if stale.is_empty() {
                return Ok(());
            }
            left = stale;
        }
        Ok(())
    }
}

/// The categories with the one that is to be added, and whether it is added.
fn with_category(mut categories: Vec<String>, act: &Act) -> (Vec<String>, bool) {
    let wanted = act.category.as_ref().filter(|wanted| {
        let mut there = categories.iter();
        !there.any(|it| it.to_lowercase() == wanted.to_lowercase())
    });
    let adds = wanted.is_some();
    categories.extend(wanted.cloned());
    (categories, adds)
}
