//! Reads a listener as it was written down, and names everything that is wrong at once.

use std::time::Duration;

use super::{
    AUTODISCOVER, DELETE, IMPERSONATE, LAYOUTS, ListenerDraft, ORDERS, PROTOCOLS, VERSIONS,
};
use crate::credential::check_free_text;
use crate::faults::Faults;
use crate::listener::{
    Afterwards, Content, DeliverySettings, Filter, ListenerSettings, MailEndpoint,
    MailEndpointChoice, Retries, SpoolLayout, StartFrom, Then,
};
use crate::text::check_line;
use crate::{CredentialId, FieldError, Invalid, Labels, Timestamp};

/// The largest cap of any size, in bytes.
const MOST_BYTES: u64 = 1024 * 1024 * 1024;

/// The most filters.
const MOST_FILTERS: usize = 50;

impl ListenerDraft {
    /// Reads it, for a credential that was found.
    ///
    /// # Errors
    /// Everything that is wrong, each at its place.
    pub fn parse(&self, credential: CredentialId) -> Result<ListenerSettings, Vec<FieldError>> {
        let mut faults = Faults::default();
        let settings = self.read(&mut faults, credential);
        faults.or(settings)
    }

    fn read(&self, f: &mut Faults, credential: CredentialId) -> Option<ListenerSettings> {
        f.check("/description", check_free_text(&self.description, 1000));
        let name = f.take("/name", self.name.trim().try_into());
        let protocol = f.named("/protocol", &self.protocol, &PROTOCOLS);
        let endpoint = self.endpoint(f);
        if let Some(bundle) = &self.ca_bundle {
            f.check("/ca_bundle", check_free_text(bundle, 200_000));
        }
        let impersonate_by = f.named("/impersonate_by", &self.impersonate_by, &IMPERSONATE);
        let version = f.named("/version", &self.version, &VERSIONS);
        let mailbox = f.take("/mailbox", self.mailbox.trim().try_into());
        let folder = f.take("/folder", self.folder.trim().try_into());
        let start = f.take("/start", start(&self.start));
        f.range("/interval_s", self.interval_s, 1, 86_400);
        let filters = self.filters(f);
        let order = f.named("/order", &self.order, &ORDERS);
        f.range("/batch", self.batch.into(), 1, 100);
        let content = self.content(f);
        let delivery = self.delivery(f);
        let afterwards = self.afterwards(f);
        f.range("/retries/attempts", self.retries.attempts.into(), 1, 100);
        let retry_folder = match &self.retries.folder {
            Some(folder) => Some(f.take("/retries/folder", folder.trim().try_into())?),
            None => None,
        };
        let labels = Labels::read(f, &self.labels);
        Some(ListenerSettings {
            name: name?,
            description: self.description.clone(),
            labels: labels?,
            credential,
            protocol: protocol?,
            endpoint: endpoint?,
            ca_bundle: self.ca_bundle.clone(),
            impersonate_by: impersonate_by?,
            version: version?,
            mailbox: mailbox?,
            folder: folder?,
            start: start?,
            interval: Duration::from_secs(self.interval_s),
            filters,
            order: order?,
            batch: self.batch,
            content,
            delivery: delivery?,
            afterwards: afterwards?,
            retries: Retries {
                attempts: self.retries.attempts,
                folder: retry_folder,
            },
        })
    }

    fn endpoint(&self, f: &mut Faults) -> Option<MailEndpointChoice> {
        if self.endpoint.trim() == AUTODISCOVER {
            return Some(MailEndpointChoice::Autodiscover);
        }
        let endpoint = MailEndpoint::try_from(self.endpoint.trim().to_owned());
        f.take("/endpoint", endpoint).map(MailEndpointChoice::At)
    }

    fn filters(&self, f: &mut Faults) -> Vec<Filter> {
        if self.filters.len() > MOST_FILTERS {
            let detail = format!("at most {MOST_FILTERS} filters are expected");
            f.check("/filters", Err(Invalid::new("too_many", detail)));
            return Vec::new();
        }
        let read = self
            .filters
            .iter()
            .enumerate()
            .filter_map(|(place, draft)| {
                Filter::parse(draft)
                    .map_err(|(member, fault)| {
                        f.check(&format!("/filters/{place}/{member}"), Err(fault));
                    })
                    .ok()
            });
        read.collect()
    }

    fn content(&self, f: &mut Faults) -> Content {
        let content = self.content;
        f.range(
            "/content/most_body_bytes",
            content.most_body_bytes,
            0,
            16 * 1024 * 1024,
        );
        f.range(
            "/content/most_attachment_bytes",
            content.most_attachment_bytes,
            0,
            MOST_BYTES,
        );
        f.range(
            "/content/most_mime_bytes",
            content.most_mime_bytes,
            0,
            MOST_BYTES,
        );
        Content {
            body: content.body,
            attachments: content.attachments,
            inline: content.inline,
            mime: content.mime,
            entry_id: content.entry_id,
            most_body_bytes: content.most_body_bytes,
            most_attachment_bytes: content.most_attachment_bytes,
            most_mime_bytes: content.most_mime_bytes,
        }
    }

    fn delivery(&self, f: &mut Faults) -> Option<DeliverySettings> {
        f.named("/delivery/kind", &self.delivery.kind, &[("spool", ())])?;
        let layout = f.named("/delivery/layout", &self.delivery.layout, &LAYOUTS);
        let spool = f.take("/delivery/spool", self.delivery.spool.as_str().try_into());
        let (layout, spool) = (layout?, spool?);
        if layout == SpoolLayout::Maildir && !self.content.mime {
            let detail = "true is expected, a maildir takes mails as MIME alone";
            f.check("/content/mime", Err(Invalid::new("mime_needed", detail)));
        }
        Some(DeliverySettings::Spool { spool, layout })
    }

    fn afterwards(&self, f: &mut Faults) -> Option<Afterwards> {
        let draft = &self.afterwards;
        if let Some(category) = &draft.category {
            f.check("/afterwards/category", check_line(category, 255));
        }
        let then = match draft.then.as_str() {
            "leave" => Then::Leave,
            "move" => {
                let folder = draft.folder.as_deref().unwrap_or_default();
                Then::Move(f.take("/afterwards/folder", folder.trim().try_into())?)
            }
            "delete" => {
                let to = draft.delete_to.as_deref().unwrap_or("deleted_items");
                Then::Delete(f.named("/afterwards/delete_to", to, &DELETE)?)
            }
            _ => {
                f.named(
                    "/afterwards/then",
                    &draft.then,
                    &[("leave", ()), ("move", ()), ("delete", ())],
                );
                return None;
            }
        };
        Some(Afterwards {
            mark_read: draft.mark_read,
            category: draft.category.clone(),
            then,
        })
    }
}

fn start(text: &str) -> Result<StartFrom, Invalid> {
    match text.trim() {
        "now" => Ok(StartFrom::Now),
        "unread" => Ok(StartFrom::Unread),
        date => date
            .parse::<Timestamp>()
            .map(StartFrom::Since)
            .map_err(|_| {
                Invalid::new(
                    "invalid_start",
                    "`now`, `unread` or a time such as `2026-11-26T08:00:00Z` is expected",
                )
            }),
    }
}
