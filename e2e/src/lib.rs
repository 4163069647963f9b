//! The harness of the end-to-end tests: grantd as a process, beside authorization servers nobody
//! here wrote. Which server proves what stands in `peers/README.md`.
//!
//! **Invariant:** the harness knows no workspace crate; it speaks to grantd as a client would.

#![expect(
    clippy::missing_errors_doc,
    reason = "an error of the harness has one meaning: the test fails"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a blocking harness outside the product: it reads files, the environment and the clock"
)]

pub mod browser;
pub mod canary;
pub mod certificate;
pub mod disk;
pub mod encoding;
pub mod environment;
pub mod grantd;
pub mod http;
pub mod machine;
pub mod mail;
pub mod peer;
pub mod port;
pub mod process;
pub mod service;
pub mod standard_client;
