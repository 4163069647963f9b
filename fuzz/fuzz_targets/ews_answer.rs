//! Any bytes as an answer of Exchange Web Services: nothing panics, and it does not matter how they are cut.

#![no_main]

use grantd_mail::protocol::ews::whole;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|answer: &[u8]| {
    let found = whole::read(answer, usize::MAX);
    let cut = usize::from(answer.first().copied().unwrap_or(1) % 13) + 1;
    assert_eq!(whole::read(answer, cut), found);
    assert!(found.content <= answer.len() as u64 * 2);
});
