//! Scopes (RFC 6749 section 3.3).

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Invalid;
use crate::text::text;

/// The longest scope string that is accepted, in bytes.
const MOST_BYTES: usize = 8192;

text!(
    /// One scope token: `%x21 / %x23-5B / %x5D-7E`, case-sensitive.
    Scope,
    check
);

fn check(text: &str) -> Result<(), Invalid> {
    if text.is_empty() {
        return Err(Invalid::new("required", "a scope is expected, it is empty"));
    }
    let wrong = text
        .chars()
        .find(|&c| !matches!(c, '\u{21}' | '\u{23}'..='\u{5b}' | '\u{5d}'..='\u{7e}'));
    match wrong {
        None => Ok(()),
        Some(c) => Err(Invalid::new(
            "invalid_scope_character",
            format!(
                "scopes hold printable ASCII without quotation mark and backslash, `{}` is not",
                c.escape_default()
            ),
        )),
    }
}

/// One or more scopes, each once, in the order they were given. Two sets are equal when they hold
/// the same scopes in any order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ScopeSet(Vec<Scope>);

impl ScopeSet {
    /// Reads scopes divided by white space.
    ///
    /// # Errors
    /// When there is none, one holds a character that scopes must not hold, or the whole is
    /// longer than 8192 bytes.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() > MOST_BYTES {
            return Err(Invalid::new(
                "too_long",
                "at most 8192 bytes of scopes are expected",
            ));
        }
        let mut scopes: Vec<Scope> = Vec::new();
        for word in text.split_ascii_whitespace() {
            let scope = Scope::try_from(word)?;
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        if scopes.is_empty() {
            return Err(Invalid::new("required", "at least one scope is expected"));
        }
        Ok(Self(scopes))
    }

    /// The scopes in the order they were given.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }

    /// The scopes in alphabetical order, for comparison and fingerprints.
    #[must_use]
    pub fn canonical(&self) -> BTreeSet<&Scope> {
        self.0.iter().collect()
    }

    /// Whether every scope of the other is in this one.
    #[must_use]
    pub fn contains_all(&self, other: &Self) -> bool {
        other.0.iter().all(|scope| self.0.contains(scope))
    }
}

impl PartialEq for ScopeSet {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Eq for ScopeSet {}

impl std::hash::Hash for ScopeSet {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.canonical().hash(state);
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, scope) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

impl TryFrom<String> for ScopeSet {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<ScopeSet> for String {
    fn from(scopes: ScopeSet) -> Self {
        scopes.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn order_and_repeats_do_not_make_a_difference() {
        let a = ScopeSet::parse("mail.read  mail.send mail.read").unwrap();
        assert_eq!(a.to_string(), "mail.read mail.send");
        assert_eq!(a, ScopeSet::parse("mail.send mail.read").unwrap());
        assert_ne!(a, ScopeSet::parse("Mail.send mail.read").unwrap());
    }

    #[test]
    fn quotes_backslashes_and_others_are_refused() {
        for bad in ["", "   ", "a\"b", "a\\b", "caf\u{e9}", "a\u{7f}"] {
            assert!(ScopeSet::parse(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_parses_to_a_set_that_prints_and_parses_to_itself(text in "[ -~\\t]{0,60}") {
            if let Ok(set) = ScopeSet::parse(&text) {
                prop_assert_eq!(ScopeSet::parse(&set.to_string()).unwrap(), set.clone());
                prop_assert!(set.contains_all(&set));
            }
        }
    }
}
