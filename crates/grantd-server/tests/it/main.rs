//! The API as its callers see it: the tree of these files is that of the routes.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, in its helpers as well; its clients call and run beside it"
)]

mod api;
mod authenticate;
mod console;
mod docs;
mod faults;
mod headers;
mod host;
mod metrics;
mod oauth2;
mod observe;
mod openapi;
mod problems;
mod readiness;
mod routes;
mod serve;
mod support;
