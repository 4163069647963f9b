//! Flows through the console in a real browser; `cargo xtask test` knows them by the name of this module.

use anyhow::Result;
use e2e::browser::{walk_demo, walk_from_the_beginning};

#[test]
fn the_first_admin_gets_in_and_a_second_factor_is_set_up() -> Result<()> {
    walk_from_the_beginning("set_up")
}

#[test]
fn a_credential_is_added_and_validated_by_mouse() -> Result<()> {
    walk_demo("add")
}

#[test]
fn every_failure_is_explained() -> Result<()> {
    walk_demo("failures")
}

#[test]
fn a_credential_is_added_by_keyboard_alone_with_scripts_and_without() -> Result<()> {
    walk_demo("keyboard")
}

#[test]
fn a_credential_is_changed_rotated_disabled_copied_and_deleted() -> Result<()> {
    walk_demo("change")
}

#[test]
fn roles_see_and_do_what_they_may() -> Result<()> {
    walk_demo("roles")
}

#[test]
fn what_comes_in_between_loses_nothing() -> Result<()> {
    walk_demo("interrupted")
}

#[test]
fn every_page_is_seen_by_everybody() -> Result<()> {
    walk_demo("pages")
}

#[test]
fn the_examples_of_a_page_run() -> Result<()> {
    walk_demo("snippets")
}

#[test]
fn a_listener_delivers_and_is_added_tested_changed_and_deleted() -> Result<()> {
    walk_demo("listeners")
}

#[test]
fn a_secret_source_is_added_tested_used_refused_and_deleted() -> Result<()> {
    walk_demo("sources")
}

#[test]
fn a_document_is_planned_and_applied_and_rows_are_imported() -> Result<()> {
    walk_demo("import")
}

#[test]
fn the_keyring_is_rotated_a_key_forgotten_the_log_checked_and_a_backup_made() -> Result<()> {
    walk_demo("upkeep")
}

#[test]
fn an_alert_channel_is_added_tried_changed_rotated_and_deleted() -> Result<()> {
    walk_demo("alerts")
}

#[test]
fn an_http_consumer_is_added_tested_used_disabled_copied_and_deleted() -> Result<()> {
    walk_demo("consumers")
}
