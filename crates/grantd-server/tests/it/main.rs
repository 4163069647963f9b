//! The API as its callers see it: the tree of these files is that of the routes.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers as well"
)]

mod api;
mod authenticate;
mod docs;
mod faults;
mod headers;
mod host;
mod openapi;
mod problems;
mod routes;
mod support;
