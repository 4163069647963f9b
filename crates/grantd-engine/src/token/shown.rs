//! What a surface makes of a token, kept for as long as it would come out the same: within one
//! second of the token's life. A caller is then served by copying a pointer.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use grantd_model::Revision;
use zeroize::Zeroizing;

/// A place for it beside the token; wiped with it.
#[derive(Default)]
pub(crate) struct Shown(ArcSwapOption<Made>);

struct Made {
    /// When it was made: what is left and when that ends, in seconds, and of which revision.
    state: (u64, i64, Revision),
    bytes: Bytes,
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shown(…)")
    }
}

impl Shown {
    /// What was made while so many seconds were left until this second, of the credential at this
    /// revision; else it is made now.
    pub(crate) fn or_make(
        &self,
        state: (u64, i64, Revision),
        make: impl FnOnce() -> Vec<u8>,
    ) -> Bytes {
        if let Some(made) = self.0.load().as_ref()
            && made.state == state
        {
            return made.bytes.clone();
        }
        let bytes = Bytes::from_owner(Zeroizing::new(make()));
        self.0.store(Some(Arc::new(Made {
            state,
            bytes: bytes.clone(),
        })));
        bytes
    }
}
