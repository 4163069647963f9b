//! Values that must never appear where people or other programs can read them.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;

use crate::encoding;

const SHORTEST: usize = 8;

/// A growing set of values with every form they could leak in. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Canaries(Arc<Mutex<Vec<Canary>>>);

#[derive(Debug)]
struct Canary {
    name: String,
    form: String,
}

impl Canaries {
    /// Watches a value: as it is, percent-encoded, and as a JSON string.
    pub fn watch(&self, name: &str, value: &str) {
        let json = serde_json::Value::from(value).to_string();
        for form in [value, &encoding::percent(value), json.trim_matches('"')] {
            self.add(name, form);
        }
    }

    /// Watches a client secret, also inside the two forms of its Basic header.
    pub fn watch_client(&self, id: &str, secret: &str) {
        let name = format!("secret of {id}");
        self.watch(&name, secret);
        for header in [
            encoding::basic_raw(id, secret),
            encoding::basic_percent(id, secret),
        ] {
            self.add(&name, header.trim_start_matches("Basic "));
        }
    }

    /// Fails the test if `text` holds a watched value; `place` is named, the value is not.
    ///
    /// # Panics
    /// If it does.
    pub fn assert_absent(&self, place: &str, text: &str) {
        self.assert_absent_bytes(place, text.as_bytes());
    }

    /// The same for each file below `folder`, except those with a name in `except`.
    ///
    /// # Panics
    /// If a file holds a watched value.
    pub fn assert_absent_below(&self, folder: &Path, except: &[&str]) -> Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let (path, name) = (entry.path(), entry.file_name());
            if entry.file_type()?.is_dir() {
                self.assert_absent_below(&path, except)?;
            } else if !except.iter().any(|&known| name == known) {
                // A journal may be gone since the folder was listed.
                let bytes = fs::read(&path).unwrap_or_default();
                self.assert_absent_bytes(&name.to_string_lossy(), &bytes);
            }
        }
        Ok(())
    }

    fn assert_absent_bytes(&self, place: &str, bytes: &[u8]) {
        let watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for canary in watched.iter() {
            let form = canary.form.as_bytes();
            let leaked = bytes.windows(form.len()).any(|window| window == form);
            assert!(!leaked, "{place} shows the {}", canary.name);
        }
    }

    fn add(&self, name: &str, form: &str) {
        assert!(
            form.len() >= SHORTEST,
            "{name} is too short to be watched for"
        );
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !watched.iter().any(|canary| canary.form == form) {
            watched.push(Canary {
                name: name.to_owned(),
                form: form.to_owned(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "the log shows the secret of a b")]
    fn a_secret_inside_a_basic_header_is_seen() {
        let canaries = Canaries::default();
        canaries.watch_client("a b", "s:e cret%123");
        let header = encoding::basic_percent("a b", "s:e cret%123");
        canaries.assert_absent("the log", &format!("authorization: {header}"));
    }

    #[test]
    fn other_text_is_fine() {
        let canaries = Canaries::default();
        canaries.watch("token", "0123456789");
        canaries.assert_absent("the log", "012345678");
    }
}
