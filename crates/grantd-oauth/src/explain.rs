//! What a refusal means and what to do, as data: one table per provider, each entry from that
//! provider's own documentation or from what its servers answer.
//!
//! An entry is found by a code of the provider's make, else by the words of the description, else
//! by the OAuth error code, else by the kind of answer.

use crate::failure::{FailureClass, TokenError};

mod adfs;
mod answer;
mod auth0;
mod entra;
mod google;
mod keycloak;
mod oauth;
mod okta;
mod salesforce;

/// What an error code means and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// The code, as the server or the standard spells it.
    pub code: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// Recognises a refusal by its description, where the code alone says too little.
#[derive(Debug, Clone, Copy)]
struct Wording {
    /// `error` of RFC 6749 section 5.2.
    error: &'static str,
    /// Words of the description, in lower case.
    words: &'static str,
    explanation: Explanation,
}

/// By the codes that providers number.
const NUMBERED: [&[Explanation]; 3] = [entra::CODES, adfs::CODES, okta::CODES];

/// By what providers write; the first that fits counts.
const WORDED: [&[Wording]; 5] = [
    okta::WORDINGS,
    auth0::WORDINGS,
    google::WORDINGS,
    keycloak::WORDINGS,
    salesforce::WORDINGS,
];

/// Explains a failure (RFC 6749 section 5.2), if anything is known of it.
#[must_use]
pub fn explain(error: &TokenError) -> Option<Explanation> {
    numbered(error)
        .or_else(|| worded(error))
        .or_else(|| by_error(error))
        .or_else(|| by_answer(error))
}

/// Every explanation there is, for a page that lists them.
pub fn all() -> impl Iterator<Item = Explanation> {
    let worded = WORDED.into_iter().flatten().map(|entry| entry.explanation);
    let numbered = NUMBERED.into_iter().flatten().copied();
    let general = [oauth::CODES, answer::ANSWERS].into_iter().flatten();
    numbered.chain(worded).chain(general.copied())
}

fn numbered(error: &TokenError) -> Option<Explanation> {
    let mut codes = error.provider_codes.iter();
    codes.find_map(|code| {
        let mut entries = NUMBERED.into_iter().flatten();
        entries.find(|entry| entry.code == code).copied()
    })
}

fn worded(error: &TokenError) -> Option<Explanation> {
    let code = error.code.as_deref()?;
    let description = error.description.as_deref()?.to_ascii_lowercase();
    let mut entries = WORDED.into_iter().flatten();
    let entry = entries.find(|entry| {
        entry.error.eq_ignore_ascii_case(code) && description.contains(entry.words)
    })?;
    Some(entry.explanation)
}

fn by_error(error: &TokenError) -> Option<Explanation> {
    let code = error.code.as_deref()?;
    let mut entries = oauth::CODES.iter();
    entries
        .find(|entry| entry.code.eq_ignore_ascii_case(code))
        .copied()
}

fn by_answer(error: &TokenError) -> Option<Explanation> {
    let is_page = error
        .excerpt
        .as_deref()
        .is_some_and(|excerpt| excerpt.starts_with(crate::excerpt::PAGE));
    let is_empty = error.excerpt.is_none() && error.description.is_none();
    let code = match error.class {
        FailureClass::InvalidClient if error.code.is_none() && is_empty => "empty_refusal",
        FailureClass::InvalidClient | FailureClass::AccessDenied | FailureClass::Refused
            if is_page =>
        {
            "page_refusal"
        }
        FailureClass::UnreadableBody if is_page => "page",
        FailureClass::UnreadableBody if is_empty => "empty_body",
        class => class.code(),
    };
    let mut entries = answer::ANSWERS.iter();
    entries.find(|entry| entry.code == code).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn refusal(class: FailureClass, code: Option<&str>, description: Option<&str>) -> TokenError {
        TokenError {
            code: code.map(Into::into),
            description: description.map(Into::into),
            ..TokenError::new(class, 400)
        }
    }

    #[test]
    fn there_are_many_and_each_code_is_there_once() {
        assert!(all().count() >= 120, "{}", all().count());
        let by_code = NUMBERED.into_iter().chain([oauth::CODES]).flatten();
        let mut codes = BTreeSet::new();
        for entry in by_code {
            assert!(
                !entry.code.is_empty() && codes.insert(entry.code),
                "{}",
                entry.code
            );
        }
        let kinds: BTreeSet<&str> = answer::ANSWERS.iter().map(|entry| entry.code).collect();
        assert_eq!(kinds.len(), answer::ANSWERS.len());
    }

    #[test]
    fn every_wording_is_reached_though_others_come_before_it() {
        for entry in WORDED.into_iter().flatten() {
            let description = format!("Sorry: {}.", entry.words.to_uppercase());
            let error = refusal(FailureClass::Refused, Some(entry.error), Some(&description));
            assert_eq!(explain(&error), Some(entry.explanation), "{}", entry.words);
        }
    }

    #[test]
    fn every_error_code_is_reached_in_any_case() {
        for entry in oauth::CODES {
            let error = refusal(
                FailureClass::Refused,
                Some(&entry.code.to_uppercase()),
                None,
            );
            assert_eq!(explain(&error), Some(*entry), "{}", entry.code);
        }
    }

    #[test]
    fn every_entry_is_a_sentence_without_its_full_stop() {
        for entry in all() {
            for text in [entry.meaning, entry.remedy] {
                assert!(!text.is_empty() && !text.ends_with('.'), "{}", entry.code);
                assert!(
                    !text.contains("  ") && text.trim() == text,
                    "{}",
                    entry.code
                );
                assert!(text.chars().count() <= 240, "{}", entry.code);
            }
        }
    }

    #[test]
    fn words_to_look_for_are_lower_case() {
        for entry in WORDED.into_iter().flatten() {
            assert_eq!(entry.words, entry.words.to_ascii_lowercase());
        }
    }
}
