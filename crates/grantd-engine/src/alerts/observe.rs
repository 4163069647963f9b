//! What troubles things now, as far as their stored health tells; a secret source's is in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use grantd_model::alert::{
    AlertData, AlertObject, AlertType, AlertedObject, EXPIRY_ALERT_DAYS, Trouble,
};
use grantd_model::{
    AlertCause, Credential, CredentialId, Health, HealthState, Labels, Listener, ListenerState,
    Standing, Timestamp, Visibility,
};
use grantd_store::{CredentialQuery, CredentialSort, PageRequest, ReadUnit, StoreError, Waiting};

use super::lag::lag;
use crate::alerts::AlertSettings;
use crate::token::failure;
use crate::{Engine, SourceListed};

/// The most credentials that are read at once.
const AT_ONCE: u32 = 500;

/// Something that troubles a thing now.
#[derive(Debug, Clone)]
pub(super) struct Observed {
    pub(super) trouble: Trouble,
    /// Since when, where that is known.
    pub(super) since: Option<Timestamp>,
    /// Whether it lasts long enough to be told.
    pub(super) is_ripe: bool,
    /// What is known of it; the summary is still missing.
    pub(super) data: AlertData,
}

/// A thing that something troubles, or troubled.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) kind: AlertObject,
    pub(super) labels: Option<Labels>,
    pub(super) told: AlertedObject,
    pub(super) troubles: Vec<Observed>,
    /// What surely does not trouble it.
    pub(super) well: Vec<Trouble>,
}

/// What was looked at.
#[derive(Debug, Default)]
pub(super) struct Subjects {
    /// By the key that causes have.
    pub(super) things: BTreeMap<String, Subject>,
    /// Credentials whose secret ends as was told, which is all that was looked at.
    pub(super) still_ending: BTreeSet<String>,
}

/// What is looked at, and from where.
pub(super) struct Look<'a> {
    pub(super) settings: &'a AlertSettings,
    pub(super) now: Timestamp,
    /// What was told: things are looked at although nothing may trouble them any more.
    pub(super) told: &'a [AlertCause],
}

impl Engine {
    pub(super) async fn observe(
        &self,
        unit: &mut dyn ReadUnit,
        look: &Look<'_>,
    ) -> Result<Subjects, StoreError> {
        let mut subjects = Subjects::default();
        look.failing_credentials(unit, &mut subjects).await?;
        look.ending_secrets(unit, &mut subjects).await?;
        look.told_credentials(unit, &mut subjects).await?;
        look.listeners(unit, &mut subjects).await?;
        for listed in self.parts().sources.list() {
            let key = format!("source/{}", listed.name);
            let is_told = look.told.iter().any(|it| it.object == key);
            if listed.health.failing_since.is_some() || is_told {
                subjects.things.insert(key, look.source(&listed));
            }
        }
        Ok(subjects)
    }
}

