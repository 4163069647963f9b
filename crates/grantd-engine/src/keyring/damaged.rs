//! Sealed values that do not open, and so stay under an earlier key.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use grantd_store::SealedAt;

/// A sealed value that does not open: where it is, never what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedValue {
    /// What kind of value it is, such as `credential_secret`.
    pub kind: &'static str,
    /// The id of what it belongs to; none where that is the installation.
    pub id: Option<String>,
    /// The version of a credential's secret, or the place of a parameter or header in its list, from 0.
    pub number: Option<u32>,
}

impl From<&SealedAt> for DamagedValue {
    fn from(at: &SealedAt) -> Self {
        let (kind, id, number) = match at {
            SealedAt::Installation => ("keyring_check", None, None),
            SealedAt::AuditKey => ("audit_key", None, None),
            SealedAt::Credential(id, version) => ("credential_secret", Some(id), Some(*version)),
            SealedAt::Parameter(id, place, position) if place == "header" => {
                ("credential_header", Some(id), Some(*position))
            }
            SealedAt::Parameter(id, _, position) => {
                ("credential_parameter", Some(id), Some(*position))
            }
            SealedAt::Field(id, position) => ("consumer_header", Some(id), Some(*position)),
            SealedAt::Source(id) => ("source_secret", Some(id), None),
            SealedAt::Channel(id) => ("channel_secret", Some(id), None),
            SealedAt::EarlierOfChannel(id) => ("channel_earlier_secret", Some(id), None),
            SealedAt::Factor(id) => ("user_second_factor", Some(id), None),
        };
        Self {
            kind,
            id: id.cloned(),
            number,
        }
    }
}

impl fmt::Display for DamagedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)?;
        if let Some(id) = &self.id {
            write!(f, " {id}")?;
        }
        match self.number {
            Some(number) => write!(f, " {number}"),
            None => Ok(()),
        }
    }
}

/// Those that were found when all values were last looked at.
#[derive(Debug, Default)]
pub(crate) struct Damaged(Mutex<BTreeSet<SealedAt>>);

impl Damaged {
    /// Keeps what was found; gives what was known before.
    pub(crate) fn replace(&self, found: BTreeSet<SealedAt>) -> BTreeSet<SealedAt> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *known, found)
    }

    /// All of them, in order.
    pub(crate) fn all(&self) -> Vec<DamagedValue> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().map(DamagedValue::from).collect()
    }
}
