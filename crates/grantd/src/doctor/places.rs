//! Files and folders: whether they are there, whose they are, and who may read them.

use std::path::Path;

use grantd_model::Clock;
use grantd_server::TlsIdentity;

use super::Check;
use crate::config::{Config, KeyringConfig};
use crate::files;
use crate::own_places;
use crate::state_folder::StatePaths;
use crate::system::SystemClock;
use crate::tls_files::Dates;

/// Looks at the state folder with what is in it, and at what the configuration names.
pub(super) fn examine(config: &Config, paths: &StatePaths) -> Vec<Check> {
    let mut checks = vec![folder(paths.folder())];
    if let Some(check) = private("database", &paths.database()) {
        checks.push(check);
    }
    checks.extend(private("admin key", &paths.admin_key()));
    checks.extend(keyring(config, paths));
    if let Some(files) = config.server.tls_files() {
        checks.push(match files.read() {
            Ok(read) => tls(&read.identity),
            Err(fault) => Check::failed(
                "files: TLS",
                fault.to_string(),
                "Correct the files, then `systemctl reload grantd`.",
            ),
        });
    }
    if let Err(failure) = own_places::check(config, paths.folder()) {
        for fault in failure.faults {
            checks.push(Check::failed(
                "files: secret sources",
                fault.detail,
                "Move what the source serves to a folder of its own.",
            ));
        }
    }
    for (name, spool) in &config.spools {
        checks.push(spool_folder(&format!("files: spool {name}"), &spool.folder));
    }
    checks
}

/// A certificate that belongs to its key.
fn tls(identity: &TlsIdentity) -> Check {
    let name = "files: TLS";
    let remedy = "Renew the certificate; a new one in its place is taken up by itself.";
    let dates = Dates::of(identity, SystemClock.now());
    match (&dates, dates.fault()) {
        (Dates::EndSoon(_), Some(fault)) => Check::warning(name, fault, remedy),
        (_, Some(fault)) => Check::failed(name, fault, remedy),
        (Dates::Hold(Some(until)), None) => Check::ok(
            name,
            format!("certificate and key belong together, it holds until {until}"),
        ),
        (_, None) => Check::ok(name, "certificate and key belong together"),
    }
}

fn folder(folder: &Path) -> Check {
    let name = "files: state folder";
    let shown = folder.display();
    let standing = match files::standing(folder) {
        Ok(Some(standing)) => standing,
        Ok(None) => {
            return Check::warning(
                name,
                format!("{shown} is not there"),
                "The first `grantd serve` makes it; if there was one, name it with --state-dir.",
            );
        }
        Err(error) => {
            return Check::failed(
                name,
                format!("{shown}: {error}"),
                "Run this as the user that grantd runs as.",
            );
        }
    };
    if !standing.is_folder {
        return Check::failed(
            name,
            format!("{shown} is no folder"),
            "Name a folder with --state-dir.",
        );
    }
    if is_open(standing.mode) {
        return Check::failed(
            name,
            format!("{shown} has mode {:04o}, expected is 0700", standing.mode),
            format!("Make it owner-only: chmod 700 {shown}"),
        );
    }
    let own = rustix::process::geteuid().as_raw();
    if standing.owner != own {
        return Check::warning(
            name,
            format!(
                "{shown} belongs to user {}, this runs as user {own}",
                standing.owner
            ),
            "Run this as the user that grantd runs as, or give the folder to that user.",
        );
    }
    Check::ok(name, format!("{shown}, mode 0700"))
}

/// Whether others than the owner may do anything with it.
const fn is_open(mode: u32) -> bool {
    mode & 0o077 != 0
}

/// A file that is its owner's alone; none before the first start.
fn private(what: &str, path: &Path) -> Option<Check> {
    let name = format!("files: {what}");
    let shown = path.display();
    match files::standing(path) {
        Ok(Some(standing)) if !is_open(standing.mode) => Some(Check::ok(
            name,
            format!("{shown}, mode {:04o}", standing.mode),
        )),
        Ok(Some(standing)) => Some(Check::failed(
            name,
            format!("{shown} has mode {:04o}, expected is 0600", standing.mode),
            format!(
                "Make it owner-only: chmod 600 {shown}; if others may have read it, renew what it holds."
            ),
        )),
        Ok(None) => None,
        Err(error) => Some(Check::failed(
            name,
            format!("{shown}: {error}"),
            "Run this as the user that grantd runs as.",
        )),
    }
}

fn keyring(config: &Config, paths: &StatePaths) -> Option<Check> {
    let path = match &config.keyring.current {
        KeyringConfig::File { path } => path.clone().unwrap_or_else(|| paths.keyring()),
        KeyringConfig::Environment { .. } => return None,
        KeyringConfig::Transit(transit) => {
            let own = || paths.folder().join("keyring.transit.json");
            transit.path.clone().unwrap_or_else(own)
        }
    };
    private("keyring", &path)
}

fn spool_folder(name: &str, folder: &Path) -> Check {
    let shown = folder.display();
    match files::standing(folder) {
        Ok(Some(standing)) if standing.is_folder => Check::ok(name, shown.to_string()),
        Ok(_) => Check::failed(
            name,
            format!("{shown} is no folder"),
            "Make it, or mount it; grantd does not.",
        ),
        Err(error) => Check::failed(
            name,
            format!("{shown}: {error}"),
            "Let the user of grantd reach it.",
        ),
    }
}
