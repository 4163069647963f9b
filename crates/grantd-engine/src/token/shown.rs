//! What a surface makes of a token, kept for as long as it would come out the same: within one
//! second of the token's life. A caller is then served by copying a pointer.

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use grantd_model::Revision;
use zeroize::Zeroizing;

use super::hand_out::HandedOut;

/// A place for it beside the token; wiped with it.
#[derive(Default)]
pub(crate) struct Shown(ArcSwapOption<Made>);

struct Made {
    left_s: u64,
    revision: Revision,
    bytes: Bytes,
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shown(…)")
    }
}

impl HandedOut {
    /// What `make` makes of it, made once for each second that the token has left.
    #[must_use]
    pub fn shown(&self, make: impl FnOnce(&Self) -> Vec<u8>) -> Bytes {
        let left_s = self.left.as_secs();
        let revision = self.credential.revision;
        let place = &self.token.shown.0;
        if let Some(made) = place.load().as_ref()
            && made.left_s == left_s
            && made.revision == revision
        {
            return made.bytes.clone();
        }
        let bytes = Bytes::from_owner(Zeroizing::new(make(self)));
        place.store(Some(std::sync::Arc::new(Made {
            left_s,
            revision,
            bytes: bytes.clone(),
        })));
        bytes
    }
}
