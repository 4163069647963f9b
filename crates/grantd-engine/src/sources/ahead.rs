//! The sources as they will be once a unit is committed: those in use, and before them those that the
//! unit adds or changes.

use std::collections::BTreeMap;

use grantd_model::SecretReference;
use grantd_model::secret_reference::SourceName;
use grantd_secrets::{Destination, OpenSource, SourceError, Sources};

/// The sources as they will be.
pub(crate) struct SourcesAhead<'a> {
    in_use: &'a Sources,
    ahead: BTreeMap<SourceName, OpenSource>,
}

impl<'a> SourcesAhead<'a> {
    /// As they are.
    pub(crate) const fn of(in_use: &'a Sources) -> Self {
        Self {
            in_use,
            ahead: BTreeMap::new(),
        }
    }

    /// With one more, or one that is another one.
    pub(crate) fn put(&mut self, name: SourceName, source: OpenSource) {
        self.ahead.insert(name, source);
    }

    /// Checks a reference as far as that goes without reading.
    pub(crate) fn check(
        &self,
        reference: &SecretReference,
        destination: &Destination,
    ) -> Result<(), SourceError> {
        match self.ahead.get(&reference.source) {
            Some(source) => source.check(reference, destination),
            None => self.in_use.check(reference, destination),
        }
    }
}