impl Look<'_> {
    async fn failing_credentials(
        &self,
        unit: &mut dyn ReadUnit,
        subjects: &mut Subjects,
    ) -> Result<(), StoreError> {
        let mut query = CredentialQuery {
            part: None,
            enabled: Some(true),
            standing: Some(Standing::Failing),
            labels: None,
            source: None,
            now: self.now,
            visibility: Visibility::All,
            sort: CredentialSort::Name,
            descending: false,
            page: PageRequest {
                limit: AT_ONCE,
                after: None,
            },
        };
        loop {
            let page = unit.credentials().page(&query).await?;
            for listed in &page.items {
                let health = Health::of(&listed.credential, listed.health.as_ref(), self.now);
                self.add_credential(&listed.credential, &health, subjects);
            }
            match page.next {
                Some(position) => query.page.after = Some(position),
                None => return Ok(()),
            }
        }
    }

    async fn ending_secrets(
        &self,
        unit: &mut dyn ReadUnit,
        subjects: &mut Subjects,
    ) -> Result<(), StoreError> {
        let most = u64::from(EXPIRY_ALERT_DAYS[0]);
        let until = self.now.plus(Duration::from_hours(24 * most));
        let span = (Timestamp::from_micros(0), until);
        let told: BTreeMap<&str, &AlertCause> = self
            .told
            .iter()
            .filter(|it| it.trouble == Trouble::Expiring)
            .map(|it| (it.object.as_str(), it))
            .collect();
        let mut after = None;
        loop {
            let mut credentials = unit.credentials();
            let ends = credentials.secret_ends(&Visibility::All, span, after, AT_ONCE);
            let ends = ends.await?;
            drop(credentials);
            after = ends.last().copied();
            if after.is_none() {
                return Ok(());
            }
            let mut due = Vec::new();
            for (id, end) in ends {
                let key = id.to_string();
                match told.get(key.as_str()) {
                    Some(cause) if cause.due_days(end, self.now).is_none() => {
                        subjects.still_ending.insert(key);
                    }
                    _ => due.push(id),
                }
            }
            self.read_in(unit, due, subjects).await?;
        }
    }

    async fn told_credentials(
        &self,
        unit: &mut dyn ReadUnit,
        subjects: &mut Subjects,
    ) -> Result<(), StoreError> {
        let goes_on = |cause: &&AlertCause| {
            cause.trouble == Trouble::Expiring && subjects.still_ending.contains(&cause.object)
        };
        let told = self.told.iter().filter(|cause| !goes_on(cause));
        let told: Vec<CredentialId> = told.filter_map(|it| it.object.parse().ok()).collect();
        self.read_in(unit, told, subjects).await
    }

    /// Adds those that are not there yet.
    async fn read_in(
        &self,
        unit: &mut dyn ReadUnit,
        ids: impl IntoIterator<Item = CredentialId> + Send,
        subjects: &mut Subjects,
    ) -> Result<(), StoreError> {
        let ids: Vec<CredentialId> = ids
            .into_iter()
            .filter(|id| !subjects.things.contains_key(&id.to_string()))
            .collect();
        let records = unit.history().health(&ids).await?;
        let records: BTreeMap<_, _> = records.into_iter().collect();
        for id in ids {
            if let Some(credential) = unit.credentials().by_id(id).await? {
                let health = Health::of(&credential, records.get(&id), self.now);
                self.add_credential(&credential, &health, subjects);
            }
        }
        Ok(())
    }

    fn add_credential(&self, credential: &Credential, health: &Health, subjects: &mut Subjects) {
        let settings = &credential.settings;
        let mut troubles = Vec::new();
        let mut well = Vec::new();
        match &health.state {
            // nobody waits for a token of it
            HealthState::Disabled => return,
            HealthState::NeverValidated => {}
            HealthState::Valid { .. } => well.push(Trouble::Failing),
            HealthState::Failing(failing) => troubles.push(Observed {
                trouble: Trouble::Failing,
                since: Some(failing.since),
                is_ripe: !failure::may_pass(&failing.class) || self.is_old(failing.since),
                data: AlertData {
                    since: Some(failing.since),
                    class: Some(failing.class.clone()),
                    detail: Some(failing.detail.clone()),
                    remedy: failing.remedy.clone(),
                    times: Some(failing.times),
                    ..AlertData::default()
                },
            }),
        }
        match settings.secret_expires_at {
            None => well.push(Trouble::Expiring),
            Some(end) => troubles.push(Observed {
                trouble: Trouble::Expiring,
                since: None,
                is_ripe: true,
                data: AlertData {
                    secret_expires_at: Some(end),
                    remedy: Some(
                        "Make a new secret at the authorization server and add it as the next one here."
                            .to_owned(),
                    ),
                    ..AlertData::default()
                },
            }),
        }
        let id = credential.id.to_string();
        let subject = Subject {
            kind: AlertObject::Credential,
            labels: Some(settings.labels.clone()),
            told: AlertedObject {
                kind: AlertObject::Credential,
                id: Some(id.clone()),
                slug: credential.slug.to_string(),
                name: settings.name.to_string(),
                url: self.page("credentials", credential.slug.as_str()),
            },
            troubles,
            well,
        };
        subjects.things.insert(id, subject);
    }

    async fn listeners(
        &self,
        unit: &mut dyn ReadUnit,
        subjects: &mut Subjects,
    ) -> Result<(), StoreError> {
        let all = unit.listeners().all().await?;
        if all.is_empty() {
            return Ok(());
        }
        let states: BTreeMap<_, _> = unit.mail().states().await?.into_iter().collect();
        for listener in all.into_iter().filter(|it| !it.paused) {
            let Some(state) = states.get(&listener.id) else {
                continue;
            };
            let waiting = unit.mail().waiting(listener.id).await?;
            let credential = unit
                .credentials()
                .by_id(listener.settings.credential)
                .await?;
            let labels = credential.map(|it| it.settings.labels);
            let subject = self.listener(&listener, state, &waiting, labels);
            subjects.things.insert(listener.id.to_string(), subject);
        }
        Ok(())
    }

    fn listener(
        &self,
        listener: &Listener,
        state: &ListenerState,
        waiting: &Waiting,
        labels: Option<Labels>,
    ) -> Subject {
        let mut troubles = Vec::new();
        let mut well = Vec::new();
        match &state.failing {
            Some(failing) => troubles.push(Observed {
                trouble: Trouble::Failing,
                since: Some(failing.since),
                is_ripe: self.is_old(failing.since),
                data: AlertData {
                    since: Some(failing.since),
                    class: Some(failing.class.clone()),
                    detail: Some(failing.detail.clone()),
                    remedy: failing.remedy.clone(),
                    times: Some(failing.times),
                    ..AlertData::default()
                },
            }),
            None if state.looked_at.is_some() => well.push(Trouble::Failing),
            None => {}
        }
        match lag(state, waiting.oldest_at, self.now) {
            Some(lag) if lag >= self.settings.lag => troubles.push(Observed {
                trouble: Trouble::Lagging,
                since: None,
                is_ripe: true,
                data: AlertData {
                    lag_s: Some(lag.as_secs()),
                    remedy: Some("See on the page of the listener what it waits for.".to_owned()),
                    ..AlertData::default()
                },
            }),
            _ => well.push(Trouble::Lagging),
        }
        troubles.push(Observed {
            trouble: Trouble::GaveUp,
            since: None,
            is_ripe: true,
            data: AlertData {
                given_up: Some(waiting.given_up),
                remedy: Some(
                    "See on the page of the listener why, and deliver them again or take them off the list."
                        .to_owned(),
                ),
                ..AlertData::default()
            },
        });
        Subject {
            kind: AlertObject::Listener,
            labels,
            told: AlertedObject {
                kind: AlertObject::Listener,
                id: Some(listener.id.to_string()),
                slug: listener.slug.to_string(),
                name: listener.settings.name.to_string(),
                url: self.page("listeners", listener.slug.as_str()),
            },
            troubles,
            well,
        }
    }

    fn source(&self, listed: &SourceListed) -> Subject {
        let health = &listed.health;
        let mut troubles = Vec::new();
        let mut well = Vec::new();
        match health.failing_since {
            Some(since) => troubles.push(Observed {
                trouble: Trouble::Failing,
                since: Some(since),
                is_ripe: self.is_old(since),
                data: AlertData {
                    since: Some(since),
                    class: health.last_fault.as_ref().map(|it| it.class.to_owned()),
                    detail: health.last_fault.as_ref().map(|it| it.detail.clone()),
                    remedy: health.last_fault.as_ref().map(|it| it.remedy.clone()),
                    ..AlertData::default()
                },
            }),
            None if health.answered_at.is_some() => well.push(Trouble::Failing),
            None => {}
        }
        let name = listed.name.to_string();
        Subject {
            kind: AlertObject::Source,
            labels: None,
            told: AlertedObject {
                kind: AlertObject::Source,
                id: None,
                url: self.page("sources", &name),
                slug: name.clone(),
                name,
            },
            troubles,
            well,
        }
    }

    fn is_old(&self, since: Timestamp) -> bool {
        self.now.since(since) >= self.settings.transient_after
    }

    fn page(&self, list: &str, slug: &str) -> Option<String> {
        let console = self.settings.console.as_deref()?;
        Some(format!("{console}/console/{list}/{slug}"))
    }
}

/// What a message of a trouble is called, and that of its end.
pub(super) const fn types(kind: AlertObject, trouble: Trouble) -> (AlertType, AlertType) {
    match (kind, trouble) {
        (_, Trouble::Many) => (AlertType::Many, AlertType::Many),
        (AlertObject::Credential, Trouble::Expiring) => {
            (AlertType::CredentialExpiring, AlertType::CredentialExpiring)
        }
        (AlertObject::Credential, _) => {
            (AlertType::CredentialFailing, AlertType::CredentialRecovered)
        }
        (AlertObject::Listener, Trouble::Lagging) => {
            (AlertType::ListenerLagging, AlertType::ListenerCaughtUp)
        }
        (AlertObject::Listener, Trouble::GaveUp) => {
            (AlertType::ListenerGaveUp, AlertType::ListenerGaveUp)
        }
        (AlertObject::Listener, _) => (AlertType::ListenerFailing, AlertType::ListenerRecovered),
        (AlertObject::Source, _) => (AlertType::SourceFailing, AlertType::SourceRecovered),
    }
}
