//! The database, its schema, the keyring that opens it, and the clock beside what was recorded.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use grantd_engine::{InstallationError, KeyringPlaces, check_installation};
use grantd_model::source::SourceKind;
use grantd_model::{Clock, Origin, ProxyUrl, Timestamp, Visibility};
use grantd_net::Net;
use grantd_store::{CredentialQuery, CredentialSort, PageRequest, SqliteStore, Store, StoreError};
use tokio::time::timeout;

use super::Check;
use crate::config::Config;
use crate::files;
use crate::keyring::{self, Means, Patience};
use crate::state_folder::StatePaths;
use crate::system::{SystemClock, SystemRandomness};
use crate::wiring;

/// How long a keyring may take that a vault opens.
const KEYRING: Duration = Duration::from_secs(10);

/// How much later than now something may have been recorded: other processes write at the same time.
const TOLERATED: Duration = Duration::from_secs(5);

/// The most credentials whose token endpoints are looked at.
const MOST: u32 = 200;

/// A place that grantd sends requests to.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// What it is, such as `source vault`.
    pub(super) what: &'static str,
    pub(super) origin: Origin,
    pub(super) ca_bundle: Option<String>,
    pub(super) proxy: Option<ProxyUrl>,
}

/// Looks at the database, and tells where its credentials and sources send requests.
pub(super) async fn examine(config: &Config, paths: &StatePaths) -> (Vec<Check>, Vec<Target>) {
    let path = paths.database();
    let missing = match files::standing(&path) {
        // files: database says so
        Err(_) => return (Vec::new(), Vec::new()),
        _ if paths.is_half_restored().is_ok_and(|half| half) => Some(Check::failed(
            "database",
            "a backup was not restored to its end",
            format!(
                "Run `grantd backup restore` again, or remove {}.",
                paths.restoring().display()
            ),
        )),
        Ok(Some(standing)) if !standing.is_empty => None,
        Ok(_) => Some(Check::warning(
            "database",
            format!("{} is not there", path.display()),
            "The first `grantd serve` makes it; if there was one, restore it from a backup.",
        )),
    };
    if let Some(check) = missing {
        return (vec![check], Vec::new());
    }
    let store = match SqliteStore::open_to_look(&path).await {
        Ok(store) => store,
        Err(error) => return (vec![unreadable(&error)], Vec::new()),
    };
    let (mut checks, is_current) = schema(&store).await;
    let mut targets = Vec::new();
    if is_current {
        checks.push(clock(&store).await);
        checks.extend(keyring_fits(config, paths, &store).await);
        match self::targets(&store).await {
            Ok(found) => targets = found,
            Err(error) => checks.push(unreadable(&error)),
        }
    }
    store.close().await;
    (checks, targets)
}

fn unreadable(error: &StoreError) -> Check {
    Check::failed(
        "database",
        error.to_string(),
        "If it is damaged, restore grantd.db from a backup.",
    )
}

async fn schema(store: &SqliteStore) -> (Vec<Check>, bool) {
    let name = "versions: database";
    let versions = match store.schema().await {
        Ok(versions) => versions,
        Err(error) => return (vec![unreadable(&error)], false),
    };
    let found = versions.found;
    let check = match versions.found.cmp(&versions.known) {
        std::cmp::Ordering::Equal => Check::ok(name, format!("schema {found}")),
        std::cmp::Ordering::Less => Check::warning(
            name,
            format!("schema {found}, this grantd has {}", versions.known),
            "The next `grantd serve` brings it up to date, and makes a copy before.",
        ),
        std::cmp::Ordering::Greater => Check::failed(
            name,
            format!(
                "schema {found}, this grantd knows {} at most",
                versions.known
            ),
            "Install the version of grantd that it is from, or a newer one.",
        ),
    };
    (vec![check], versions.found == versions.known)
}

async fn clock(store: &SqliteStore) -> Check {
    let name = "clock";
    let now = SystemClock.now();
    match store.newest().await {
        Err(error) => unreadable(&error),
        Ok(newest) => {
            let ahead = newest.map_or(0, |newest| newest.as_micros() - now.as_micros());
            let tolerated = i64::try_from(TOLERATED.as_micros()).unwrap_or(i64::MAX);
            if ahead > tolerated {
                Check::failed(
                    name,
                    format!(
                        "it is {now}, and something was recorded {} s later: the clock was set back",
                        ahead / 1_000_000
                    ),
                    "Set the clock by NTP; tokens would be taken for good after their end.",
                )
            } else {
                Check::ok(name, format!("it is {now}, after all that was recorded"))
            }
        }
    }
}

/// Whether the keyring opens the database; nothing where that can not be read, which is told of it.
async fn keyring_fits(config: &Config, paths: &StatePaths, store: &SqliteStore) -> Option<Check> {
    let name = "keyring";
    let failed = |detail: String| {
        Check::failed(
            name,
            detail,
            "Restore the keyring of this database; without it what is sealed is lost.",
        )
    };
    let net = match Net::new(wiring::outgoing(config, [])) {
        Ok(net) => Arc::new(net),
        Err(fault) => return Some(failed(format!("egress.ca_bundle: {fault}"))),
    };
    let means = Means {
        paths,
        outbound: net,
        clock: Arc::new(SystemClock),
        patience: Patience::Endless,
    };
    let places = match keyring::places(&config.keyring, &means) {
        Ok(places) => places,
        Err(failure) => return Some(failed(failure.to_string())),
    };
    let places = KeyringPlaces {
        current: places.current.as_ref(),
        earlier: places.earlier.as_deref(),
    };
    let fits = check_installation(store, places, Arc::new(SystemRandomness));
    Some(match timeout(KEYRING, fits).await {
        Ok(Err(InstallationError::Store(_))) => return None,
        Err(_) => failed(format!(
            "it could not be had within {} s",
            KEYRING.as_secs()
        )),
        Ok(Err(error)) => failed(error.to_string()),
        Ok(Ok(())) => Check::ok(
            name,
            format!("it opens this database: {}", config.keyring.told()),
        ),
    })
}

async fn targets(store: &SqliteStore) -> Result<Vec<Target>, StoreError> {
    let query = CredentialQuery {
        part: None,
        enabled: Some(true),
        standing: None,
        labels: None,
        source: None,
        now: Timestamp::from_micros(0),
        visibility: Visibility::All,
        sort: CredentialSort::Created,
        descending: true,
        page: PageRequest {
            limit: MOST,
            after: None,
        },
    };
    let mut unit = store.read().await?;
    let credentials = unit.credentials().page(&query).await?;
    let sources = unit.sources().all().await?;
    let mut found = BTreeMap::new();
    for listed in credentials.items {
        let settings = listed.credential.settings;
        let origin = settings.token_endpoint.origin();
        found.entry(origin.as_str().to_owned()).or_insert(Target {
            what: "token endpoint",
            origin,
            ca_bundle: settings.ca_bundle,
            proxy: settings.egress_proxy,
        });
    }
    for source in sources {
        let (origin, ca_bundle) = match source.settings.kind {
            SourceKind::Vault(vault) => (vault.origin(), vault.ca_bundle),
            SourceKind::Https(https) => (https.origin(), https.ca_bundle),
        };
        found.insert(
            format!("source {}", source.name),
            Target {
                what: "secret source",
                origin,
                ca_bundle,
                proxy: None,
            },
        );
    }
    Ok(found.into_values().collect())
}
