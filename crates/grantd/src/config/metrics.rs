//! Section `[metrics]`: what is counted, for programs that collect it.

use std::net::SocketAddr;

use super::listen;
use super::section::section;

section! {
    /// What is counted, for programs that collect it.
    Metrics = "metrics" {
        /// The address and port that `/metrics` is served on, without a key and without TLS; there
        /// is no secret in it. Default: none, then it is not served.
        listen: Option<SocketAddr> = |setting| setting.optional(listen::parse),
    }
}
