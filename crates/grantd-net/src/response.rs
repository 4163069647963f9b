//! What came back.

use std::fmt;
use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use zeroize::Zeroize;

use crate::phases::PhaseReport;

/// An answer, whatever its status: a redirect is an answer too and is never followed.
#[derive(Clone)]
pub struct Response {
    /// Its status.
    pub status: StatusCode,
    /// Its header fields.
    pub headers: HeaderMap,
    /// Its whole body, within the limit of the request.
    pub body: Bytes,
    /// Where the connection went: the target, or the proxy.
    pub peer: SocketAddr,
    /// Whether the target is surely public or listed by the operator, so that its words may be shown
    /// to people. Of a name that only a proxy resolves nobody here knows where it leads.
    pub quotable: bool,
    /// What happened on the way, with times.
    pub phases: Vec<PhaseReport>,
}

impl Response {
    /// Overwrites the body, as far as nobody else holds it.
    pub fn wipe(&mut self) {
        if let Ok(mut body) = std::mem::take(&mut self.body).try_into_mut() {
            body.as_mut().zeroize();
        }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .field("peer", &self.peer)
            .field("phases", &self.phases)
            .finish_non_exhaustive()
    }
}
