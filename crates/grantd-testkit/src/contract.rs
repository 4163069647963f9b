//! What every store keeps to: one function for each rule, run by each back end through
//! [`store_contract!`](crate::store_contract).

pub mod alerts;
pub mod audit;
pub mod audit_chain;
pub mod channels;
pub mod consumers;
pub mod credential_changes;
pub mod credential_fields;
pub mod credential_filters;
pub mod credential_pages;
pub mod credential_standing;
pub mod credential_unique;
pub mod history;
pub mod installation;
pub mod keys;
pub mod listeners;
pub mod mail;
pub mod sealed;
pub mod sessions;
pub mod sources;
pub mod units;
pub mod users;

use grantd_model::{Credential, CredentialId, Timestamp, Visibility};
use grantd_store::{
    CredentialQuery, CredentialSort, ListedCredential, PageRequest, Position, Store,
};

/// Runs every rule as a test of its own against a back end. `open` is the path of an async function
/// that gives something to keep alive, and a new empty store behind an `Arc` or a `Box`. What
/// follows it goes to `#[tokio::test]`.
#[macro_export]
macro_rules! store_contract {
    ($open:path $(, $option:ident = $value:literal)*) => {
        $crate::store_contract! { @rules $open, ($($option = $value),*)
            alerts: [
                a_cause_is_kept_and_forgotten,
                what_is_due_comes_in_its_order,
                an_attempt_is_noted,
                what_is_over_is_pruned_and_what_waits_stays,
                what_goes_to_a_channel_ends_with_it,
                idle_credentials_are_those_that_nobody_tried,
            ]
            channels: [
                a_channel_comes_back_as_it_was_put,
                what_a_channel_may_not_is_refused,
            ]
            audit: [
                entries_come_back_newest_first,
                pages_end_at_their_borders,
                filters_narrow_and_combine,
                actor_and_time_narrow,
                token_requests_can_be_left_out,
                an_entry_is_never_replaced,
                the_order_is_that_of_appending,
            ]
            audit_chain: [
                each_entry_is_linked_to_the_one_before,
                what_is_not_kept_is_not_in_the_chain,
                the_oldest_are_pruned_and_the_chain_holds,
                a_chain_that_was_lost_is_not_made_good,
            ]
            consumers: [
                a_consumer_comes_back_as_it_was_put,
                an_update_replaces_all_but_slug_and_creation,
                names_slugs_and_hosts_of_consumers_are_taken,
                what_a_consumer_leaves_is_free_again,
                a_stale_change_of_a_consumer_is_refused,
                consumers_are_paged_by_name_and_found_by_parts,
            ]
            credential_changes: [
                an_update_replaces_every_field,
                an_update_leaves_slug_and_creation,
                an_update_of_another_revision_is_stale,
                an_update_of_what_is_gone_is_stale,
                a_delete_of_another_revision_is_stale,
                a_delete_takes_everything_along,
                a_used_secret_is_noted_and_nothing_else,
            ]
            credential_fields: [
                a_full_one_comes_back,
                a_minimal_one_comes_back,
                every_method_and_provider_comes_back,
                parts_stay_with_their_credential,
                what_is_not_there_is_none,
            ]
            credential_filters: [
                a_part_is_found_in_name_slug_and_client_id,
                case_makes_no_difference_in_any_script,
                signs_of_patterns_stand_for_themselves,
                enabled_and_disabled_are_told_apart,
                every_label_of_a_filter_is_needed,
                visibility_by_ids_and_by_labels_adds_up,
                visibility_of_nothing_shows_nothing,
                filters_hold_on_every_page,
            ]
            credential_pages: [
                every_order_is_kept_at_every_page_size,
                equal_values_are_neither_lost_nor_repeated,
                rows_that_come_and_go_move_no_other,
                the_row_behind_which_a_page_begins_may_go,
            ]
            credential_standing: [
                each_stands_where_its_health_puts_it,
                standings_are_counted_of_what_is_seen,
                those_that_need_somebody_come_first,
                last_use_and_secret_end_order_a_list,
                labels_in_use_are_listed_once,
                ends_of_secrets_are_listed_soonest_first,
                names_are_of_those_that_are_there_and_seen,
            ]
            credential_unique: [
                a_name_is_taken_without_regard_to_case,
                a_slug_is_taken,
                an_update_can_take_no_others_name,
                a_name_may_change_its_case,
                a_refused_row_leaves_nothing_behind,
                names_and_slugs_are_free_again,
            ]
            history: [
                every_kind_of_event_comes_back_newest_first,
                events_are_those_of_one_credential,
                an_event_is_never_replaced,
                health_is_replaced_and_ends_with_its_credential,
                usage_adds_up_by_minute_actor_and_result,
                usage_adds_up_by_hour,
                hours_count_what_happened_to_all,
                the_last_use_is_kept_and_ends_with_its_credential,
                pruning_takes_the_oldest_and_not_too_many,
            ]
            listeners: [
                a_listener_comes_back_as_it_was_put,
                names_and_slugs_of_listeners_are_taken,
                a_stale_change_of_a_listener_is_refused,
                listeners_are_paged_by_name_and_found_by_parts,
                what_a_listener_remembers_goes_with_it,
            ]
            mail: [
                how_far_a_listener_has_come_comes_back,
                marks_are_seen_by_listener,
                actions_and_letters_are_due_in_their_order,
                what_is_pending_stays_as_it_was_decided,
                what_waits_is_counted,
                the_oldest_mail_that_waits_is_told,
                deliveries_are_paged_newest_first,
                hours_of_mail_add_up,
                old_memories_are_pruned_and_what_waits_stays,
            ]
            installation: [
                there_is_none_and_then_one,
                there_is_never_a_second,
            ]
            keys: [
                a_key_comes_back,
                a_key_is_revoked_once,
                pages_are_newest_first,
                an_id_is_used_once,
            ]
            sessions: [
                a_session_is_found_by_what_its_browser_shows,
                sessions_of_a_user_are_listed_and_ended,
                sessions_that_wait_are_trimmed,
                being_seen_never_goes_back,
                what_is_over_is_pruned,
                a_link_is_used_once,
                links_end_with_their_user,
            ]
            sealed: [
                every_sealed_value_is_found_and_replaced,
            ]
            sources: [
                a_source_comes_back_as_it_was_put,
                what_a_source_may_not_is_refused,
                credentials_of_a_source_are_found,
            ]
            units: [
                without_commit_nothing_is_kept,
                a_writer_sees_its_own_changes_and_readers_do_not,
                a_reader_sees_one_state,
                a_second_writer_waits_for_the_first,
                a_dropped_writer_lets_the_next_one_in,
                a_commit_keeps_changes_of_every_kind,
            ]
            users: [
                a_user_comes_back,
                a_user_name_is_taken_without_regard_to_case,
                users_are_paged_by_name,
                an_update_replaces_all_but_the_creation,
                working_admins_are_counted,
                a_factor_version_is_never_used_again,
                a_deleted_user_takes_sessions_along,
            ]
        }
    };
    (@rules $open:path, $options:tt $($subject:ident: [$($rule:ident,)*])*) => {
        $(mod $subject {
            $($crate::store_contract! { @rule $open, $options $subject $rule })*
        })*
    };
    (@rule $open:path, ($($option:ident = $value:literal),*) $subject:ident $rule:ident) => {
        #[tokio::test($($option = $value),*)]
        async fn $rule() {
            let (_kept, store) = $open().await;
            $crate::contract::$subject::$rule(&*store).await;
        }
    };
}

