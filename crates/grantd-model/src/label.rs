//! Labels: what people sort credentials by, and what grants select by.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Invalid;
use crate::faults::Faults;
use crate::text::{check_line, text};

text!(
    /// The key of a label: 1 to 63 of `a-z 0-9 . _ - /`, beginning and ending with a letter or digit.
    LabelKey,
    check_key
);
text!(
    /// The value of a label: 1 to 63 characters on one line.
    LabelValue,
    check_value
);

/// At most 32 labels, each key once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    try_from = "BTreeMap<LabelKey, LabelValue>",
    into = "BTreeMap<LabelKey, LabelValue>"
)]
pub struct Labels(BTreeMap<LabelKey, LabelValue>);

impl Labels {
    /// The labels in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&LabelKey, &LabelValue)> {
        self.0.iter()
    }

    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: &LabelKey) -> Option<&LabelValue> {
        self.0.get(key)
    }

    /// Whether every label of the other is here with the same value.
    #[must_use]
    pub fn contains_all(&self, other: &Self) -> bool {
        other
            .iter()
            .all(|(key, value)| self.get(key) == Some(value))
    }

    /// Reads labels as people write them, each fault at its place below `/labels`.
    pub(crate) fn read(f: &mut Faults, texts: &BTreeMap<String, String>) -> Option<Self> {
        let mut labels = BTreeMap::new();
        for (key, value) in texts {
            // a slash in a key is written so in a JSON pointer
            let place = format!("/labels/{}", key.replace('~', "~0").replace('/', "~1"));
            let key = f.take(&place, LabelKey::try_from(key.as_str()));
            let value = f.take(&place, LabelValue::try_from(value.as_str()));
            labels.extend(key.zip(value));
        }
        f.take("/labels", Self::try_from(labels))
    }

    /// The labels as people write them.
    pub(crate) fn written(&self) -> BTreeMap<String, String> {
        let texts = self.iter();
        texts
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<BTreeMap<LabelKey, LabelValue>> for Labels {
    type Error = Invalid;

    fn try_from(labels: BTreeMap<LabelKey, LabelValue>) -> Result<Self, Invalid> {
        if labels.len() > MOST_LABELS {
            return Err(Invalid::new("too_many", "at most 32 labels are expected"));
        }
        Ok(Self(labels))
    }
}

impl From<Labels> for BTreeMap<LabelKey, LabelValue> {
    fn from(labels: Labels) -> Self {
        labels.0
    }
}

/// The most labels of one thing.
const MOST_LABELS: usize = 32;

fn check_key(text: &str) -> Result<(), Invalid> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let whole = text
        .chars()
        .all(|c| plain(c) || matches!(c, '.' | '_' | '-' | '/'));
    if whole && text.starts_with(plain) && text.ends_with(plain) && text.len() <= 63 {
        return Ok(());
    }
    Err(Invalid::new(
        "invalid_label",
        "a label key of 1 to 63 of a-z, 0-9, `.`, `_`, `-` and `/` is expected, with a letter or \
         digit at both ends",
    ))
}

fn check_value(text: &str) -> Result<(), Invalid> {
    check_line(text, 63)
}
