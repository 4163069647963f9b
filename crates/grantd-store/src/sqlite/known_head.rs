//! The end of the audit log as this process left it, so that an earlier one that is put back under it is found.

use std::sync::{Mutex, PoisonError};

use crate::seal::AuditLink;

/// Where the log ends as far as this process knows: nowhere yet, at one place, or at one of two where it is not
/// known whether a unit was kept.
#[derive(Debug, Default)]
pub(super) struct KnownHead(Mutex<Vec<AuditLink>>);

impl KnownHead {
    /// Whether the log may end here. The first end that is seen is taken as it is.
    pub(super) fn fits(&self, head: &AuditLink) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_empty() {
            known.push(*head);
        }
        known.contains(head)
    }

    /// A unit is about to be kept that leaves the log so.
    pub(super) fn may_become(&self, head: AuditLink) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.push(head);
    }

    /// The unit was kept.
    pub(super) fn became(&self, head: AuditLink) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *known = vec![head];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::Mac;

    #[test]
    fn an_end_of_before_fits_no_more_once_the_next_is_kept() {
        let link = |seq| AuditLink {
            seq,
            mac: Mac::ZERO,
        };
        let known = KnownHead::default();
        assert!(known.fits(&link(1)));
        assert!(!known.fits(&link(2)));
        // it may be kept or not
        known.may_become(link(2));
        assert!(known.fits(&link(1)) && known.fits(&link(2)));
        known.became(link(2));
        assert!(!known.fits(&link(1)) && known.fits(&link(2)));
    }
}
