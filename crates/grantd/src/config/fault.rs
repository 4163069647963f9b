//! One thing that is wrong with the configuration.

use std::fmt;

use super::place::Place;

/// One thing that is wrong with the configuration, on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where it stands.
    pub(crate) place: Place,
    /// The setting, as `section.key`; empty where there is none.
    pub(crate) key: String,
    /// What is wrong and what is expected.
    pub(crate) detail: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            write!(f, "{}: {}", self.place, self.detail)
        } else {
            write!(f, "{}: {}: {}", self.place, self.key, self.detail)
        }
    }
}
