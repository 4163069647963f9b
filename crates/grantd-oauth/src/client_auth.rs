//! How the client proves who it is (RFC 6749 section 2.3): one file per method, named as in
//! IANA's registry of token endpoint authentication methods.

pub(crate) mod client_secret_basic;
pub(crate) mod client_secret_post;
