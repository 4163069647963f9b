//! An answer told while it comes, beside the whole that is returned.

use http::{HeaderMap, StatusCode};

/// Is told of an answer while it comes, within the limits of the request. The methods are called in
/// line and must return at once.
pub trait BodyObserver: Send + Sync {
    /// The answer begins.
    fn begun(&self, status: StatusCode, headers: &HeaderMap);

    /// A piece of its body has come.
    fn piece(&self, bytes: &[u8]);
}
