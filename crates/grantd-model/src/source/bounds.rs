//! What a source may serve: which paths, and for which token endpoints.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::text::check_line;
use crate::{Invalid, Origin};

/// What a source may serve. Whoever may make credentials could otherwise have any secret of the source
/// sent to an endpoint of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceBounds {
    /// The paths.
    pub paths: Vec<PathBound>,
    /// The origins of token endpoints.
    pub origins: Served,
    /// Whether credentials with a CA bundle or an egress proxy of their own are served.
    pub own_ca_and_proxy: bool,
}

impl SourceBounds {
    /// Whether a path is within the bounds.
    #[must_use]
    pub fn include(&self, path: &str) -> bool {
        self.paths.iter().any(|bound| bound.includes(path))
    }

    /// The paths, as they are written.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let paths = self.paths.iter().map(PathBound::as_str);
        paths.map(str::to_owned).collect()
    }

    /// Whether something below a path can be within the bounds.
    #[must_use]
    pub fn reach_below(&self, path: &str) -> bool {
        (path.is_empty() || !leads_away(path)) && self.paths.iter().any(|bound| bound.reaches(path))
    }

    /// What is right below a path as far as the bounds themselves tell; absent where everything below it is
    /// within them, so that the source has to be asked.
    #[must_use]
    pub fn told_below(&self, path: &str) -> Option<BTreeMap<String, bool>> {
        let folder = match path {
            "" => String::new(),
            path => format!("{path}/"),
        };
        let mut told = BTreeMap::new();
        for bound in &self.paths {
            let (text, is_open) = match bound.0.strip_suffix('*') {
                Some(below) => (below, true),
                None => (bound.0.as_str(), false),
            };
            if is_open && folder.starts_with(text) {
                return None;
            }
            if let Some(rest) = text.strip_prefix(&folder) {
                let (name, more) = rest.split_once('/').unwrap_or((rest, ""));
                let is_folder = rest.len() > name.len() || !more.is_empty();
                *told.entry(name.to_owned()).or_insert(false) |= is_folder;
            }
        }
        Some(told)
    }

    /// The paths, for people.
    #[must_use]
    pub fn paths_told(&self) -> String {
        let paths: Vec<&str> = self.paths.iter().map(PathBound::as_str).collect();
        paths.join(", ")
    }
}

/// A path, or with `*` as its last part everything below one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct PathBound(String);

impl PathBound {
    /// All paths, which is written as `*`.
    #[must_use]
    pub fn everything() -> Self {
        Self("*".to_owned())
    }

    /// Whether this path or something below it can be among them.
    #[must_use]
    pub fn reaches(&self, path: &str) -> bool {
        let bound = self.0.strip_suffix('*').unwrap_or(&self.0);
        self.includes(path)
            || path.is_empty()
            || bound
                .strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('/'))
            || self.0.ends_with('*') && path.starts_with(bound)
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a path is this one, or below it.
    #[must_use]
    pub fn includes(&self, path: &str) -> bool {
        match self.0.strip_suffix('*') {
            // everything below ends with its `/`, so that `apps/*` is not `apps2/x`
            Some(below) => path.len() > below.len() && path.starts_with(below) && !leads_away(path),
            None => path == self.0,
        }
    }
}

/// Whether a part of a path leads out of where it seems to be: an empty one, `.` or `..`.
#[must_use]
pub fn leads_away(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "" | "." | ".."))
}

impl TryFrom<String> for PathBound {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        check_line(&text, 1024)?;
        let is_path = match text.strip_suffix('*') {
            Some("") => true,
            Some(below) => below
                .strip_suffix('/')
                .is_some_and(|folder| !leads_away(folder) && !folder.contains('*')),
            None => !leads_away(&text) && !text.contains('*'),
        };
        if is_path {
            Ok(Self(text))
        } else {
            Err(Invalid::new(
                "invalid_path",
                "a path such as `apps/billing`, `apps/*` for everything below one, or `*` is expected",
            ))
        }
    }
}

/// The origins of token endpoints that a source serves.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub enum Served {
    /// Every one, by the explicit `["*"]`.
    Everywhere,
    /// These.
    Origins(Vec<Origin>),
}

impl Served {
    /// Whether an origin is among them.
    #[must_use]
    pub fn includes(&self, origin: &Origin) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Origins(origins) => origins.contains(origin),
        }
    }

    /// As they are written.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        match self {
            Self::Everywhere => vec!["*".to_owned()],
            Self::Origins(origins) => origins.iter().map(ToString::to_string).collect(),
        }
    }
}

impl TryFrom<Vec<String>> for Served {
    type Error = Invalid;

    fn try_from(texts: Vec<String>) -> Result<Self, Invalid> {
        match texts.as_slice() {
            [] => Err(Invalid::new(
                "required",
                "at least one origin such as `https://login.example.com` is expected, or `*` for all",
            )),
            [all] if all == "*" => Ok(Self::Everywhere),
            _ => texts
                .into_iter()
                .map(Origin::try_from)
                .collect::<Result<_, _>>()
                .map(Self::Origins),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_above_the_bounds_is_told_by_them() {
        let paths = ["apps/*", "teams/one/login", "teams/two/*", "root"];
        let bound = |text: &&str| PathBound::try_from((*text).to_owned()).unwrap();
        let bounds = SourceBounds {
            paths: paths.iter().map(bound).collect(),
            origins: Served::Everywhere,
            own_ca_and_proxy: false,
        };
        let told = |path: &str| {
            let told = bounds.told_below(path)?;
            Some(told.into_iter().collect::<Vec<_>>())
        };
        let named = |list: &[(&str, bool)]| {
            let list = list.iter();
            Some(
                list.map(|(name, more)| ((*name).to_owned(), *more))
                    .collect(),
            )
        };
        assert_eq!(
            told(""),
            named(&[("apps", true), ("root", false), ("teams", true)])
        );
        assert_eq!(told("teams"), named(&[("one", true), ("two", true)]));
        assert_eq!(told("teams/one"), named(&[("login", false)]));
        assert_eq!(told("elsewhere"), named(&[]));
        assert_eq!(told("apps"), None);
        assert_eq!(told("apps/deeper"), None);
        assert_eq!(told("teams/two"), None);
    }

    #[test]
    fn a_star_is_what_is_below_and_nothing_beside() {
        let bound = |text: &str| PathBound::try_from(text.to_owned()).unwrap();
        for (text, path, expected) in [
            ("apps/billing", "apps/billing", true),
            ("apps/billing", "apps/billing/x", false),
            ("apps/*", "apps/billing", true),
            ("apps/*", "apps/a/b", true),
            ("apps/*", "apps", false),
            ("apps/*", "apps/", false),
            ("apps/*", "apps2/x", false),
            ("apps/*", "apps/../root", false),
            ("apps/*", "apps/./x", false),
            ("apps/*", "apps//x", false),
            ("*", "anything/at/all", true),
            ("*", "a/../b", false),
        ] {
            assert_eq!(bound(text).includes(path), expected, "{text} {path}");
        }
        for wrong in ["", "/", "apps/", "a*", "*/a", "a/*/b", "../x", "a//b", "/a"] {
            assert!(PathBound::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
