//! Protocols by which mailboxes are reached, one folder each.

pub mod ews;
