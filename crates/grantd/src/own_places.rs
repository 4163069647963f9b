//! Where grantd keeps what is its own, which no secret source may reach: whoever may make credentials could
//! otherwise have the keyring or the admin's key sent to an endpoint.

use std::path::{Path, PathBuf};

use grantd_secrets::SourceConfig;

use crate::config::{Config, KeyringConfig};
use crate::failure::Failure;
use crate::files;

/// Refuses sources of the configuration that reach the state folder, a keyring, or what grantd signs in and
/// speaks TLS with.
///
/// # Errors
/// Names the source and what it reaches.
pub(crate) fn check(config: &Config, state: &Path) -> Result<(), Failure> {
    let keyrings = || std::iter::once(&config.keyring.current).chain(&config.keyring.from);
    let mut own_files = vec![state.to_owned()];
    own_files.extend(keyrings().flat_map(files_of));
    own_files.extend(config.server.tls_key.clone());
    let variables: Vec<&str> = keyrings().filter_map(variable_of).collect();
    for (name, source) in &config.sources {
        let reached = match source {
            SourceConfig::File { folder, .. } => own_files
                .iter()
                .find(|own| reaches(source, folder, own))
                .map(|own| own.display().to_string()),
            SourceConfig::Environment { prefix, .. } => variables
                .iter()
                .find(|own| own.starts_with(prefix.as_str()))
                .map(|own| format!("the variable {own}")),
            SourceConfig::Command { .. } => None,
        };
        if let Some(own) = reached {
            return Err(Failure::usage(format!(
                "sources.{name}: it reaches {own}, which is grantd's own; a folder, paths or a prefix apart from it \
                 are expected"
            )));
        }
    }
    Ok(())
}

fn files_of(keyring: &KeyringConfig) -> Vec<PathBuf> {
    match keyring {
        KeyringConfig::File { path } => path.iter().cloned().collect(),
        KeyringConfig::Environment { .. } => Vec::new(),
        KeyringConfig::Transit(transit) => {
            let files = transit.path.iter().chain(&transit.secret_file);
            files.cloned().collect()
        }
    }
}

fn variable_of(keyring: &KeyringConfig) -> Option<&str> {
    match keyring {
        KeyringConfig::File { .. } => None,
        KeyringConfig::Environment { variable } => Some(variable),
        KeyringConfig::Transit(transit) => transit.secret_variable.as_deref(),
    }
}

/// Whether a file source serves something of this file or folder.
fn reaches(source: &SourceConfig, folder: &Path, own: &Path) -> bool {
    let (folder, own) = (files::behind_links(folder), files::behind_links(own));
    if folder.starts_with(&own) {
        return true;
    }
    let SourceConfig::File { paths, .. } = source else {
        return false;
    };
    own.strip_prefix(&folder).is_ok_and(|inside| {
        let inside = inside.to_string_lossy();
        paths.iter().any(|bound| bound.reaches(&inside))
    })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test makes folders")]
mod tests {
    use super::*;

    fn file(folder: &Path, paths: &[&str]) -> SourceConfig {
        let bound = |text: &&str| (*text).to_owned().try_into().unwrap();
        SourceConfig::File {
            folder: folder.to_owned(),
            check_mode: true,
            keep_line_end: false,
            paths: paths.iter().map(bound).collect(),
            origins: vec!["*".to_owned()].try_into().unwrap(),
            own_ca_and_proxy: false,
        }
    }

    #[test]
    fn a_source_apart_is_fine_and_one_above_below_or_behind_a_link_is_not() {
        let root = tempfile::tempdir().unwrap();
        let state = root.path().join("state");
        std::fs::create_dir_all(state.join("inner")).unwrap();
        std::fs::create_dir(root.path().join("secrets")).unwrap();
        std::os::unix::fs::symlink(&state, root.path().join("link")).unwrap();
        for (folder, paths, expected) in [
            ("", &["*"][..], true),
            ("", &["state/*"], true),
            ("", &["state/keyring.json"], true),
            ("", &["secrets/*", "other"], false),
            ("secrets", &["*"], false),
            ("state", &["one"], true),
            ("state/inner", &["*"], true),
            ("link", &["*"], true),
            ("state2", &["*"], false),
        ] {
            let folder = root.path().join(folder);
            let source = file(&folder, paths);
            let told = format!("{} {paths:?}", folder.display());
            assert_eq!(reaches(&source, &folder, &state), expected, "{told}");
        }
    }
}