/// All credentials by name, at most 200.
#[must_use]
pub fn everything() -> CredentialQuery {
    CredentialQuery {
        part: None,
        enabled: None,
        standing: None,
        labels: None,
        source: None,
        now: Timestamp::from_seconds(1_700_000_000),
        visibility: Visibility::All,
        sort: CredentialSort::Name,
        descending: false,
        page: first(200),
    }
}

/// The first page.
#[must_use]
pub const fn first(limit: u32) -> PageRequest {
    PageRequest { limit, after: None }
}

/// The page that begins here.
#[must_use]
pub const fn behind(position: Position, limit: u32) -> PageRequest {
    PageRequest {
        limit,
        after: Some(position),
    }
}

/// Adds these in one unit.
pub async fn add(store: &dyn Store, credentials: &[&Credential]) {
    let mut unit = store.write().await.unwrap();
    for credential in credentials {
        unit.credentials().insert(credential).await.unwrap();
    }
    unit.commit().await.unwrap();
}

/// The one with this id.
pub async fn stored(store: &dyn Store, id: CredentialId) -> Option<Credential> {
    let mut unit = store.read().await.unwrap();
    unit.credentials().by_id(id).await.unwrap()
}

/// The names on the first page.
pub async fn names(store: &dyn Store, query: &CredentialQuery) -> Vec<String> {
    let mut unit = store.read().await.unwrap();
    let page = unit.credentials().page(query).await.unwrap();
    let name = |listed: &ListedCredential| listed.credential.settings.name.to_string();
    page.items.iter().map(name).collect()
}

/// Every credential that is wanted, read page by page in units of their own.
pub async fn all_pages(store: &dyn Store, query: &CredentialQuery) -> Vec<Credential> {
    let mut all = Vec::new();
    let mut query = query.clone();
    loop {
        let mut unit = store.read().await.unwrap();
        let page = unit.credentials().page(&query).await.unwrap();
        let limit = query.page.limit as usize;
        assert!(page.items.len() <= limit, "more rows than asked for");
        assert!(
            page.next.is_none() || page.items.len() == limit,
            "a short page that is not the last"
        );
        all.extend(page.items.into_iter().map(|listed| listed.credential));
        match page.next {
            Some(next) => query.page.after = Some(next),
            None => return all,
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    #[expect(clippy::disallowed_methods, reason = "it reads the sources")]
    fn every_rule_is_in_the_list() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/contract");
        let list = include_str!("contract.rs");
        let mut rules = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for line in text.lines() {
                let Some(rest) = line.strip_prefix("pub async fn ") else {
                    continue;
                };
                let name = rest.split('(').next().unwrap();
                assert!(list.contains(&format!(" {name},\n")), "{name} is not run");
                rules += 1;
            }
        }
        assert!(rules > 40, "{rules} rules");
    }
}
