//! `scope` of an answer (RFC 6749 sections 3.3 and 5.1).

use grantd_model::{Scope, ScopeSet};

use super::TokenWarning;
use crate::excerpt::Quoter;
use crate::redact::MARK;

/// In the place of a scope that repeats a secret or the token: the mark of texts is no scope.
const MASKED: &str = "***";

/// RFC 6749 section 5.1: `scope` may be left out where it is what was asked.
pub(super) fn granted(
    granted: Option<&str>,
    requested: Option<&ScopeSet>,
    quoter: &Quoter<'_>,
    warnings: &mut Vec<TokenWarning>,
) -> Option<ScopeSet> {
    let granted = granted.unwrap_or_default().trim();
    if granted.is_empty() {
        return requested.cloned();
    }
    let Ok(mut scope) = ScopeSet::parse(granted) else {
        warnings.push(TokenWarning::UnreadableScope);
        return None;
    };
    if let Some(requested) = requested
        && scope != *requested
        && granted.contains(',')
    {
        // Some servers divide scopes by commas.
        let divided = ScopeSet::parse(&granted.replace(',', " "));
        scope = divided
            .ok()
            .filter(|scope| scope == requested)
            .unwrap_or(scope);
    }
    let Some(scope) = masked(scope, requested, quoter) else {
        warnings.push(TokenWarning::UnreadableScope);
        return None;
    };
    // `.default` stands for whatever was consented to, so another answer is no difference.
    let is_default = |requested: &ScopeSet| {
        let mut scopes = requested.iter();
        scopes.all(|scope| scope.as_str().ends_with("/.default"))
    };
    if requested.is_some_and(|requested| scope != *requested && !is_default(requested)) {
        warnings.push(TokenWarning::ScopeDiffers {
            granted: scope.clone(),
        });
    }
    Some(scope)
}

/// The scopes without those that repeat a secret or the token; what was asked for is none.
fn masked(scope: ScopeSet, requested: Option<&ScopeSet>, quoter: &Quoter<'_>) -> Option<ScopeSet> {
    let is_requested = |word: &str| {
        let mut scopes = requested.into_iter().flat_map(ScopeSet::iter);
        scopes.any(|scope| scope.as_str() == word)
    };
    let (asked, others): (Vec<&str>, Vec<&str>) = scope
        .iter()
        .map(Scope::as_str)
        .partition(|word| is_requested(word));
    let others = others.join(" ");
    let clean = quoter.redacted(&others);
    if clean == others {
        return Some(scope);
    }
    let clean = clean
        .split(' ')
        .map(|word| if word.contains(MARK) { MASKED } else { word });
    let words: Vec<&str> = asked.into_iter().chain(clean).collect();
    ScopeSet::parse(&words.join(" ")).ok()
}
