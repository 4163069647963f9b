//! Where grantd keeps what is its own, which no secret source may reach: whoever may make credentials could
//! otherwise have the keyring or the admin's key sent to an endpoint.

use std::fmt;
use std::path::Path;

use grantd_model::Origin;
use grantd_model::source::Served;
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
    let mut own = vec![Own::of_file(state)];
    own.extend(config.server.tls_key.as_deref().map(Own::of_file));
    let keyring = &config.keyring;
    for keyring in std::iter::once(&keyring.current).chain(&keyring.from) {
        own.extend(of_keyring(keyring));
    }
    for (name, source) in &config.sources {
        if let Some(reached) = own.iter().find(|own| own.is_reached_by(source)) {
            return Err(Failure::usage(format!(
                "sources.{name}: it reaches {}, which is grantd's own; a folder or a prefix apart from it are \
                 expected",
                reached.place
            )));
        }
    }
    Ok(())
}

/// Something of grantd's own.
struct Own<'a> {
    place: OwnPlace<'a>,
    /// Where it is sent anyway; a source that serves that alone may have it.
    sent_to: Option<Origin>,
}

/// Where it is.
#[derive(Clone, Copy)]
enum OwnPlace<'a> {
    File(&'a Path),
    Variable(&'a str),
}

impl fmt::Display for OwnPlace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Variable(name) => write!(f, "the variable {name}"),
        }
    }
}

impl<'a> Own<'a> {
    const fn of_file(path: &'a Path) -> Self {
        Self {
            place: OwnPlace::File(path),
            sent_to: None,
        }
    }

    fn is_reached_by(&self, source: &SourceConfig) -> bool {
        match (source, self.place) {
            (
                SourceConfig::File {
                    folder, origins, ..
                },
                OwnPlace::File(own),
            ) => !self.goes_nowhere_else(origins) && reaches(folder, own),
            (
                SourceConfig::Environment {
                    prefix, origins, ..
                },
                OwnPlace::Variable(own),
            ) => !self.goes_nowhere_else(origins) && own.starts_with(prefix.as_str()),
            _ => false,
        }
    }

    fn goes_nowhere_else(&self, origins: &Served) -> bool {
        match (&self.sent_to, origins) {
            (Some(sent_to), Served::Origins(origins)) => origins.iter().all(|it| it == sent_to),
            _ => false,
        }
    }
}

fn of_keyring(keyring: &KeyringConfig) -> Vec<Own<'_>> {
    match keyring {
        KeyringConfig::File { path } => path.iter().map(|path| Own::of_file(path)).collect(),
        KeyringConfig::Environment { variable } => vec![Own {
            place: OwnPlace::Variable(variable),
            sent_to: None,
        }],
        KeyringConfig::Transit(transit) => {
            let mut own: Vec<_> = transit.path.iter().map(|path| Own::of_file(path)).collect();
            let file = transit.secret_file.as_deref().map(OwnPlace::File);
            let variable = transit.secret_variable.as_deref();
            // such as the token of a service account, by which sources sign in to the same vault
            own.extend(file.or(variable.map(OwnPlace::Variable)).map(|place| Own {
                place,
                sent_to: transit.address.parse().ok().map(|url| Origin::of(&url)),
            }));
            own
        }
    }
}

/// Whether something of this file or folder is below a folder, or it below that. Which paths are served says
/// nothing: a link at one of them may lead to any place below the folder.
fn reaches(folder: &Path, own: &Path) -> bool {
    let (folder, own) = (files::behind_links(folder), files::behind_links(own));
    folder.starts_with(&own) || own.starts_with(&folder)
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
        for (folder, expected) in [
            ("", true),
            ("secrets", false),
            ("state", true),
            ("state/inner", true),
            ("link", true),
            ("state2", false),
        ] {
            let folder = root.path().join(folder);
            let told = folder.display().to_string();
            assert_eq!(reaches(&folder, &state), expected, "{told}");
        }
    }

    #[test]
    fn what_opens_the_vault_may_be_served_for_that_vault_alone() {
        let (folder, token) = (Path::new("/nowhere"), Path::new("/nowhere/token"));
        let origin = |text: &str| Origin::try_from(text.to_owned()).unwrap();
        let own = Own {
            place: OwnPlace::File(token),
            sent_to: Some(origin("https://vault.example.com:8200")),
        };
        for (origins, expected) in [
            (&["https://vault.example.com:8200"][..], false),
            (&["*"], true),
            (
                &[
                    "https://vault.example.com:8200",
                    "https://login.example.com",
                ],
                true,
            ),
        ] {
            let mut source = file(folder, &["*"]);
            if let SourceConfig::File {
                origins: served, ..
            } = &mut source
            {
                let texts: Vec<String> = origins.iter().map(|it| (*it).to_owned()).collect();
                *served = texts.try_into().unwrap();
            }
            assert_eq!(own.is_reached_by(&source), expected, "{origins:?}");
        }
    }
}
