//! The way out against real servers on loopback.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers as well"
)]

mod address_property;
mod body_observer;
mod connect;
mod limits;
mod line;
mod pool;
mod proxy;
mod proxy_checks;
mod ssrf_names;
mod ssrf_table;
mod support;
mod tls;
